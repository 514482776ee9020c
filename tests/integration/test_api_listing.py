"""Persons by what they have in common: the same as looking at all of them, in pages that writes do not move."""

from __future__ import annotations

import random
from collections.abc import AsyncIterator
from typing import Any, Final
from zoneinfo import ZoneInfo

import httpx
import pytest

from graph.counting import count_statements
from graph.database import Graph
from hub.core.access import Scope
from hub.core.clock import now_ms
from hub.core.model import DAY_MS, CustomerEvent, RecordKey
from hub.core.settings import Settings
from hub.services.ledger.earning import earn_amount
from hub.services.ledger.request import Call
from hub.services.list_persons import ROUNDS
from hub.services.membership.enrol import enrol
from hub.services.membership.tiers import grant_tier
from hub.services.programme.shipped import shipped_programme
from resolvers.cursors import write_listed_cursor, write_person_cursor
from resolvers.scalars import write_instant
from tests.integration.api_client import ask, ask_for_error, open_client
from tests.integration.api_people import NOON_MS, customer, order, put
from tests.integration.api_tokens import get_token, make_client, open_guarded, post_as, resources_of
from tests.support.stewardship import read_births

pytestmark = pytest.mark.anyio

MAIN: Final = shipped_programme(ZoneInfo("Asia/Shanghai"))
LOWEST, GRANTED = (tier.name for tier in MAIN.tiers.ladder[:2])
SYSTEMS: Final = ("pos", "erp", "tmall:flagship")
PAGE: Final = """
    query ($first: Int, $after: String, $last: Int, $before: String, $where: PersonFilter) {
      persons(first: $first, after: $after, last: $last, before: $before, where: $where) {
        nodes { id } pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
      }
    }
"""
ALL: Final = """{ persons(first: 100) { nodes {
    id records { system } orders { nodes { system orderId } } memberships { enrolments { joinedAt } tier { tier } }
    balances { asset available }
} } }"""
POINTS: Final = {"least": 200, "most": 900}
DAY: Final = [write_instant(NOON_MS + day * DAY_MS) for day in range(12)]


@pytest.fixture
async def client(settings: Settings, graph: Graph) -> AsyncIterator[httpx.AsyncClient]:
    async with open_client(settings) as client:
        yield client


async def join(graph: Graph, record: RecordKey, day: int) -> None:
    """Have a record join the programme on a day."""
    call = Call("test", f"{record}-{day}")
    await enrol(graph, MAIN, call, record=str(record), now_ms=now_ms(), joined_ms=NOON_MS + day * DAY_MS)


async def put_town(graph: Graph, settings: Settings, seed: int) -> None:
    """Some 30 persons, many with several records, orders and enrolments; all orders are of the store S01."""
    chance = random.Random(seed)
    records = [RecordKey(chance.choice(SYSTEMS), f"c{number}") for number in range(50)]
    told = [customer(one.external_id, f"139000000{chance.randrange(35):02d}") for one in records]
    await put(
        graph,
        settings,
        [
            CustomerEvent(record, event.observed_ms, event.identifiers)
            for record, event in zip(records, told, strict=True)
        ],
        [order(f"o{number}", one, NOON_MS, 1) for number, one in enumerate(chance.sample(records, 20))],
    )
    for one in chance.sample(records, 30):
        await join(graph, one, chance.randrange(10))
    for number, one in enumerate(chance.sample(records, 15)):
        await earn(graph, one, 100 * number)
    births = await read_births(graph)
    for one in chance.sample(records, 10):
        call = Call("test", f"{one}-{GRANTED}", author="lin", reason="a gift")
        await grant_tier(graph, MAIN, call, person=births[str(one)], tier=GRANTED, to_ms=None, now_ms=now_ms())


async def earn(graph: Graph, record: RecordKey, amount: int) -> None:
    """Have a record earn points."""
    call = Call("test", f"{record}-points")
    await earn_amount(
        graph, MAIN, call, record=str(record), asset="points", amount=amount + 1, earned_ms=NOON_MS, now_ms=now_ms()
    )


async def read(client: httpx.AsyncClient, where: dict[str, Any], size: int, *, back: bool = False) -> list[str]:
    """All pages of a list."""
    ids: list[str] = []
    way, beyond, end, more = ("last", "before", "start", "Previous") if back else ("first", "after", "end", "Next")
    place = None
    while True:
        page = (await ask(client, PAGE, {way: size, beyond: place, "where": where}))["persons"]
        found = [one["id"] for one in page["nodes"]]
        ids = found + ids if back else ids + found
        if not page["pageInfo"][f"has{more}Page"]:
            return ids
        place = page["pageInfo"][f"{end}Cursor"]


def tier_of(name: str) -> dict[str, Any]:
    """The condition of who has a tier."""
    return {"programme": "main", "tiers": [name]}


def fits(person: Any, where: dict[str, Any]) -> bool:
    """Whether a person is meant, by the ordinary fields."""
    joined = where.get("joined")
    since = [one["joinedAt"] for shown in person["memberships"] for one in shown["enrolments"]]
    return (
        where.get("system") in (None, *(one["system"] for one in person["records"]))
        and (not joined or any(joined.get("from", "") <= one < joined.get("before", "9") for one in since))
        and _has_tier(person, where.get("tier"))
        and _has_balance(person, where.get("balance"))
        and (where.get("store") in (None, "") or (where["store"] == "S01" and bool(person["orders"]["nodes"])))
    )


def _has_tier(person: Any, where: dict[str, Any] | None) -> bool:
    return where is None or any(one["tier"] and one["tier"]["tier"] in where["tiers"] for one in person["memberships"])


def _has_balance(person: Any, where: dict[str, Any] | None) -> bool:
    if where is None:
        return True
    [points] = [one["available"] for one in person["balances"] if one["asset"] == "points"]
    return bool(where.get("least", points) <= points <= where.get("most", points))


@pytest.mark.parametrize("seed", [1, 2])
async def test_a_filter_finds_whom_a_look_at_everybody_finds(
    client: httpx.AsyncClient, graph: Graph, settings: Settings, seed: int
) -> None:
    await put_town(graph, settings, seed)
    everybody = (await ask(client, ALL))["persons"]["nodes"]
    span = {"programme": "main", "from": DAY[3], "before": DAY[6]}
    conditions: list[dict[str, Any]] = [
        *({"system": one} for one in (*SYSTEMS, "jd")),
        *({"joined": one} for one in ({"programme": "main"}, span, {**span, "before": DAY[3]})),
        *({"system": "erp", "store": one} for one in ("S01", "S02")),
        {"joined": span, "system": "pos", "store": "S01"},
        *(
            {"system": "pos", "tier": {"programme": "main", "tiers": [one]}}
            for one in (MAIN.tiers.ladder[0].name, GRANTED)
        ),
        *({"system": "pos", "balance": {"programme": "main", **one}} for one in ({"least": 1}, {"most": 0}, POINTS)),
        {
            "joined": span,
            "tier": {"programme": "main", "tiers": [GRANTED]},
            "balance": {"programme": "main", "least": 0},
        },
    ]

    for where in conditions:
        expected = {one["id"] for one in everybody if fits(one, where)}
        listed = await read(client, where, 100)
        assert (len(listed), set(listed)) == (len(expected), expected), where
        for size in (1, 3):
            assert await read(client, where, size) == listed, where
            assert await read(client, where, size, back=True) == listed, where


async def test_what_is_written_meanwhile_moves_no_page(
    client: httpx.AsyncClient, graph: Graph, settings: Settings
) -> None:
    await put_town(graph, settings, 3)
    for where in ({"system": "pos"}, {"joined": {"programme": "main"}}):
        listed = await read(client, where, 100)
        first = (await ask(client, PAGE, {"first": 2, "where": where}))["persons"]["pageInfo"]["endCursor"]
        await put(graph, settings, [customer(f"a-{len(listed)}", f"137000000{len(listed):02d}")])
        await join(graph, RecordKey("pos", f"a-{len(listed)}"), -5)

        following = (await ask(client, PAGE, {"first": 100, "after": first, "where": where}))["persons"]

        assert [one["id"] for one in following["nodes"]] == listed[2:]


async def test_a_page_looks_at_no_more_than_so_many_and_says_where_to_go_on(
    client: httpx.AsyncClient, graph: Graph, settings: Settings
) -> None:
    people = [customer(f"c{number:02d}", f"137000000{number:02d}") for number in range(60)]
    await put(graph, settings, people, [order("o", RecordKey("pos", "c50"), NOON_MS, 1)])
    where = {"system": "pos", "store": "S01"}

    with count_statements() as counter:
        page = (await ask(client, PAGE, {"first": 1, "where": where}))["persons"]

    assert page["nodes"] == []
    assert page["pageInfo"]["hasNextPage"]
    assert counter.total == 2 * ROUNDS
    assert len(await read(client, where, 1)) == 1
    assert len(await read(client, where, 1, back=True)) == 1


async def test_a_full_page_of_a_system_costs_two_statements(
    client: httpx.AsyncClient, graph: Graph, settings: Settings
) -> None:
    await put(graph, settings, [customer(f"c{number:02d}", f"137000000{number:02d}") for number in range(20)])

    with count_statements() as counter:
        page = (await ask(client, PAGE, {"first": 10, "where": {"system": "pos"}}))["persons"]

    assert (len(page["nodes"]), counter.total) == (10, 2)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"where": {}}, "Say `system` or `joined`"),
        ({"where": {"store": "S01"}}, "Say `system` or `joined`"),
        ({"where": {"system": "Not A System"}}, "not a system's name"),
        ({"where": {"system": "pos", "store": "S" * 300}}, "at most 256"),
        ({"where": {"joined": {"programme": "none"}}}, "There is no programme"),
        ({"where": {"system": "pos", "tier": {"programme": "main", "tiers": []}}}, "Name one tier"),
        ({"where": {"system": "pos", "tier": {"programme": "main", "tiers": ["x"]}}}, "has no tier 'x'"),
        ({"where": {"system": "pos", "balance": {"programme": "main"}}}, "Say `least`"),
        ({"where": {"system": "pos", "balance": {"programme": "main", "asset": "x", "least": 1}}}, "has no asset"),
        ({"where": {"system": "pos", "balance": {"programme": "main", "least": 2, "most": 1}}}, "nobody can have"),
        ({"where": {"system": "pos"}, "after": write_listed_cursor("erp|c1")}, "another list"),
        ({"where": {"system": "pos"}, "after": write_person_cursor("01ARZ3NDEKTSV4RRFFQ69G5FAV")}, "not one of ours"),
    ],
)
async def test_what_cannot_be_meant_is_the_callers_mistake(
    client: httpx.AsyncClient, given: dict[str, Any], words: str
) -> None:
    error = await ask_for_error(client, PAGE, given)

    assert error["extensions"] == {"code": "INVALID_INPUT"}
    assert words in error["message"]


async def test_a_condition_needs_the_scope_and_the_programme_of_what_it_tells(settings: Settings, graph: Graph) -> None:
    async with open_guarded(settings) as client:

        async def ask_as(where: dict[str, Any], *scopes: Scope, programmes: tuple[str, ...] = ()) -> Any:
            made = await make_client(graph, Scope.PERSON_READ, *scopes, programmes=programmes)
            await resources_of(client).renew_doors()
            response = await post_as(client, await get_token(client, made), PAGE, {"where": where})
            return [error["extensions"]["code"] for error in response.json().get("errors", [])]

        joined, store = {"joined": {"programme": "main"}}, {"system": "pos", "store": "S01"}
        assert await ask_as({"system": "pos"}) == []
        assert await ask_as(joined) == await ask_as(store) == ["FORBIDDEN"]
        tier = {"system": "pos", "tier": tier_of(GRANTED)}
        balance = {"system": "pos", "balance": {"programme": "main", "least": 1}}
        assert await ask_as(tier) == await ask_as(balance) == ["FORBIDDEN"]
        assert await ask_as(tier, Scope.MEMBERSHIP_READ) == await ask_as(balance, Scope.POINTS_READ) == []
        for one in (joined, tier):
            assert await ask_as(one, Scope.MEMBERSHIP_READ, programmes=("tea",)) == ["FORBIDDEN"]
        assert await ask_as(balance, Scope.POINTS_READ, programmes=("tea",)) == ["FORBIDDEN"]
        assert await ask_as(joined, Scope.MEMBERSHIP_READ) == await ask_as(store, Scope.ORDERS_READ) == []
