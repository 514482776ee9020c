"""Households: who lives together, as sources say, each a person of their own."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import Final

from graph import households
from graph.database import Graph
from graph.households import StoredHousehold, StoredHouseholdMember
from hub.core.errors import NotFound
from hub.services.find_person import PersonFinder
from hub.services.golden import decode_golden
from hub.services.identity import Identity

MAX_RECORDS: Final = 100
"""A household that more records claim is none: a till's default value, or a whole block of flats."""


@dataclass(frozen=True, slots=True)
class HouseholdMember:
    """A person of a household.

    Attributes:
        name: of the golden record; None where nobody states it.
        role: as the person's records in this household state it last, else the golden record's; None if unstated.
        children_ages: of the children whom the person states, in full years on the date asked for, the oldest first;
            children who are born later are left out.
    """

    person_id: str
    name: str | None
    role: str | None
    children_ages: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Household:
    """Persons whose records claim one household value.

    Attributes:
        masked: the value in showable form; `scope` is the system or account in which it is unique.
        records: how many records claim it.
        crowded: more than `MAX_RECORDS` do, so that no members are told.
        members: by person id; the person asked for is one of them.
    """

    type: str
    scope: str
    masked: str
    records: int
    crowded: bool
    members: tuple[HouseholdMember, ...]


async def describe_household(graph: Graph, identity: Identity, person_id: str, on_date: date) -> list[Household]:
    """The households of a person, by any id that was ever given out; empty where no record states one.

    A household joins nobody: its members stay persons of their own. Ages are those of `on_date`, a date in the
    past or the future too; who is a member is told as of now.

    Raises:
        InvalidInput, Erased: as `PersonFinder.find_by_id`.
        NotFound: the hub knows nobody by it.
    """
    living = await PersonFinder(graph, identity).find_by_id(person_id)
    if living is None:
        raise NotFound("Nobody is known by this id.")
    found = await describe_households(graph, identity, [living], on_date)
    return list(found.get(living, {}).values())


async def describe_households(
    graph: Graph, identity: Identity, persons: Collection[str], on_date: date
) -> dict[str, dict[str, Household]]:
    """As `describe_household`, for living persons by id; theirs by key. Two statements for all of them."""
    stored = await households.fetch_households(graph, persons, _types_of(identity))
    described = await _describe_all(graph, [one for of_one in stored.values() for one in of_one], on_date)
    return {person: {one.key: described[one.key] for one in of_one} for person, of_one in stored.items()}


async def find_households(
    graph: Graph, identity: Identity, keys: Collection[str], on_date: date
) -> dict[str, Household]:
    """Households by key; what is none, or is one no longer, is left out. Two statements for all of them.

    A key is good until the identity key is rotated.
    """
    return await _describe_all(graph, await households.fetch_by_keys(graph, keys, _types_of(identity)), on_date)


def _types_of(identity: Identity) -> set[str]:
    return {kind.name for kind in identity.policy.types.values() if kind.power == "household" and kind.enabled}


async def _describe_all(graph: Graph, found: Iterable[StoredHousehold], on_date: date) -> dict[str, Household]:
    stored = {one.key: one for one in found}
    members: dict[str, list[StoredHouseholdMember]] = {key: [] for key in stored}
    for member in await households.fetch_members(
        graph, {key for key, one in stored.items() if one.live <= MAX_RECORDS}
    ):
        members[member.key].append(member)
    return {key: _describe(one, members[key], on_date) for key, one in stored.items()}


def _describe(found: StoredHousehold, members: Iterable[StoredHouseholdMember], on_date: date) -> Household:
    by_person = groupby(members, key=lambda member: member.person)
    described = tuple(_describe_member(person, list(records), on_date) for person, records in by_person)
    return Household(found.type, found.scope, found.masked, found.live, found.live > MAX_RECORDS, described)


def _describe_member(person: str, records: list[StoredHouseholdMember], on_date: date) -> HouseholdMember:
    golden = {one.field: one.value for one in decode_golden(records[0].golden)}
    roles = [(stated_ms, role) for one in records for role, stated_ms in [one.profile.get("household_role", ("", 0))]]
    return HouseholdMember(
        person,
        golden.get("name"),
        max(roles)[1] or golden.get("household_role"),
        count_ages(golden.get("children_birthdays", ""), on_date),
    )


def count_ages(birthdays: str, on_date: date) -> tuple[int, ...]:
    """Full years on a date for ISO dates separated by `;`, the oldest first; whoever is born later is left out.

    A child of the 29th of February is a year older on the 1st of March in other years. What is no date says nothing.
    """
    born = sorted(day for text in birthdays.split(";") if (day := _read_date(text)) is not None and day <= on_date)
    return tuple(on_date.year - day.year - ((on_date.month, on_date.day) < (day.month, day.day)) for day in born)


def _read_date(text: str) -> date | None:
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        return None
