"""A plan: the difference between what is stored and what follows from the evidence and the decisions. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from graph.cases import StoredCase
from graph.changes import Mark
from hub.services.case_plan import CasePlan, Scope, plan_cases
from hub.services.picture import Picture, golden_of
from rules.component import Ruling
from rules.partition import Resolution
from rules.policy import Policy
from rules.rulings import find_basis


class Move(NamedTuple):
    """A record that changes persons; `before` is None for a new record."""

    record: str
    before: str | None
    after: str


@dataclass(frozen=True, slots=True)
class PersonPlan:
    """A person whose golden record is to be written.

    Attributes:
        known: whether there is a node for it already.
        golden_before, golden_after: stored texts, None for a person without records.
    """

    id: str
    known: bool
    golden_before: str | None
    golden_after: str | None


@dataclass(frozen=True, slots=True)
class Plan:
    """What has to be written.

    Attributes:
        places: the person of each record once it is written.
        moves: records that change persons, those of new records included; by record.
        persons: whose golden record changes, those who get their first record or lose their last one included; by id.
        born, emptied: ids of persons who get their first records, or lose all that they have; sorted.
        bases: for the decisions of the change that keep two records apart, against what evidence they are given.
    """

    resolution: Resolution
    places: Mapping[str, str]
    moves: tuple[Move, ...]
    persons: tuple[PersonPlan, ...]
    born: tuple[str, ...] = ()
    emptied: tuple[str, ...] = ()
    cases: CasePlan = field(default_factory=CasePlan)
    bases: Mapping[str, int | None] = field(default_factory=dict)


def plan_settlement(
    policy: Policy,
    picture: Picture,
    resolution: Resolution,
    *,
    known: Mapping[str, StoredCase],
    scope: Scope,
    ruled: Collection[Ruling] = (),
) -> Plan:
    """What to write so that the graph says what `resolution` says; `known` as in `plan_cases`."""
    places = {record: group.person_id for group in resolution.groups for record in group.records}
    wanted: dict[str, str | None] = dict.fromkeys(picture.golden)
    for group in resolution.groups:
        wanted[group.person_id] = golden_of(policy, picture, group.records)
    persons = tuple(
        PersonPlan(person, person in picture.golden, picture.golden.get(person), wanted[person])
        for person in sorted(wanted)
        if person not in picture.golden or picture.golden[person] != wanted[person]
    )
    bases = {
        ruling.id: _strongest(picture.bases.get(ruling.id), find_basis(policy, resolution.refusals, ruling))
        for ruling in ruled
        if ruling.apart
    }
    before, after = set(picture.places.values()), set(places.values())
    return Plan(
        resolution,
        places,
        list_moves(picture, places),
        persons,
        born=tuple(sorted(after - before)),
        emptied=tuple(sorted(before - after)),
        cases=plan_cases(policy, picture, resolution, known=known, scope=scope, bases={**picture.bases, **bases}),
        bases=bases,
    )


def _strongest(known: int | None, found: int | None) -> int | None:
    return min((basis for basis in (known, found) if basis is not None), default=None)


def list_moves(picture: Picture, places: Mapping[str, str]) -> tuple[Move, ...]:
    """The records that are not where `places` says."""
    return tuple(
        Move(record, picture.places.get(record), person)
        for record, person in sorted(places.items())
        if picture.places.get(record) != person
    )


def list_marks(planned: Plan, said: Iterable[str]) -> set[Mark]:
    """What is to be told of a plan, but for the records that move; `said` are records that say something else."""
    left = {move.before for move in planned.moves if move.before is not None}
    changed = {person.id for person in planned.persons}
    changed.update(move.after for move in planned.moves)
    # Whom a record belongs to that was too large a component's is told once that is settled.
    changed.update(planned.places[record] for record in said if record in planned.places)
    return {Mark("moved", person) for person in left} | {Mark("person", person) for person in changed - left}
