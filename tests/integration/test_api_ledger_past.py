"""Balances and the ledger as of an instant, as programs that call the API meet them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any, Final

import httpx
import pytest

from graph.counting import StatementCounter, count_statements
from graph.database import Graph
from hub.core.clock import now_ms
from hub.core.model import DAY_MS
from hub.core.settings import Settings
from hub.services.identity import Identity
from resolvers.scalars import write_instant
from tests.integration.api_client import ask, open_client, post
from tests.integration.api_people import put_crowd
from tests.support.events import PHONES
from tests.support.ledger import Members

pytestmark = pytest.mark.anyio

LONG_AGO: Final = 1_500 * DAY_MS
BALANCE: Final = "available pending held debt"


@pytest.fixture
async def client(settings: Settings, graph: Graph) -> AsyncIterator[httpx.AsyncClient]:
    async with open_client(settings) as client:
        yield client


@pytest.fixture
async def members(graph: Graph, identity: Identity) -> Members:
    """One person with two records; on each day something happens to what they hold."""
    members = Members(graph, identity, now_ms=LONG_AGO)
    person = await members.add("pos|a", PHONES[0])
    await members.add("tmall:flagship|b", PHONES[0])
    await members.earn("pos|a", 100)
    members.now_ms += DAY_MS
    await members.earn("tmall:flagship|b", 50)
    members.now_ms += DAY_MS
    await members.spend(person, 120)
    await members.hold(person, 20)
    members.now_ms += DAY_MS
    return members


def day(number: int) -> str:
    """Noon, if a day were to begin when the first thing happened."""
    return write_instant(LONG_AGO + number * DAY_MS + DAY_MS // 2)


async def read(client: httpx.AsyncClient, fields: str, phone: str = PHONES[0]) -> Any:
    return (await ask(client, f'{{ person(by: {{phone: "{phone}"}}) {{ {fields} }} }}'))["person"]


async def count(client: httpx.AsyncClient, query: str) -> StatementCounter:
    with count_statements() as counter:
        await ask(client, query)
    return counter


async def test_a_balance_is_what_it_was(client: httpx.AsyncClient, members: Members) -> None:
    days = (f'd{n}: balances(asOf: "{day(n)}") {{ {BALANCE} expiringNext {{ amount }} }}' for n in range(4))

    shown = await read(client, " ".join(days) + f' before: balances(asOf: "{day(-1)}") {{ {BALANCE} }}')

    points = [shown[f"d{n}"][0] for n in range(4)]
    assert shown["before"][0] == {"available": 0, "pending": 0, "held": 0, "debt": 0}
    assert [(one["available"], one["held"]) for one in points] == [(100, 0), (150, 0), (10, 20), (30, 0)]
    assert [one["expiringNext"] for one in points] == [{"amount": n} for n in (100, 100, 10, 10)]


async def test_what_was_held_then_is_told_with_its_deadline(client: httpx.AsyncClient, members: Members) -> None:
    shown = await read(
        client,
        f'then: holds(asOf: "{day(2)}") {{ amount expiresAt }} before: holds(asOf: "{day(1)}") {{ amount }} '
        "now: holds { amount }",
    )

    deadline = write_instant(LONG_AGO + 3 * DAY_MS)
    assert shown == {"then": [{"amount": 20, "expiresAt": deadline}], "before": [], "now": []}


async def test_the_ledger_up_to_an_instant_is_read_page_by_page_from_either_end(
    client: httpx.AsyncClient, members: Members
) -> None:
    until = f'asOf: "{day(1)}"'
    page = "{ nodes { kind amount } pageInfo { hasNextPage hasPreviousPage endCursor startCursor } }"
    newest = (await read(client, f"ledger(first: 1, {until}) {page}"))["ledger"]
    rest = (await read(client, f'ledger(first: 9, after: "{newest["pageInfo"]["endCursor"]}", {until}) {page}'))[
        "ledger"
    ]
    oldest = (await read(client, f"ledger(last: 1, {until}) {page}"))["ledger"]
    cursor = oldest["pageInfo"]["startCursor"]
    newer = (await read(client, f'ledger(last: 9, before: "{cursor}", {until}) {page}'))["ledger"]

    assert (newest["nodes"], newest["pageInfo"]["hasNextPage"]) == ([{"kind": "EARN", "amount": 50}], True)
    assert rest["nodes"] == oldest["nodes"] == [{"kind": "EARN", "amount": 100}]
    assert not rest["pageInfo"]["hasNextPage"]
    assert (newer["nodes"], newer["pageInfo"]["hasPreviousPage"]) == (newest["nodes"], False)


@pytest.mark.parametrize("field", ["balances(asOf: $at) { held }", "holds(asOf: $at) { amount }"])
async def test_an_instant_that_has_not_come_is_the_callers_mistake(
    client: httpx.AsyncClient, members: Members, field: str
) -> None:
    fields = f"id {field} ledger(asOf: $at) {{ nodes {{ id }} }}"
    query = f'query ($at: DateTime!) {{ person(by: {{phone: "{PHONES[0]}"}}) {{ {fields} }} }}'

    answer = (await post(client, query, {"at": write_instant(now_ms() + DAY_MS)})).json()

    name = field.partition("(")[0]
    assert answer["data"]["person"] | {"id": None} == {"id": None, name: None, "ledger": None}
    codes = {error["path"][1]: error["extensions"]["code"] for error in answer["errors"]}
    assert codes == {name: "INVALID_INPUT", "ledger": "INVALID_INPUT"}


async def test_each_entry_that_is_added_up_again_is_paid_for(
    client: httpx.AsyncClient, members: Members, settings: Settings
) -> None:
    for _ in range(7):
        await members.earn("pos|a", 1)
    query = f'{{ person(by: {{phone: "{PHONES[0]}"}}) {{ balances(asOf: "%s") {{ available }} }} }}'
    costs = list[int]()
    for at in (LONG_AGO - 1, LONG_AGO, LONG_AGO + DAY_MS, LONG_AGO + 2 * DAY_MS, now_ms()):
        answer = (await post(client, query % write_instant(at))).json()
        costs.append(answer["extensions"]["cost"]["requestedQueryCost"])

    # What had nothing by then, or nothing since, is not added up.
    assert costs == [2, 3, 4, 4, 2]


async def test_what_costs_too_much_to_add_up_is_refused_and_what_stands_beside_it_is_shown(
    settings: Settings, members: Members
) -> None:
    fields = f'ledger(asOf: "{day(2)}", first: 1) {{ nodes {{ amount }} }} balances(asOf: "{day(0)}") {{ available }}'
    async with open_client(settings.model_copy(update={"graphql_max_cost": 4})) as client:
        answer = (await post(client, f'{{ person(by: {{phone: "{PHONES[0]}"}}) {{ {fields} }} }}')).json()

    assert answer["data"]["person"]["balances"] is None
    [error] = answer["errors"]
    assert (error["path"], error["extensions"]["code"]) == (["person", "balances"], "INVALID_INPUT")
    assert "costs 5: at most 4" in error["message"]


async def test_a_hundred_persons_cost_the_statements_of_two(
    client: httpx.AsyncClient, graph: Graph, identity: Identity, settings: Settings
) -> None:
    await put_crowd(graph, settings, persons=100, orders_each=0)
    members = Members(graph, identity, now_ms=LONG_AGO)
    for _ in range(2):
        for number in range(20):
            await members.earn(f"pos|crowd-{number:04d}", 5)
        members.now_ms += DAY_MS
    fields = f'balances(asOf: "{day(0)}") {{ available }} ledger(asOf: "{day(0)}", first: 2) {{ nodes {{ kind }} }}'

    def query(first: int) -> str:
        return f"{{ persons(first: {first}) {{ nodes {{ {fields} }} }} }}"

    few, many = await count(client, query(2)), await count(client, query(100))
    data = await ask(client, query(100))

    shown = [(one["balances"][0]["available"], len(one["ledger"]["nodes"])) for one in data["persons"]["nodes"]]
    assert sorted(shown, reverse=True)[:21] == [(5, 1)] * 20 + [(0, 0)]
    assert many.by_name == few.by_name
    assert sorted(many.by_name.elements()) == sorted(
        [
            "persons.find_page_bound", "persons.fetch_page", "balances.fetch_all",
            "ledger_past.fetch_instants", "ledger_past.fetch_entries", "ledger_history.fetch",
        ]
    )  # fmt: skip


async def test_a_long_history_is_searched_by_few_statements(client: httpx.AsyncClient, members: Members) -> None:
    for number in range(60):
        members.now_ms = LONG_AGO + (4 + number) * DAY_MS
        await members.earn("pos|a", 1)
    page = f'{{ person(by: {{phone: "{PHONES[0]}"}}) {{ ledger(asOf: "{day(5)}", first: 1) {{ nodes {{ at }} }} }} }}'

    with count_statements() as counter:
        data = await ask(client, page)

    assert data["person"]["ledger"]["nodes"] == [{"at": write_instant(LONG_AGO + 5 * DAY_MS)}]
    assert counter.by_name["ledger_past.fetch_instants"] == 2
