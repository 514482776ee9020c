"""Explain: why are these records one person, or two? Recomputed from the evidence, changing nothing."""

from __future__ import annotations

from collections.abc import Iterable

from graph import component
from graph.database import Graph
from graph.explaining import ShownIdentifier
from graph.persons import HeldClaim
from hub.core.errors import NotFound
from hub.core.model import RecordKey
from hub.services.components import limit_of, read_component
from hub.services.explain_view import View, show_trees
from hub.services.explanation import Explanation, Place, Separation
from hub.services.identity import Identity
from hub.services.shown import Shown
from rules.explaining import find_path
from rules.obstacles import Obstacle, find_obstacles
from rules.policy import Policy


async def explain_records(
    graph: Graph, identity: Identity, left: RecordKey, right: RecordKey, *, most: int | None = None
) -> Explanation:
    """The evidence that makes two records one person, or what keeps them apart.

    `most`: give up on more connected records than this, if that is fewer than by the policy.

    Raises:
        NotFound: the hub does not have one of the records.
    """
    policy, bound = identity.policy, limit_of(identity.policy, most)
    stored = {member.record: member for member in await component.fetch_by_records(graph, {str(left), str(right)})}
    for key in (left, right):
        if str(key) not in stored:
            raise NotFound(f"The hub has no such record of {key.system}.")
    places = Place(left, stored[str(left)].person), Place(right, stored[str(right)].person)
    found = await read_component(graph, policy, identifiers=(), records=stored, limit=bound)
    if not found.members.keys() >= stored.keys():
        return Explanation(*places, "beyond", policy.version, bound)
    view = View.of(policy, found)
    path = find_path(view.resolution, str(left), str(right))
    settled = (path is not None) == (places[0].person_id == places[1].person_id)
    if path is not None:
        [steps] = await show_trees(graph, view, [path])
        return Explanation(*places, "together", policy.version, bound, steps, (), settled)
    separations = await _show_separations(graph, view, str(left), str(right))
    return Explanation(*places, "apart", policy.version, bound, (), separations, settled)


async def _show_separations(graph: Graph, view: View, left: str, right: str) -> tuple[Separation, ...]:
    obstacles = find_obstacles(view.given, view.resolution, left, right)
    records = {record for one in obstacles for record in (*one.left, *one.right)}
    shown = await Shown.read(graph, records | {left, right}, {one.by for one in obstacles})
    found = [_show_obstacle(shown, one) for one in obstacles]
    return (*found, *_find_ended(view.policy, shown, left, right))


def _show_obstacle(shown: Shown, obstacle: Obstacle) -> Separation:
    return Separation(
        obstacle.kind,
        tuple(map(RecordKey.parse, obstacle.left)),
        tuple(map(RecordKey.parse, obstacle.right)),
        shown.identifiers.get(obstacle.by),
        shown.proofs(obstacle.by, (*obstacle.left, *obstacle.right)),
        shown.decisions.get(obstacle.by) if obstacle.type == "ruling" else None,
        obstacle.reasons,
        obstacle.count,
        obstacle.limit,
        obstacle.at_ms,
        obstacle.open,
    )


def _find_ended(policy: Policy, shown: Shown, left: str, right: str) -> Iterable[Separation]:
    """What both records claimed at some time but do not both claim any more."""
    mine, theirs = (
        {claim.identifier: claim for claim in sorted(shown.claims.get(one, ()), key=_recency)} for one in (left, right)
    )
    for key in sorted(mine.keys() & theirs.keys(), key=lambda key: (mine[key].type, mine[key].scope, key)):
        ends = [end for one in (mine[key], theirs[key]) if (end := one.valid_to_ms) is not None]
        if ends and policy.links(mine[key].type):
            identifier = ShownIdentifier(mine[key].type, mine[key].scope, mine[key].masked)
            proofs = shown.proofs(key, (left, right), ended=True)
            sides = (RecordKey.parse(left),), (RecordKey.parse(right),)
            yield Separation("ended", *sides, identifier, proofs, at_ms=max(ends))


def _recency(claim: HeldClaim) -> tuple[bool, int]:
    return claim.valid_to_ms is None, claim.valid_from_ms
