"""The patrol: do the stored persons still follow from the evidence? A slice at a time, changing nothing."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from graph.database import Graph
from graph.partition import Member
from graph.patrol import fetch_person_page, fetch_shared
from hub.services.identity import Identity
from rules.partition import LiveClaim, resolve

PAGE: Final = 500


@dataclass(frozen=True, slots=True)
class Checked:
    """A slice's result.

    Attributes:
        last: the last person seen, where the next slice goes on; None at the end of all persons.
        wrong: ids of persons whose records do not belong together, or who share a linking identifier with another.
    """

    persons: int
    last: str | None
    wrong: tuple[str, ...]


async def check_slice(graph: Graph, identity: Identity, *, after: str = "", limit: int = PAGE) -> Checked:
    """Recompute the next `limit` persons by id and compare.

    A person that is changed while the slice is read may look wrong: whoever raises an alarm looks a second time.
    """
    members, last = await fetch_person_page(graph, after=after, limit=limit)
    by_person: dict[str, list[Member]] = defaultdict(list)
    for member in members:
        by_person[member.person_id].append(member)
    wrong = {person for person, records in by_person.items() if not _holds(identity, person, records)}
    wrong |= await _find_shared(graph, identity, members)
    return Checked(len(by_person), last, tuple(sorted(wrong)))


def _holds(identity: Identity, person: str, members: Iterable[Member]) -> bool:
    births = {member.record: member.birth_id for member in members}
    claims = [LiveClaim(member.record, key, kind) for member in members for key, kind in member.claims]
    groups = resolve(births, claims, identity.policy, identity.blocked_keys).groups
    return len(groups) == 1 and groups[0].person_id == person


async def _find_shared(graph: Graph, identity: Identity, members: Iterable[Member]) -> set[str]:
    holders: dict[str, set[str]] = defaultdict(set)
    for member in members:
        for key, kind in member.claims:
            if identity.links(kind, key):
                holders[key].add(member.person_id)
    shared = await fetch_shared(graph, sorted(holders)) if holders else set()
    return {person for key in shared for person in holders[key]}
