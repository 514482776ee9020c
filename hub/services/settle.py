"""Settling: what a change touches is partitioned anew, and the difference is written, all in the change's transaction.

Everything that changes who is who goes through here: evidence that comes in, a steward's decision, a new policy, an
erasure. So there is one place that reads a component, lets `rules` decide and writes persons, golden records and cases.
What would be written is a plan, which a preview shows and `write_plan` carries out.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from graph import partition
from graph.database import Transaction
from graph.partition import NewRecord
from graph.reading import Reader
from hub.core.clock import now_ms
from hub.services.case_plan import Scope
from hub.services.case_sync import fetch_known_cases, write_cases
from hub.services.components import Component
from hub.services.picture import Change, Picture, decide, draw_picture, find_outdated, golden_of
from hub.services.plan import Plan, list_marks, list_moves, plan_settlement
from rules.partition import Resolution
from rules.policy import Policy

__all__ = [
    "Change",
    "Picture",
    "decide",
    "draw_picture",
    "find_outdated",
    "golden_of",
    "plan",
    "settle",
    "write_plan",
]


async def settle(tx: Transaction, policy: Policy, found: Component, change: Change) -> Resolution:
    """Partition what was found, write persons, golden records and cases; new records are created in their places.

    Claims of changed records are not written here, nor decisions, and what was found must be locked.
    """
    planned = await plan(tx, policy, found, change)
    await write_plan(tx, planned, change.created, said=change.woven)
    return planned.resolution


async def plan(reader: Reader, policy: Policy, found: Component, change: Change, scope: Scope | None = None) -> Plan:
    """What `settle` would write; reads the cases that it may renew or close, and nothing else.

    `scope` tells of answers to cases; what of it follows from `found` and `change` is filled in.
    """
    picture = draw_picture(found.members.values(), change)
    resolution = decide(policy, picture, found.beyond)
    within = replace(
        scope or Scope(), touched=change.states.keys(), beyond=found.beyond, unruled=frozenset(change.unruled)
    )
    places = {record: group.person_id for group in resolution.groups for record in group.records}
    changed = {move.record for move in list_moves(picture, places) if move.before is not None}
    parted = {record for ruling in change.ruled if ruling.apart for record in (ruling.left, ruling.right)}
    changed.update(*(group.records for group in resolution.groups if not parted.isdisjoint(group.records)))
    known = await fetch_known_cases(reader, picture, within, changed)
    return plan_settlement(policy, picture, resolution, known=known, scope=within, ruled=change.ruled)


async def write_plan(
    tx: Transaction, planned: Plan, created: Iterable[NewRecord] = (), *, said: Iterable[str] = ()
) -> None:
    """Write persons, moves, new records and cases; `said` are records that say something else from now on."""
    golden = {person.id: person.golden_after for person in planned.persons}
    await partition.put_persons(tx, golden, list_marks(planned, said))
    moves = [(move.record, move.after) for move in planned.moves if move.before is not None]
    await partition.move_records(tx, moves, now_ms=now_ms())
    if placed := [(record, planned.places[str(record.key)]) for record in created]:
        await partition.create_records(tx, placed)
    await write_cases(tx, planned.cases)
