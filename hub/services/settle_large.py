"""Components that are too large for a write, decided on in the background and written in small steps.

A step locks only the persons whose records it moves, so that writers elsewhere are never kept waiting. What changes
meanwhile marks its record again, and the component is read anew until it holds still.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from itertools import islice
from typing import Final

import structlog

from graph import component, partition, unsettled
from graph.changes import Mark
from graph.component import StoredMember
from graph.database import Graph, Transaction
from hub.core.clock import now_ms
from hub.core.errors import Unavailable
from hub.services.case_sync import plan_sync, write_cases
from hub.services.components import Component, read_component
from hub.services.policy import check_policy
from hub.services.settle import Change, Picture, decide, draw_picture, find_outdated, golden_of
from rules.partition import Resolution
from rules.policy import Policy

Progress = Callable[[int, int], None]
"""Told of records done, and of records in all as far as is known."""

_STEP_RECORDS: Final = 500
_ROUNDS: Final = 5
_EVERYTHING: Final = 10**9


@dataclass(frozen=True, slots=True)
class SettledLarge:
    """What a run did: components and their records, records moved, and records that still wait."""

    components: int = 0
    records: int = 0
    moved: int = 0
    waiting: int = 0


class _Changed(Exception):
    """Somebody changed one of these records after they were read."""

    def __init__(self, records: Iterable[str]) -> None:
        super().__init__()
        self.records = frozenset(records)


async def settle_waiting(graph: Graph, policy: Policy, *, progress: Progress = lambda *_: None) -> SettledLarge:
    """Decide on every component that waits now, each once, the one that waits longest first.

    Stopped anywhere, the next run goes on; what begins to wait meanwhile is the next run's.

    Raises:
        PolicyChanged: another policy is in force, which may put everybody elsewhere; what is committed stays.
        Unavailable: a component changes faster than it can be decided on; the others are done.
    """
    total, restless = SettledLarge(), False
    seen: set[str] = set()
    for record in await _fetch_marks(graph):
        if record in seen:
            continue
        try:
            found, moved = await _settle_patiently(graph, policy, record, progress)
        except _Changed as changed:
            restless, seen = True, seen | changed.records
            continue
        seen |= found
        total = replace(
            total,
            components=total.components + 1,
            records=total.records + len(found),
            moved=total.moved + moved,
        )
    if restless:
        raise Unavailable("A component changes faster than it can be settled.", retry_after_s=30)
    return replace(total, waiting=await unsettled.count_unsettled(graph))


async def _settle_patiently(graph: Graph, policy: Policy, record: str, tell: Progress) -> tuple[set[str], int]:
    for _ in range(_ROUNDS - 1):
        try:
            return await _settle_one(graph, policy, record, tell)
        except _Changed:
            structlog.get_logger(__name__).info("component changed while it was settled: again")
    return await _settle_one(graph, policy, record, tell)


async def _settle_one(graph: Graph, policy: Policy, record: str, tell: Progress) -> tuple[set[str], int]:
    """Settle the component of a record; gives its records and how many of them moved."""
    marks = await _fetch_marks(graph)
    found = await read_component(graph, policy, identifiers=(), records=(record,), limit=_EVERYTHING)
    if record not in found.members:
        await graph.write(unsettled.clear, {record: marks[record]} if record in marks else {})
        return set(), 0
    picture = draw_picture(found.members.values(), Change())
    resolution = await asyncio.to_thread(decide, policy, picture)
    wrong = find_outdated(policy, picture, resolution)
    done = 0
    for step in _steps(wrong):
        await graph.write(_write_step, policy, found, picture, step)
        done += sum(len(records) for records in step.values())
        tell(done, sum(map(len, wrong.values())))
    # Marks of records that were marked again while we worked stay, and so does the work.
    own = {key: times for key, times in marks.items() if key in found.members}
    await graph.write(_finish, policy, picture, resolution, own)
    return set(found.members), done


async def _fetch_marks(graph: Graph) -> dict[str, int]:
    return await unsettled.fetch_unsettled(graph, limit=1_000_000)


def _steps(wrong: Mapping[str, frozenset[str]]) -> Iterable[dict[str, frozenset[str]]]:
    """Groups in portions: a group is never cut, because its person is written with its golden record."""
    step: dict[str, frozenset[str]] = {}
    for person, records in wrong.items():
        step[person] = records
        if sum(map(len, step.values())) >= _STEP_RECORDS:
            yield step
            step = {}
    if step:
        yield step


async def _write_step(
    tx: Transaction, policy: Policy, found: Component, picture: Picture, step: Mapping[str, frozenset[str]]
) -> None:
    records = {record for group in step.values() for record in group}
    await partition.lock_persons(tx, {picture.places[record] for record in records} | step.keys())
    current = await component.fetch_by_records(tx, records)
    # Golden records are made of what was read: of nobody who was erased since.
    if len(current) < len(records) or any(_says(one) != _says(found.members[one.record]) for one in current):
        raise _Changed(found.members)
    places = {member.record: member.person for member in current}
    moves = [
        (record, person) for person, group in step.items() for record in group if places.get(record, person) != person
    ]
    golden = {person: golden_of(policy, picture, group) for person, group in step.items()}
    left = {places[record] for record, _ in moves}
    marks = {Mark("moved", person) for person in left} | {Mark("person", person) for person in step.keys() - left}
    await partition.put_persons(tx, golden, marks)
    await partition.move_records(tx, moves, now_ms=now_ms())
    await check_policy(tx, policy)


def _says(member: StoredMember) -> tuple[object, ...]:
    """What a record's place follows from; the state of its identifiers changes with other records."""
    holds = frozenset((hold.state.key, hold.from_ms, hold.observed_ms, hold.verified) for hold in member.holds)
    return holds, member.profile, member.rulings, member.pins


async def _finish(
    tx: Transaction, policy: Policy, picture: Picture, resolution: Resolution, marks: dict[str, int]
) -> None:
    places = {record: group.person_id for group in resolution.groups for record in group.records}
    emptied = picture.golden.keys() - set(places.values())
    for portion in _portions(sorted(emptied), 1000):
        await _empty_persons(tx, portion)
    # What their records said was stored when they were set aside: that is told by now.
    await partition.put_persons(tx, {}, {Mark("person", places[record]) for record in marks if record in places})
    planned = await plan_sync(tx, policy, picture, picture.states.keys(), resolution)
    if not await _hold(tx, {record for case in planned.opened for record in case.records}):
        raise _Changed(places)
    await write_cases(tx, planned)
    await unsettled.clear(tx, marks)
    await check_policy(tx, policy)


async def _hold(tx: Transaction, records: Collection[str]) -> bool:
    """Whether all of these are there still; then none is erased before the transaction ends."""
    locked: set[str] = set()
    while True:
        found = await component.fetch_by_records(tx, records)
        persons = {member.person for member in found}
        if len(found) < len(records) or persons <= locked:
            return len(found) == len(records)
        await partition.lock_persons(tx, persons - locked)
        locked |= persons


async def _empty_persons(tx: Transaction, persons: Collection[str]) -> None:
    """Take the golden records from those who have no records; somebody may have got one back since the steps."""
    await partition.lock_persons(tx, persons)
    living = {member.person for member in await component.fetch_by_persons(tx, persons)}
    gone = set(persons) - living
    await partition.put_persons(tx, dict.fromkeys(gone), [Mark("moved", person) for person in gone])


def _portions(keys: list[str], size: int) -> Iterable[list[str]]:
    remaining = iter(keys)
    while portion := list(islice(remaining, size)):
        yield portion
