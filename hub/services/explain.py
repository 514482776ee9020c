"""Explain: why are these records one person, or two? Recomputed from the evidence, changing nothing."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from graph import component, explaining
from graph.database import Graph
from graph.evidence import IdentifierState
from graph.explaining import ShownIdentifier
from graph.persons import HeldClaim
from hub.core.errors import NotFound
from hub.core.model import RecordKey
from hub.services.components import Component, is_inert, is_quarantined, read_component
from hub.services.explanation import EvidenceStep, Explanation, PersonTree, Place, Separation
from hub.services.find_person import PersonFinder
from hub.services.identity import Identity
from hub.services.settle import Change, Picture, decide, draw_picture
from hub.services.shown import Shown
from rules.explaining import Step, find_company, find_path, walk_tree
from rules.obstacles import Given, Inertia, Obstacle, find_obstacles
from rules.partition import Resolution
from rules.policy import Policy

_NO_PERSON = "Nobody is known by this id."


async def explain_records(graph: Graph, identity: Identity, left: RecordKey, right: RecordKey) -> Explanation:
    """The evidence that makes two records one person, or what keeps them apart.

    Raises:
        NotFound: the hub does not have one of the records.
    """
    policy = identity.policy
    stored = {member.record: member for member in await component.fetch_by_records(graph, {str(left), str(right)})}
    for key in (left, right):
        if str(key) not in stored:
            raise NotFound(f"The hub has no such record of {key.system}.")
    places = Place(left, stored[str(left)].person), Place(right, stored[str(right)].person)
    found = await read_component(graph, policy, identifiers=(), records=stored)
    if not found.members.keys() >= stored.keys():
        return Explanation(*places, "beyond", policy.version, policy.max_component)
    view = _View.of(policy, found)
    path = find_path(view.resolution, str(left), str(right))
    settled = (path is not None) == (places[0].person_id == places[1].person_id)
    if path is not None:
        steps = await _show_steps(graph, view, path)
        return Explanation(*places, "together", policy.version, policy.max_component, steps, (), settled)
    separations = await _show_separations(graph, view, str(left), str(right))
    return Explanation(*places, "apart", policy.version, policy.max_component, (), separations, settled)


async def explain_person(graph: Graph, identity: Identity, person_id: str) -> PersonTree:
    """The strongest tree of evidence that makes a person, for any id that was ever given out.

    Raises:
        InvalidInput, Erased: as `PersonFinder.find_by_id`.
        NotFound: the hub knows nobody by it.
    """
    policy = identity.policy
    living = await PersonFinder(graph, identity).find_by_id(person_id)
    keys = await explaining.fetch_membership(graph, living) if living is not None else []
    if living is None or not keys:
        raise NotFound(_NO_PERSON)
    found = await read_component(graph, policy, identifiers=(), records=keys)
    members = [found.members[key] for key in keys if key in found.members]
    root = next((member.record for member in members if member.birth_id == living), keys[0])
    first = RecordKey.parse(root)
    if len(members) < len(keys):
        return PersonTree(living, len(keys), first, policy.version, policy.max_component, beyond=True)
    view = _View.of(policy, found)
    steps = walk_tree(view.resolution, root)
    settled = {root, *(step.far for step in steps)} == set(keys)
    shown = await _show_steps(graph, view, steps)
    return PersonTree(living, len(keys), first, policy.version, policy.max_component, shown, settled=settled)


@dataclass(frozen=True, slots=True)
class _View:
    """A component with the answer that follows from it."""

    policy: Policy
    picture: Picture
    resolution: Resolution
    inert: Mapping[str, Inertia]

    @classmethod
    def of(cls, policy: Policy, found: Component) -> _View:
        picture = draw_picture(found.members.values(), Change())
        inert = {key: _inertia(policy, state) for key, state in picture.states.items() if is_inert(policy, state)}
        resolution = decide(policy, picture, found.beyond)
        return cls(policy, picture, resolution, {key: why for key, why in inert.items() if why is not None})

    @property
    def given(self) -> Given:
        releases = {key: state.releases for key, state in self.picture.states.items() if state.releases}
        return Given(self.picture.evidence, self.policy, self.picture.rulings, self.inert, releases)


def _inertia(policy: Policy, state: IdentifierState) -> Inertia | None:
    """Why an identifier of a type that links is inert; None for the other types, which say it themselves."""
    if state.blocked:
        return Inertia("blocked")
    kind = policy.types.get(state.type)
    if kind is None or not is_quarantined(policy, state):
        return None
    return Inertia("quarantined", state.live, max(kind.max_records or 0, state.lifted or 0))


async def _show_steps(graph: Graph, view: _View, steps: Collection[Step]) -> tuple[EvidenceStep, ...]:
    company = {
        step: find_company(view.picture.evidence, view.policy, view.resolution, step.join, view.inert) for step in steps
    }
    named = {step.join.by for step in steps}.union(*company.values())
    shown = await Shown.read(graph, {record for step in steps for record in (step.near, step.far)}, named)
    return tuple(
        EvidenceStep(
            RecordKey.parse(step.near),
            RecordKey.parse(step.far),
            shown.identifiers.get(step.join.by),
            shown.proofs(step.join.by, (step.near, step.far)),
            tuple(shown.identifiers[key] for key in company[step] if key in shown.identifiers),
            shown.decisions.get(step.join.by) if step.join.type == "ruling" else None,
        )
        for step in steps
    )


async def _show_separations(graph: Graph, view: _View, left: str, right: str) -> tuple[Separation, ...]:
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
