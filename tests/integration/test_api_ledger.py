"""Balances, the ledger and its operations, as programs that call the API meet them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any, Final

import anyio
import httpx
import pytest

from graph.counting import count_statements
from graph.database import Graph
from hub.core.clock import now_ms
from hub.core.model import DAY_MS
from hub.core.settings import Settings
from hub.services.identity import Identity
from hub.services.ledger.verify import verify_ledger
from tests.integration.api_client import ask, ask_for_error, open_client
from tests.integration.api_people import put_crowd
from tests.support.events import PHONES
from tests.support.ledger import Members
from tests.support.stewardship import put, said

pytestmark = pytest.mark.anyio

POS: Final = {"system": "pos", "externalId": "a"}
TMALL: Final = {"system": "tmall:flagship", "externalId": "b"}
BY_PHONE: Final = {"phone": PHONES[0]}
FAILURE: Final = """
    ... on LedgerFailure { code message }
    ... on InsufficientBalance { available }
    ... on ExceedsOriginal { left }
    ... on KeyReused { firstHash thisHash }
"""
DONE: Final = (
    "__typename ... on LedgerDone { operation { key amount used requestHash } balance { available held debt } }"
)


class Till:
    """A program at the API; every call has a key of its own unless one is given."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self.client = client
        self._keys = 0

    async def do(self, word: str, **given: Any) -> dict[str, Any]:
        """The answer of one mutation."""
        self._keys += 1
        named = {"caller": "till", "idempotencyKey": f"k{self._keys}", **given}
        kind = "Undo" if word in ("refund", "reverse") else word.capitalize()
        query = f"mutation ($input: {kind}Input!) {{ {word}(input: $input) {{ {DONE} {FAILURE} }} }}"
        answer: dict[str, Any] = (await ask(self.client, query, {"input": named}))[word]
        return answer

    async def earn(self, amount: int, record: dict[str, str] = POS, **given: Any) -> dict[str, Any]:
        return await self.do("earn", record=record, amount=amount, **given)

    async def read(self, fields: str) -> Any:
        """What the person is shown with."""
        query = f"query ($by: PersonBy!) {{ person(by: $by) {{ {fields} }} }}"
        return (await ask(self.client, query, {"by": BY_PHONE}))["person"]


@pytest.fixture
async def till(settings: Settings, graph: Graph, identity: Identity) -> AsyncIterator[Till]:
    """A till, and one person with a record in a shop and one on Tmall."""
    await put(graph, identity, *(said(record, ("phone", PHONES[0])) for record in ("pos|a", "tmall:flagship|b")))
    async with open_client(settings) as client:
        yield Till(client)


async def test_points_of_one_system_are_spent_in_another_and_shown_with_what_happened(till: Till) -> None:
    earned = await till.earn(120, TMALL, cause="tmall:flagship|T1", rule="main@3", expiresAt="2099-01-01T00:00:00Z")
    spent = await till.do("spend", person=BY_PHONE, amount=50, cause="pos|R1")
    held = await till.do("hold", person=BY_PHONE, amount=30, seconds=60)
    refunded = await till.do("refund", operation=spent["operation"]["key"], amount=20)

    assert (earned["balance"]["available"], spent["balance"]["available"]) == (120, 70)
    assert held["balance"] == {"available": 40, "held": 30, "debt": 0}
    assert refunded["balance"] == {"available": 60, "held": 30, "debt": 0}
    shown = await till.read("""
        balances { programme asset unit available pending held debt expiringNext { amount at } }
        holds { operation amount }
        ledger {
          nodes { kind amount held cause rule operation record { system externalId } lots { amount expiresAt } }
        }
    """)
    points, stored = shown["balances"]
    assert points == {
        "programme": "main",
        "asset": "points",
        "unit": "POINT",
        "available": 60,
        "pending": 0,
        "held": 30,
        "debt": 0,
        "expiringNext": {"amount": 60, "at": "2099-01-01T00:00:00.000Z"},
    }
    assert (stored["asset"], stored["unit"], stored["available"], stored["expiringNext"]) == (
        "stored_value",
        "FEN",
        0,
        None,
    )
    assert shown["holds"] == [{"operation": held["operation"]["key"], "amount": 30}]
    entries = shown["ledger"]["nodes"]
    assert [(one["kind"], one["amount"], one["held"]) for one in entries] == [
        ("REFUND", 20, 0),
        ("HOLD", 0, 30),
        ("SPEND", -50, 0),
        ("EARN", 120, 0),
    ]
    assert all(one["record"] == TMALL for one in entries)
    assert (entries[3]["cause"], entries[3]["rule"]) == ("tmall:flagship|T1", "main@3")
    assert entries[3]["lots"] == [{"amount": 120, "expiresAt": "2099-01-01T00:00:00.000Z"}]
    assert entries[2]["operation"] == spent["operation"]["key"]


async def test_every_mutation_does_what_it_is_called(till: Till, graph: Graph) -> None:
    earned = await till.earn(100)
    held = await till.do("hold", person={"record": TMALL}, amount=30)
    captured = await till.do("capture", operation=held["operation"]["key"], amount=10, final=False)
    released = await till.do("release", operation=held["operation"]["key"])
    adjusted = await till.do("adjust", record=POS, amount=-5, author="lin", reason="typing error")
    reversed_ = await till.do("reverse", operation=earned["operation"]["key"], amount=90)

    assert captured["balance"] == {"available": 70, "held": 20, "debt": 0}
    assert released["balance"] == {"available": 90, "held": 0, "debt": 0}
    assert adjusted["balance"]["available"] == 85
    assert reversed_["balance"] == {"available": -5, "held": 0, "debt": 5}
    assert not (await verify_ledger(graph, now_ms=now_ms())).wrong


async def test_an_operation_can_be_looked_up_by_its_key(till: Till) -> None:
    await till.earn(100, idempotencyKey="T1", cause="pos|T1")
    await till.do("spend", person=BY_PHONE, amount=30, idempotencyKey="S1")
    await till.do("refund", operation="till|S1", amount=10, idempotencyKey="R1")
    fields = "kind amount used original cause lots { amount } person { id } at requestHash"

    found = (await ask(till.client, f'{{ operation(key: "till|S1") {{ {fields} }} }}'))["operation"]
    refund = (await ask(till.client, f'{{ operation(key: "till|R1") {{ {fields} }} }}'))["operation"]
    unknown = await ask(till.client, '{ operation(key: "till|nothing") { key } }')

    assert (found["kind"], found["amount"], found["used"], found["lots"]) == ("spend", 30, 10, [{"amount": 30}])
    assert (refund["original"], refund["person"]) == ("till|S1", found["person"])
    assert unknown == {"operation": None}


async def test_refusals_are_data_and_change_nothing(till: Till, graph: Graph, identity: Identity) -> None:
    earned = await till.earn(100, idempotencyKey="T1")
    over = await till.do("spend", person=BY_PHONE, amount=101)
    reused = await till.earn(99, idempotencyKey="T1")
    nobody = await till.do("spend", person={"phone": PHONES[3]}, amount=1)
    no_record = await till.earn(1, {"system": "pos", "externalId": "nobody"})
    no_operation = await till.do("refund", operation="till|nothing", amount=1)
    beyond = await till.do("reverse", operation="till|T1", amount=101)
    forbidden = await till.do("transfer", person=BY_PHONE, receiver=TMALL, amount=1)
    held = await till.do("hold", person=BY_PHONE, amount=1)
    await till.do("release", operation=held["operation"]["key"])
    ended = await till.do("capture", operation=held["operation"]["key"], amount=1)
    await till.earn(2**53 - 1 - 100)
    too_large = await till.earn(1)

    assert (over["__typename"], over["available"]) == ("InsufficientBalance", 100)
    assert (reused["__typename"], reused["code"]) == ("KeyReused", "KEY_REUSED")
    assert reused["firstHash"] == earned["operation"]["requestHash"] != reused["thisHash"]
    assert nobody["__typename"] == "UnknownPerson"
    assert no_record["__typename"] == "UnknownRecord"
    assert no_operation["__typename"] == "UnknownOperation"
    assert (beyond["__typename"], beyond["left"]) == ("ExceedsOriginal", 100)
    assert forbidden["__typename"] == "InvalidInput"
    assert ended["__typename"] == "HoldEnded"
    assert too_large["__typename"] == "AmountTooLarge"
    proof = await verify_ledger(graph, now_ms=now_ms())
    assert (proof.faults, proof.totals["main", "points", "worth"]) == (0, 2**53 - 1)


async def test_a_transfer_to_another_person_follows_the_programme(till: Till, graph: Graph, identity: Identity) -> None:
    await put(graph, identity, said("pos|other", ("phone", PHONES[1])))
    await till.earn(10)

    refused = await till.do("transfer", person=BY_PHONE, receiver={"system": "pos", "externalId": "other"}, amount=1)

    assert refused["__typename"] == "TransferForbidden"


async def test_an_erased_person_spends_nothing_more_and_repeats_get_the_first_answer(
    till: Till, graph: Graph, identity: Identity
) -> None:
    ways = {"id": (await till.read("id"))["id"]}, {"phone": PHONES[0]}
    await till.earn(10)
    first = [await till.do("spend", person=by, amount=3, idempotencyKey="-".join(by)) for by in ways]
    await Members(graph, identity).erase(ways[0]["id"])

    again = [await till.do("spend", person=by, amount=3, idempotencyKey="-".join(by)) for by in ways]
    other = await till.do("spend", person=ways[1], amount=4, idempotencyKey="phone")
    refused = [await till.do(word, person=by, amount=1) for by in ways for word in ("spend", "hold")]

    assert [one["operation"] for one in again] == [one["operation"] for one in first]
    assert (again[0]["balance"], other["__typename"]) == (None, "KeyReused")
    assert [one["__typename"] for one in refused] == ["ErasedPerson"] * 2 + ["UnknownPerson"] * 2


@pytest.mark.parametrize("amount", [0, -1, 2**53, 2**63, 2**63 - 1, -(2**63)])
async def test_amounts_that_cannot_be_are_refused_as_data(till: Till, amount: int) -> None:
    await till.earn(5)

    answers = [
        await till.earn(amount),
        await till.do("spend", person=BY_PHONE, amount=amount),
        await till.do("hold", person=BY_PHONE, amount=amount),
        await till.do("refund", operation="till|k1", amount=amount),
    ]

    assert {answer["__typename"] for answer in answers} == {"InvalidInput"}
    assert (await till.read("balances { available }"))["balances"][0]["available"] == 5


@pytest.mark.parametrize("amount", ["1.5", '"7"', "true", "null", "1e3", "9" * 5000])
async def test_what_is_no_whole_number_never_runs(till: Till, amount: str) -> None:
    record = '{system: "pos", externalId: "a"}'
    query = (
        f'mutation {{ earn(input: {{caller: "t", idempotencyKey: "k", record: {record}, amount: {amount}}}) '
        "{ __typename } }"
    )

    error = await ask_for_error(till.client, query)

    assert error["extensions"]["code"] == "INVALID_QUERY"


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"idempotencyKey": "k" * 201}, "idempotency key"),
        ({"idempotencyKey": ""}, "idempotency key"),
        ({"idempotencyKey": "a\nb"}, "idempotency key"),
        ({"caller": "a|b"}, "caller"),
        ({"caller": " "}, "caller"),
        ({"caller": "orders"}, "The hub itself"),
        ({"caller": " Import"}, "The hub itself"),
        ({"cause": "c" * 501}, "cause"),
        ({"programme": "gold"}, "programme"),
        ({"asset": "miles"}, "no asset"),
        ({"record": {"system": "No System", "externalId": "a"}}, "system"),
        ({"earnedAt": "2999-01-01T00:00:00Z"}, "past"),
    ],
)
async def test_words_that_cannot_be_are_refused_as_data(till: Till, given: dict[str, Any], words: str) -> None:
    answer = await till.do("earn", **{"record": POS, "amount": 1, **given})

    assert answer["__typename"] == "InvalidInput"
    assert words in answer["message"]


async def test_keys_and_causes_may_be_in_any_script(till: Till) -> None:
    key = "订单-🍵-" + "ب" * 180
    first = await till.earn(7, idempotencyKey=key, cause="天猫|订单 １号")

    assert await till.earn(7, idempotencyKey=key, cause="天猫|订单 １号") == first
    assert first["operation"]["key"] == f"till|{key}"


async def test_the_same_key_from_32_clients_at_once_is_done_once(till: Till, graph: Graph) -> None:
    await till.earn(100)
    answers: list[dict[str, Any]] = []

    async def spend() -> None:
        answers.append(await till.do("spend", person=BY_PHONE, amount=60, idempotencyKey="S1"))

    async with anyio.create_task_group() as clients:
        for _ in range(32):
            clients.start_soon(spend)

    assert [answer["__typename"] for answer in answers] == ["LedgerDone"] * 32
    assert {answer["balance"]["available"] for answer in answers} == {40}
    assert not (await verify_ledger(graph, now_ms=now_ms())).wrong


async def test_a_repeat_in_the_same_words_is_one_although_they_mean_another_id_by_then(
    till: Till, graph: Graph, identity: Identity
) -> None:
    by_phone = {"phone": PHONES[1]}
    await put(graph, identity, said("wechat:mini|w", ("phone", PHONES[1])))
    await till.earn(100, {"system": "wechat:mini", "externalId": "w"})
    first = await till.do("spend", person=by_phone, amount=60, idempotencyKey="S1")
    fields = f'{{ person(by: {{phone: "{PHONES[1]}"}}) {{ id }} }}'
    before = await ask(till.client, fields)

    await put(graph, identity, said("pos|a", ("phone", PHONES[1]), at=9))
    again = await till.do("spend", person=by_phone, amount=60, idempotencyKey="S1")

    assert await ask(till.client, fields) != before
    assert (again["operation"], again["balance"]["available"]) == (first["operation"], 40)


async def test_mutations_of_one_document_see_each_other(till: Till) -> None:
    call = 'caller: "t", idempotencyKey: "%s", amount: %d'
    earn = 'earn(input: {record: {system: "pos", externalId: "a"}, %s}) { ... on LedgerDone { balance { available } } }'
    spend = 'spend(input: {person: {phone: "%s"}, %s}) { ... on LedgerDone { balance { available } } }'
    query = (
        f"mutation {{ a: {earn % (call % ('1', 10))} b: {spend % (PHONES[0], call % ('2', 4))} "
        f"c: {earn % (call % ('3', 1))} }}"
    )

    data = await ask(till.client, query)

    assert [data[name]["balance"]["available"] for name in "abc"] == [10, 6, 7]


async def test_a_document_cannot_repeat_a_mutation_a_hundred_times(till: Till) -> None:
    one = 'm%d: earn(input: {caller: "t", idempotencyKey: "%d", record: {system: "pos", externalId: "a"}, amount: 1}) '
    query = "mutation { " + " ".join(one % (n, n) + "{ __typename }" for n in range(100)) + " }"

    error = await ask_for_error(till.client, query)

    assert error["extensions"]["code"] == "INVALID_QUERY"
    assert (await till.read("balances { available }"))["balances"][0]["available"] == 0


async def test_nothing_is_changed_by_get(till: Till) -> None:
    query = (
        'mutation { earn(input: {caller: "t", idempotencyKey: "k", record: {system: "pos", externalId: "a"}, '
        "amount: 1}) { __typename } }"
    )

    answer = await till.client.get("/graphql", params={"query": query})

    assert (answer.status_code, answer.headers["allow"]) == (405, "POST")
    assert (await till.read("balances { available }"))["balances"][0]["available"] == 0


async def test_pages_of_the_ledger_hold_every_entry_once_whatever_is_written_between(till: Till) -> None:
    for number in range(7):
        await till.earn(10 + number, POS if number % 2 else TMALL)
    page = "ledger(first: 3%s) { nodes { amount } edges { cursor } pageInfo { hasNextPage endCursor } }"
    seen: list[int] = []
    cursor = ""
    while True:
        found = (await till.read(page % cursor))["ledger"]
        seen += [one["amount"] for one in found["nodes"]]
        assert found["edges"][-1]["cursor"] == found["pageInfo"]["endCursor"]
        await till.earn(1)
        if not found["pageInfo"]["hasNextPage"]:
            break
        cursor = f', after: "{found["pageInfo"]["endCursor"]}"'

    assert seen == [16, 15, 14, 13, 12, 11, 10]


@pytest.mark.parametrize("first", [0, 101])
async def test_a_page_of_the_ledger_has_1_to_100_entries(till: Till, first: int) -> None:
    error = await ask_for_error(
        till.client, f'{{ person(by: {{phone: "{PHONES[0]}"}}) {{ ledger(first: {first}) {{ nodes {{ id }} }} }} }}'
    )

    assert error["extensions"]["code"] == "INVALID_INPUT"


async def test_the_ledger_can_be_asked_for_one_asset(till: Till) -> None:
    await till.earn(1)
    await till.earn(100, asset="stored_value")

    shown = await till.read(
        'a: ledger(asset: "points") { nodes { asset } } b: ledger(programme: "none") { nodes { id } } '
        "c: ledger { nodes { asset } }"
    )

    assert shown["a"]["nodes"] == [{"asset": "points"}]
    assert shown["b"]["nodes"] == []
    assert {one["asset"] for one in shown["c"]["nodes"]} == {"points", "stored_value"}


async def test_a_page_of_persons_costs_the_same_statements_as_one(
    till: Till, graph: Graph, identity: Identity, settings: Settings
) -> None:
    await put_crowd(graph, settings, persons=99, orders_each=0)
    members = Members(graph, identity, now_ms=2_000 * DAY_MS)
    for number in range(20):
        await members.earn(f"pos|crowd-{number:04d}", 5)
    fields = "balances { available } holds { amount } ledger(first: 3) { nodes { kind } }"

    with count_statements() as counter:
        data = await ask(till.client, f"{{ persons(first: 100) {{ nodes {{ {fields} }} }} }}")

    assert len(data["persons"]["nodes"]) == 100
    assert sum(node["ledger"]["nodes"] == [{"kind": "EARN"}] for node in data["persons"]["nodes"]) == 20
    assert sorted(counter.by_name.elements()) == sorted(
        ["persons.find_page_bound", "persons.fetch_page", "balances.fetch_all", "ledger_history.fetch"]
    )


async def test_an_operation_costs_what_its_service_costs(till: Till) -> None:
    query = (
        'mutation { spend(input: {caller: "t", idempotencyKey: "1", amount: 1, '
        'person: {record: {system: "pos", externalId: "a"}}}) '
        "{ ... on LedgerDone { operation { key } balance { available } } } }"
    )
    await till.earn(5)

    with count_statements() as counter:
        await ask(till.client, query)

    assert sorted(counter.by_name.elements()) == sorted(
        ["persons.find_by_records", "accounts.open_person", "postings.move", "balances.fetch_all"]
    )
