"""Persons in a household, who stay persons of their own."""

from __future__ import annotations

from datetime import date

import pytest

from graph.database import Graph
from hub.core.errors import InvalidInput, NotFound
from hub.core.model import CustomerEvent, RawIdentifier, RecordKey
from hub.core.settings import Settings
from hub.services.find_person import PersonFinder
from hub.services.households import MAX_RECORDS, Household, HouseholdMember, describe_household
from hub.services.identity import Identity
from tests.integration.api_people import NOON_MS, put
from tests.support.contents import read_partition

pytestmark = pytest.mark.anyio

ON = date(2025, 10, 9)


def lives(
    system: str, external_id: str, phone: str, *, home: str | None = "HOME-000123", at: int = NOON_MS, **profile: str
) -> CustomerEvent:
    """A record with a phone and a household."""
    identifiers = [RawIdentifier("phone", "", phone)]
    if home is not None:
        identifiers.append(RawIdentifier("household", "pos", home))
    return CustomerEvent(RecordKey(system, external_id), at, tuple(identifiers), profile)


async def person_of(graph: Graph, identity: Identity, system: str, external_id: str) -> str:
    found = await PersonFinder(graph, identity).find_by_record(RecordKey(system, external_id))
    assert found is not None
    return found


async def describe(graph: Graph, identity: Identity, external_id: str) -> list[Household]:
    return await describe_household(graph, identity, await person_of(graph, identity, "pos", external_id), ON)


async def test_a_household_tells_its_members_with_roles_and_childrens_ages(
    graph: Graph, settings: Settings, identity: Identity
) -> None:
    children = "2015-10-09;2019-12-31"
    await put(
        graph,
        settings,
        [
            lives("pos", "dad", "13800000001", name="张伟", household_role="父", children_birthdays=children),
            lives("wechat:mini", "dad", "13800000001", name="张伟"),
            lives("pos", "mum", "13800000002", name="李娜", household_role="mother"),
            lives("pos", "other", "13800000003", home="HOME-000999", name="王芳"),
        ],
    )

    [household] = await describe(graph, identity, "mum")

    dad, mum = await person_of(graph, identity, "pos", "dad"), await person_of(graph, identity, "pos", "mum")
    assert (household.type, household.scope, household.masked) == ("household", "pos", "HOM****123")
    assert (household.records, household.crowded) == (3, False)
    assert sorted(household.members, key=lambda member: member.name or "") == [
        HouseholdMember(dad, "张伟", "父", (10, 5)),
        HouseholdMember(mum, "李娜", "mother", ()),
    ]
    assert [member.person_id for member in household.members] == sorted([dad, mum])
    assert await describe(graph, identity, "dad") == [household]
    assert len(await read_partition(graph)) == 3


async def test_a_role_is_that_of_the_household_and_else_the_persons(
    graph: Graph, settings: Settings, identity: Identity
) -> None:
    await put(
        graph,
        settings,
        [
            lives("pos", "son", "13800000001", home="HOME-000001", household_role="child"),
            lives("wechat:mini", "son", "13800000001", home="HOME-000002", household_role="father", at=NOON_MS + 1),
            lives("tmall:flagship", "son", "13800000001", home="HOME-000003"),
        ],
    )

    found = await describe(graph, identity, "son")

    assert sorted((household.masked, household.members[0].role) for household in found) == [
        ("HOM****001", "child"),
        ("HOM****002", "father"),
        ("HOM****003", "father"),
    ]


async def test_whoever_moves_out_is_a_member_no_more(graph: Graph, settings: Settings, identity: Identity) -> None:
    await put(graph, settings, [lives("pos", "a", "13800000001"), lives("pos", "b", "13800000002")])
    await put(graph, settings, [lives("pos", "b", "13800000002", home="HOME-000777", at=NOON_MS + 1)])

    [of_a], [of_b] = await describe(graph, identity, "a"), await describe(graph, identity, "b")

    assert (len(of_a.members), len(of_b.members)) == (1, 1)
    assert of_a.masked != of_b.masked


async def test_a_value_that_everybody_claims_is_no_household(
    graph: Graph, settings: Settings, identity: Identity
) -> None:
    await put(graph, settings, [lives("pos", f"c{n}", f"1370000{n:04d}") for n in range(MAX_RECORDS + 1)])

    [household] = await describe(graph, identity, "c0")

    assert (household.crowded, household.records, household.members) == (True, MAX_RECORDS + 1, ())


async def test_who_states_no_household_has_none_and_who_is_unknown_is_not_found(
    graph: Graph, settings: Settings, identity: Identity
) -> None:
    await put(graph, settings, [lives("pos", "a", "13800000001", home=None)])

    assert await describe(graph, identity, "a") == []
    with pytest.raises(NotFound):
        await describe_household(graph, identity, "01ARZ3NDEKTSV4RRFFQ69G5FAV", ON)
    with pytest.raises(InvalidInput):
        await describe_household(graph, identity, "nobody", ON)
