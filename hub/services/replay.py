"""Replay: the partition of the whole graph from evidence and decisions alone, compared with what is stored.

Reads page by page and holds what counts of each record in memory, about a kilobyte a record.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Final

from graph import component
from graph.component import StoredMember
from graph.counts import fetch_counts
from graph.database import Graph
from graph.unsettled import count_unsettled
from hub.services.settle import Change, Picture, decide, draw_golden, draw_picture
from rules.partition import Resolution
from rules.policy import Policy

Progress = Callable[[str, int, int], None]
"""Told of a stage (`read`, `resolve`, `compare`, ...), how much of it is done, and how much there is."""

_PAGE: Final = 5000
_EXAMPLES: Final = 20


@dataclass(frozen=True, slots=True)
class Difference:
    """Persons who are stored otherwise than they follow from the evidence.

    Attributes:
        what: `partition`, `golden` or `count` (an identifier's number of holders).
        persons: stored ids, sorted; for a partition, all persons between whom records have to move.
        records: some of their records, sorted.
    """

    what: str
    persons: tuple[str, ...]
    records: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Replayed:
    """A replay's result.

    Attributes:
        stored_hash, computed_hash: over every (record, person id); equal exactly when the partitions are.
        differences: how many of each kind; `examples` names the first few.
        unsettled: records that wait for the background job, and may differ until it has been there.
    """

    records: int
    persons: int
    stored_hash: str
    computed_hash: str
    differences: Mapping[str, int]
    examples: tuple[Difference, ...]
    unsettled: int

    @property
    def equal(self) -> bool:
        """Whether everything stored follows from the evidence."""
        return not self.differences


async def replay(graph: Graph, policy: Policy, *, progress: Progress = lambda *_: None) -> Replayed:
    """Recompute everything and compare; writes nothing.

    What arrives while it reads may look different: an alarm is worth a second look.
    """
    members = await load_members(graph, progress=progress)
    unsettled = await count_unsettled(graph)
    progress("resolve", 0, len(members))
    picture, resolution = await asyncio.to_thread(recompute, policy, members)
    progress("resolve", len(members), len(members))
    found = list(_compare(members, picture, resolution))
    differences = Counter(difference.what for difference in found)
    return Replayed(
        records=len(members),
        persons=len(resolution.groups),
        stored_hash=hash_partition(picture.places),
        computed_hash=hash_partition(place_records(resolution)),
        differences=dict(differences),
        examples=tuple(found[:_EXAMPLES]),
        unsettled=unsettled,
    )


async def load_members(graph: Graph, *, progress: Progress = lambda *_: None) -> list[StoredMember]:
    """Every record in its place, by key."""
    total = (await fetch_counts(graph)).records
    members: list[StoredMember] = []
    while page := await component.fetch_page(graph, after=members[-1].record if members else "", limit=_PAGE):
        members += page
        progress("read", len(members), max(total, len(members)))
    return members


def recompute(policy: Policy, members: Iterable[StoredMember]) -> tuple[Picture, Resolution]:
    """What follows from the evidence of all records; how often identifiers are claimed is counted, not believed."""
    known = list(members)
    picture = draw_picture(known, Change())
    counts = Counter(hold.state.key for member in known for hold in member.holds)
    states = {key: state._replace(live=counts[key]) for key, state in picture.states.items()}
    picture = replace(picture, states=states)
    return picture, decide(policy, picture)


def place_records(resolution: Resolution) -> dict[str, str]:
    """Record to person id."""
    return {record: group.person_id for group in resolution.groups for record in group.records}


def hash_partition(places: Mapping[str, str]) -> str:
    """The same for the same partition with the same ids."""
    digest = hashlib.sha256()
    for record in sorted(places):
        digest.update(f"{record}\t{places[record]}\n".encode())
    return digest.hexdigest()


def _compare(members: Iterable[StoredMember], picture: Picture, resolution: Resolution) -> Iterable[Difference]:
    yield from _compare_places(picture, resolution)
    for group in resolution.groups:
        golden = draw_golden(picture, group.records)
        if picture.golden.get(group.person_id, golden) != golden:
            yield Difference("golden", (group.person_id,), tuple(sorted(group.records)[:_EXAMPLES]))
    wrong: dict[str, StoredMember] = {}
    for member in members:
        for hold in member.holds:
            if hold.state.live != picture.states[hold.state.key].live:
                wrong.setdefault(hold.state.key, member)
    for member in wrong.values():
        yield Difference("count", (member.person,), (member.record,))


def _compare_places(picture: Picture, resolution: Resolution) -> Iterable[Difference]:
    """Persons who exchange records belong to one difference."""
    lead: dict[str, str] = {}

    def find(person: str) -> str:
        while lead.setdefault(person, person) != person:
            person = lead[person]
        return person

    moved: list[str] = []
    for record, person in place_records(resolution).items():
        if picture.places[record] != person:
            moved.append(record)
            lead[find(picture.places[record])] = find(person)
    clusters: dict[str, list[str]] = defaultdict(list)
    for record in moved:
        clusters[find(picture.places[record])].append(record)
    for records in clusters.values():
        persons = {picture.places[record] for record in records} | {
            person for person in lead if find(person) == find(picture.places[records[0]])
        }
        yield Difference("partition", tuple(sorted(persons)), tuple(sorted(records)[:_EXAMPLES]))
