"""What makes persons one: the strongest trees of their evidence, those of many persons by one reading."""

from __future__ import annotations

from collections.abc import Sequence

from graph import explaining
from graph.database import Graph
from graph.explaining import Membership
from hub.core.errors import NotFound
from hub.core.model import RecordKey
from hub.services.components import Component, limit_of, read_component
from hub.services.explain_view import View, show_trees
from hub.services.explanation import EvidenceStep, PersonTree
from hub.services.find_person import PersonFinder
from hub.services.identity import Identity
from rules.explaining import walk_trees

_NO_PERSON = "Nobody is known by this id."


async def explain_person(graph: Graph, identity: Identity, person_id: str) -> PersonTree:
    """The strongest tree of evidence that makes a person, for any id that was ever given out.

    Raises:
        InvalidInput, Erased: as `PersonFinder.find_by_id`.
        NotFound: the hub knows nobody by it.
    """
    living = await PersonFinder(graph, identity).find_by_id(person_id)
    found = {} if living is None else await explain_persons(graph, identity, [living])
    if living is None or living not in found:
        raise NotFound(_NO_PERSON)
    return found[living]


async def explain_persons(
    graph: Graph, identity: Identity, ids: Sequence[str], *, most: int | None = None
) -> dict[str, PersonTree]:
    """The trees of living persons by id, by as many statements as for one; other ids are left out.

    `most`: give up on persons who are connected to more records than this, if that is fewer than by the policy.
    """
    bound = limit_of(identity.policy, most)
    persons = await explaining.fetch_memberships(graph, ids, most=bound)
    records = {key for one in persons.values() for key in one.keys or ()}
    found = await read_component(graph, identity.policy, identifiers=(), records=records, limit=bound)
    known = [person for person, one in persons.items() if _is_known(found, one)]
    view = View.of(identity.policy, found)
    trees = walk_trees(view.resolution, [persons[person].root for person in known])
    shown = dict(zip(known, await show_trees(graph, view, trees), strict=True))
    version = identity.policy.version
    return {person: _make_tree(person, one, shown.get(person), version, bound) for person, one in persons.items()}


def _is_known(found: Component, person: Membership) -> bool:
    """Whether all of a person's records were read, so that they are not connected to too many."""
    return person.keys is not None and found.members.keys() >= set(person.keys)


def _make_tree(
    person: str, of: Membership, steps: tuple[EvidenceStep, ...] | None, version: int, bound: int
) -> PersonTree:
    root = RecordKey.parse(of.root)
    if steps is None:
        return PersonTree(person, of.count, root, version, bound, beyond=True)
    reached = {of.root, *(str(step.far) for step in steps)}
    return PersonTree(person, of.count, root, version, bound, steps, settled=reached == set(of.keys or ()))
