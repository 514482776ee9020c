"""What a balance is made up of, as programs that call the API meet it: lots, debts, holds."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any, Final

import httpx
import pytest

from graph.counting import count_statements
from graph.database import Graph
from hub.core.clock import now_ms
from hub.core.model import DAY_MS
from hub.core.settings import Settings
from hub.services.identity import Identity
from hub.services.ledger.reversing import reverse_earning
from resolvers.global_ids import Kind, write_global_id
from resolvers.scalars import write_instant
from tests.integration.api_client import ask, ask_for_error, open_client, post
from tests.integration.api_people import put_crowd
from tests.support.events import PHONES
from tests.support.ledger import PROGRAMME, Members

pytestmark = pytest.mark.anyio

KNOWN: Final = f'person(by: {{phone: "{PHONES[0]}"}})'
LOT: Final = """
    id key amount left held spent reversed origin earnedAt availableAt pending expiresAt record { externalId }
    openedBy { kind operation rule } entries { nodes { kind } }
"""


@pytest.fixture
async def client(settings: Settings, graph: Graph) -> AsyncIterator[httpx.AsyncClient]:
    async with open_client(settings) as client:
        yield client


@pytest.fixture
async def members(graph: Graph, identity: Identity) -> Members:
    """One person with two records, of whose five lots two are of one account and end on the same day as others."""
    members = Members(graph, identity, now_ms=now_ms() - 10 * DAY_MS)
    await members.add("pos|a", PHONES[0])
    await members.add("tmall:flagship|b", PHONES[0])
    for number, days in enumerate((20, 30, 30, 40)):
        await members.earn(("pos|a", "tmall:flagship|b")[number % 2], 10 + number, days=days)
    members.now_ms += DAY_MS
    await members.earn("pos|a", 14, days=29)
    return members


async def explain(client: httpx.AsyncClient, fields: str, arguments: str = "") -> Any:
    query = f"{{ {KNOWN} {{ balances{arguments} {{ asset available pending held debt explain {{ {fields} }} }} }} }}"
    return (await ask(client, query))["person"]["balances"][0]


async def test_a_balance_is_explained_by_its_lots_holds_and_debts(client: httpx.AsyncClient, members: Members) -> None:
    person = (await ask(client, f"{{ {KNOWN} {{ id }} }}"))["person"]["id"]
    await members.spend(person, 15)
    members.now_ms = now_ms()
    held = await members.hold(person, 4)

    found = await explain(
        client, f"lots {{ nodes {{ {LOT} }} }} holds {{ id amount parts {{ lot amount }} }} debts {{ amount }}"
    )

    lots = found["explain"]["lots"]["nodes"]
    assert [(one["amount"], one["left"], one["held"], one["spent"]) for one in lots] == [
        (12, 7, 4, 5), (11, 11, 0, 0), (14, 14, 0, 0), (13, 13, 0, 0),
    ]  # fmt: skip
    assert sum(one["left"] for one in lots) == found["available"] + found["held"] == 45
    assert [one["expiresAt"] for one in lots] == sorted(one["expiresAt"] for one in lots)
    assert lots[0]["record"] == {"externalId": "a"}
    assert lots[0]["openedBy"] == {"kind": "EARN", "operation": "test|k2", "rule": None}
    assert [one["kind"] for one in lots[0]["entries"]["nodes"]] == ["HOLD", "SPEND", "EARN"]
    assert not any(one["pending"] or one["availableAt"] for one in lots)
    [hold] = found["explain"]["holds"]
    assert (hold["amount"], hold["parts"]) == (4, [{"lot": lots[0]["key"], "amount": 4}])
    assert hold["id"] == write_global_id(Kind.HOLD, held.key)
    assert found["explain"]["debts"] == []


async def test_what_is_owed_is_told_by_record(client: httpx.AsyncClient, members: Members) -> None:
    person = (await ask(client, f"{{ {KNOWN} {{ id }} }}"))["person"]["id"]
    await members.spend(person, 60)
    await reverse_earning(
        members.graph, PROGRAMME, members.call(), original="test|k0", amount=10, now_ms=members.now_ms
    )

    found = await explain(client, "lots { nodes { left } } debts { amount record { externalId } }")

    assert (found["available"], found["debt"]) == (-10, 10)
    assert found["explain"] == {"lots": {"nodes": []}, "debts": [{"amount": 10, "record": {"externalId": "a"}}]}


@pytest.mark.parametrize("past", [False, True])
async def test_lots_are_read_page_by_page_from_either_end(
    client: httpx.AsyncClient, members: Members, past: bool
) -> None:
    arguments = f'(asOf: "{write_instant(members.now_ms)}")' if past else ""
    if past:
        members.now_ms += DAY_MS
        for record in ("pos|a", "tmall:flagship|b"):
            await members.earn(record, 99, days=1)
    fields = (
        "lots(%s) { edges { cursor node { amount } } pageInfo { hasNextPage hasPreviousPage endCursor startCursor } }"
    )

    forward, backward = list[int](), list[int]()
    asked = "first: 2"
    while asked:
        page = (await explain(client, fields % asked, arguments))["explain"]["lots"]
        forward += [edge["node"]["amount"] for edge in page["edges"]]
        end = json.dumps(page["pageInfo"]["endCursor"])
        asked = f"first: 1, after: {end}" if page["pageInfo"]["hasNextPage"] else ""
    asked = "last: 1"
    while asked:
        page = (await explain(client, fields % asked, arguments))["explain"]["lots"]
        backward += [edge["node"]["amount"] for edge in reversed(page["edges"])]
        start = json.dumps(page["pageInfo"]["startCursor"])
        asked = f"last: 2, before: {start}" if page["pageInfo"]["hasPreviousPage"] else ""

    assert forward == backward[::-1]
    assert (forward[0], sorted(forward[1:4]), forward[4]) == (10, [11, 12, 14], 13)


async def test_a_lot_and_a_hold_are_found_by_their_ids(client: httpx.AsyncClient, members: Members) -> None:
    person = (await ask(client, f"{{ {KNOWN} {{ id }} }}"))["person"]["id"]
    members.now_ms = now_ms()
    held = await members.hold(person, 4)
    found = await explain(client, f"lots(first: 1) {{ nodes {{ {LOT} }} }}")
    lot = found["explain"]["lots"]["nodes"][0]
    node = f"query ($id: ID!) {{ node(id: $id) {{ ... on Lot {{ {LOT} }} ... on Hold {{ operation amount }} }} }}"

    assert (await ask(client, node, {"id": lot["id"]}))["node"] == lot
    hold = write_global_id(Kind.HOLD, held.key)
    assert (await ask(client, node, {"id": hold}))["node"] == {"operation": held.key, "amount": 4}
    gone = write_global_id(Kind.LOT, lot["key"].rpartition("|")[0] + "|0000000099.0")
    assert (await ask(client, node, {"id": gone}))["node"] is None
    assert (await ask(client, node, {"id": write_global_id(Kind.HOLD, "till|none")}))["node"] is None
    for text in ("x", lot["key"] + "x", "a|b|c|1"):
        error = await ask_for_error(client, node, {"id": write_global_id(Kind.LOT, text)})
        assert error["extensions"] == {"code": "INVALID_INPUT"}


async def test_a_lots_entries_are_paged_and_paid_for_by_what_is_read(
    client: httpx.AsyncClient, members: Members
) -> None:
    person = (await ask(client, f"{{ {KNOWN} {{ id }} }}"))["person"]["id"]
    for _ in range(3):
        await members.spend(person, 1)
    lots = await explain(client, "lots(first: 1) { nodes { id } }")
    query = """
        query ($id: ID!, $after: String) { node(id: $id) { ... on Lot {
          entries(first: 2, after: $after) { nodes { kind } pageInfo { hasNextPage endCursor } }
        } } }
    """
    given: dict[str, Any] = {"id": lots["explain"]["lots"]["nodes"][0]["id"]}

    first = (await post(client, query, given)).json()
    after = first["data"]["node"]["entries"]["pageInfo"]["endCursor"]
    rest = (await post(client, query, {**given, "after": after})).json()

    assert [one["kind"] for one in first["data"]["node"]["entries"]["nodes"]] == ["SPEND", "SPEND"]
    assert [one["kind"] for one in rest["data"]["node"]["entries"]["nodes"]] == ["SPEND", "EARN"]
    # Six entries of the account; the second page needs the four before the last two.
    costs = [one["extensions"]["cost"]["requestedQueryCost"] for one in (first, rest)]
    assert costs[0] - costs[1] == 2


async def test_explaining_a_hundred_balances_costs_the_statements_of_two(
    client: httpx.AsyncClient, graph: Graph, identity: Identity, settings: Settings
) -> None:
    await put_crowd(graph, settings, persons=100, orders_each=0)
    members = Members(graph, identity, now_ms=now_ms() - DAY_MS)
    for number in range(10):
        await members.earn(f"pos|crowd-{number:04d}", 5)
    fields = f"balances {{ explain {{ lots(first: 2) {{ nodes {{ {LOT} }} }} holds {{ id }} debts {{ amount }} }} }}"
    counts = []
    for first in (2, 100):
        with count_statements() as counter:
            data = await ask(client, f"{{ persons(first: {first}) {{ nodes {{ {fields} }} }} }}")
        counts.append(counter.by_name)

    shown = [one["balances"][0]["explain"]["lots"]["nodes"] for one in data["persons"]["nodes"]]
    assert sorted(len(one) for one in shown) == [0] * 90 + [1] * 10
    assert counts[0] == counts[1]
    assert counts[0]["lots.fetch_pages"] == 1
