"""What a decision would change, before anything is written."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from typing import NamedTuple

from graph.reading import Reader
from hub.core.clock import now_ms
from hub.services.decision_draft import Draft
from hub.services.golden import decode_golden
from hub.services.membership.consequences import MemberChange, weigh_members
from hub.services.plan import Move
from rules.programme import Programme


class PersonChange(NamedTuple):
    """A person's records, sorted, before and after; empty where there are none."""

    id: str
    before: tuple[str, ...]
    after: tuple[str, ...]


class IdChange(NamedTuple):
    """An id that was given out, and the person who answers for it before and after."""

    id: str
    before: str
    after: str


class FieldChange(NamedTuple):
    """A field of a person's golden record; None where it has no value."""

    person: str
    field: str
    before: str | None
    after: str | None


class CaseChange(NamedTuple):
    """A case that opens (again), is asked differently, or closes; `id` is None for a new one."""

    id: str | None
    kind: str
    type: str
    sides: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Preview:
    """The consequences.

    Attributes:
        token: hand it in with the decision to have it refused if anything here has changed since.
        settled: False where the component is too large to be decided on in a write: then the decision would be stored,
            its consequences are the background job's, and nothing more is said of them here.
        repeats: ids of decisions that say the same already.
        ids: those for which somebody else answers afterwards.
        fields: of persons who have records afterwards.
        members: tiers and balances of the persons whose records change, before and after, where any differs.
    """

    token: str
    settled: bool
    repeats: tuple[str, ...]
    moves: tuple[Move, ...]
    persons: tuple[PersonChange, ...]
    ids: tuple[IdChange, ...]
    fields: tuple[FieldChange, ...]
    opened: tuple[CaseChange, ...]
    closed: tuple[CaseChange, ...]
    members: tuple[MemberChange, ...] = ()


async def add_members(reader: Reader, preview: Preview, programme: Programme | None) -> Preview:
    """The preview with what it makes of tiers and balances in a programme, if one is given."""
    if programme is None:
        return preview
    return replace(preview, members=await weigh_members(reader, programme, preview.persons, now_ms=now_ms()))


def make_preview(drafted: Draft) -> Preview:
    """A draft in the words of whoever has to decide."""
    members, plan = drafted.known.found.members, drafted.plan
    moved = [move for move in plan.moves if move.before is not None]
    made = {one.id for one in drafted.made}
    return Preview(
        token=drafted.token,
        settled=drafted.settled,
        repeats=tuple(one.id for one in drafted.decisions if one.id not in made),
        moves=tuple(moved),
        persons=_compare_persons(drafted),
        ids=tuple(
            sorted(IdChange(members[move.record].birth_id, move.before, move.after) for move in moved if move.before)
        ),
        fields=_compare_fields(drafted),
        opened=tuple(CaseChange(None, case.kind, case.type, case.sides) for case in plan.cases.opened),
        closed=tuple(CaseChange(case.id, case.kind, "", case.sides) for case in plan.cases.moot),
    )


def _compare_persons(drafted: Draft) -> tuple[PersonChange, ...]:
    before: dict[str, set[str]] = defaultdict(set)
    after: dict[str, set[str]] = defaultdict(set)
    for member in drafted.known.found.members.values():
        before[member.person].add(member.record)
        after[drafted.plan.places[member.record]].add(member.record)
    return tuple(
        PersonChange(person, tuple(sorted(before[person])), tuple(sorted(after[person])))
        for person in sorted(before.keys() | after.keys())
        if before[person] != after[person]
    )


def _compare_fields(drafted: Draft) -> tuple[FieldChange, ...]:
    changes: list[FieldChange] = []
    for person in drafted.plan.persons:
        if person.golden_after is None:
            continue
        before, after = _values(person.golden_before), _values(person.golden_after)
        changes += [
            FieldChange(person.id, field, before.get(field), after.get(field))
            for field in sorted(before.keys() | after.keys())
            if before.get(field) != after.get(field)
        ]
    return tuple(changes)


def _values(golden: str | None) -> dict[str, str]:
    return {one.field: one.value for one in decode_golden(golden)}
