"""`person(by:)` over HTTP, against a real graph."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from graph.database import Graph
from hub.core.model import DAY_MS, CustomerEvent, RawIdentifier, RecordKey
from hub.core.settings import Settings
from resolvers.global_ids import Kind, write_global_id
from tests.integration.api_client import ask, ask_for_error, open_client
from tests.integration.api_people import (
    HUA_PHONE,
    MING_PHONE,
    MING_POS,
    NOON_MS,
    customer,
    order,
    put,
    put_crowd,
    put_ming_and_hua,
)

pytestmark = pytest.mark.anyio

EVERYTHING = """
query ($by: PersonBy!) {
  person(by: $by) {
    id
    aliases
    records { system externalId birthId firstSeenAt profile { name value observedAt } }
    identifiers { type scope masked validFrom validTo observedAt verified sources { record { externalId } source } }
    profile { name value system externalId observedAt }
    totalSpent
    orderCount
    orders(first: 2) {
      edges { cursor node { id system orderId placedAt status amountFen store record { system externalId }
                            lines { lineId sku name quantity amountFen } } }
      pageInfo { hasNextPage endCursor }
    }
  }
}
"""


@pytest.fixture
async def client(graph: Graph, settings: Settings) -> AsyncIterator[httpx.AsyncClient]:
    await put_ming_and_hua(graph, settings)
    async with open_client(settings) as client:
        yield client


async def person_by(client: httpx.AsyncClient, **by: Any) -> dict[str, Any] | None:
    found: dict[str, Any] | None = (await ask(client, EVERYTHING, {"by": by}))["person"]
    return found


async def test_a_phone_finds_the_person_in_every_system(client: httpx.AsyncClient) -> None:
    person = await person_by(client, phone="+86 138 0000 0001")

    assert person is not None
    assert [(record["system"], record["externalId"]) for record in person["records"]] == [
        ("pos", "C0001"),
        ("tmall:flagship", "tb-ming"),
        ("wechat:mini", "wx-ming"),
    ]


async def test_profile_says_where_each_field_came_from(client: httpx.AsyncClient) -> None:
    person = await person_by(client, phone=MING_PHONE)

    assert person is not None
    assert {(field["name"], field["value"], field["system"]) for field in person["profile"]} == {
        ("name", "小明", "wechat:mini"),
        ("city", "杭州", "tmall:flagship"),
        ("gender", "male", "pos"),
    }
    name = next(field for field in person["profile"] if field["name"] == "name")
    assert name["observedAt"] == "2025-10-10T08:53:20.000Z"


async def test_identifiers_are_masked_and_summed_up_over_their_sources(client: httpx.AsyncClient) -> None:
    person = await person_by(client, phone=MING_PHONE)

    assert person is not None
    phone = next(held for held in person["identifiers"] if held["type"] == "phone")
    assert phone["masked"] == "138****0001"
    assert [source["record"]["externalId"] for source in phone["sources"]] == ["C0001", "tb-ming", "wx-ming"]
    assert phone["validTo"] is None
    assert MING_PHONE not in str(person)


async def test_orders_come_newest_first_with_their_lines(client: httpx.AsyncClient) -> None:
    person = await person_by(client, phone=MING_PHONE)

    assert person is not None
    newest = person["orders"]["edges"][0]["node"]
    assert newest == {
        "id": write_global_id(Kind.ORDER, "pos|P1"),
        "system": "pos",
        "orderId": "P1",
        "placedAt": "2025-10-11T08:53:20.000Z",
        "status": "REFUNDED",
        "amountFen": 999,
        "store": "S01",
        "record": {"system": "pos", "externalId": "C0001"},
        "lines": [{"lineId": "1", "sku": "SKU-1", "name": "绿茶 500ml", "quantity": 2, "amountFen": 999}],
    }
    assert person["orders"]["pageInfo"]["hasNextPage"] is True


async def test_total_spent_is_64_bit_and_leaves_refunded_orders_out(client: httpx.AsyncClient) -> None:
    person = await person_by(client, phone=MING_PHONE)

    assert person is not None
    assert person["totalSpent"] == 12_345 + 5_000_000_000
    assert person["orderCount"] == 3


async def test_every_way_of_asking_finds_the_same_person(client: httpx.AsyncClient) -> None:
    by_phone = await person_by(client, phone=MING_PHONE)

    assert by_phone is not None
    for by in (
        {"id": by_phone["id"]},
        {"id": by_phone["id"].lower()},
        {"identifier": {"type": "unionid", "scope": "acc1", "value": "uUnion0000001"}},
        {"identifier": {"type": "card", "scope": "pos", "value": "c0001"}},
        {"record": {"system": MING_POS.system, "externalId": MING_POS.external_id}},
    ):
        assert await person_by(client, **by) == by_phone


async def test_the_birth_id_of_a_merged_person_finds_the_living_one(client: httpx.AsyncClient) -> None:
    person = await person_by(client, phone=MING_PHONE)

    assert person is not None
    assert len(person["aliases"]) == 2
    assert {record["birthId"] for record in person["records"]} == {person["id"], *person["aliases"]}
    for alias in person["aliases"]:
        assert await person_by(client, id=alias) == person


@pytest.mark.parametrize(
    "by",
    [
        {"phone": "13700000000"},
        {"id": "01ARZ3NDEKTSV4RRFFQ69G5FAV"},
        {"identifier": {"type": "card", "scope": "pos", "value": "C9999"}},
        {"record": {"system": "pos", "externalId": "C9999"}},
    ],
)
async def test_unknown_is_null(client: httpx.AsyncClient, by: dict[str, Any]) -> None:
    assert await person_by(client, **by) is None


@pytest.mark.parametrize(
    ("by", "advice"),
    [
        ({"phone": "12"}, "13812345678"),
        ({"phone": "138****0001"}, "partly hidden"),
        ({"phone": "00000000000"}, "nobody's"),
        ({"phone": ""}, "one of phone, id, identifier or record"),
        ({"id": "42"}, "26 letters and digits"),
        ({"identifier": {"type": "fax", "value": "1"}}, "Known types"),
        ({"identifier": {"type": "openid", "value": "o1"}}, "needs a scope"),
        ({"record": {"system": "No System", "externalId": "1"}}, "pos or tmall:flagship"),
    ],
)
async def test_what_cannot_be_right_is_told_how_to_be(
    client: httpx.AsyncClient, by: dict[str, Any], advice: str
) -> None:
    error = await ask_for_error(client, EVERYTHING, {"by": by})

    assert error["extensions"]["code"] == "INVALID_INPUT"
    assert advice in error["message"]


async def test_an_identifier_of_several_persons_is_a_conflict_that_names_them(client: httpx.AsyncClient) -> None:
    by = {"identifier": {"type": "email", "value": "Family@example.com"}}

    error = await ask_for_error(client, EVERYTHING, {"by": by})

    first, second = error["extensions"]["persons"]
    assert error["extensions"]["code"] == "CONFLICT"
    assert error["message"].startswith("2 persons hold this identifier")
    assert f"Ask by id ({first}, {second})" in error["message"]
    for one in (first, second):
        found = await person_by(client, id=one)
        assert found is not None
        assert found["id"] == one


async def test_a_phone_given_up_no_longer_finds_its_former_holder(
    client: httpx.AsyncClient, graph: Graph, settings: Settings
) -> None:
    await put(graph, settings, [customer("C0002", "13800000003", NOON_MS + 9 * DAY_MS)])

    assert await person_by(client, phone=HUA_PHONE) is None
    hua = await person_by(client, phone="13800000003")
    assert hua is not None
    old, new = (next(held for held in hua["identifiers"] if held["masked"] == masked)
                for masked in ("138****0002", "138****0003"))  # fmt: skip
    assert old["validTo"] == "2025-10-18T08:53:20.000Z"
    assert new["validTo"] is None


async def test_orders_page_through_to_the_end_without_gaps_or_repeats(
    client: httpx.AsyncClient, graph: Graph, settings: Settings
) -> None:
    at_one_instant = [order(f"N{number}", MING_POS, NOON_MS, 1) for number in range(5)]
    await put(graph, settings, orders=at_one_instant)
    query = """query ($after: String) { person(by: {phone: "13800000001"}) {
        orders(first: 3, after: $after) { nodes { orderId } pageInfo { hasNextPage endCursor } } } }"""

    seen: list[str] = []
    after: str | None = None
    more = True
    while more:
        page = (await ask(client, query, {"after": after}))["person"]["orders"]
        seen += [node["orderId"] for node in page["nodes"]]
        more, after = page["pageInfo"]["hasNextPage"], page["pageInfo"]["endCursor"]

    assert seen == ["P1", "W1", "T1", "N4", "N3", "N2", "N1", "N0"]


@pytest.mark.parametrize("arguments", ["first: 0", "first: 101", 'after: "junk"', 'after: "WyJwZXJzb24iLCJ4Il0"'])
async def test_pages_out_of_range_and_foreign_cursors_are_refused(client: httpx.AsyncClient, arguments: str) -> None:
    for query in (
        f'{{ person(by: {{phone: "{MING_PHONE}"}}) {{ orders({arguments}) {{ nodes {{ id }} }} }} }}',
        f"{{ persons({arguments}) {{ nodes {{ id }} }} }}",
    ):
        error = await ask_for_error(client, query)

        assert error["extensions"]["code"] == "INVALID_INPUT"


async def test_persons_pages_through_everyone_once(client: httpx.AsyncClient, graph: Graph, settings: Settings) -> None:
    await put_crowd(graph, settings, persons=7, orders_each=0)
    query = """query ($after: String) {
        persons(first: 4, after: $after) { nodes { id } pageInfo { hasNextPage endCursor } } }"""

    first = (await ask(client, query))["persons"]
    second = (await ask(client, query, {"after": first["pageInfo"]["endCursor"]}))["persons"]
    third = (await ask(client, query, {"after": second["pageInfo"]["endCursor"]}))["persons"]

    ids = [node["id"] for page in (first, second, third) for node in page["nodes"]]
    assert len(ids) == len(set(ids)) == 9
    assert ids == sorted(ids)
    assert [page["pageInfo"]["hasNextPage"] for page in (first, second, third)] == [True, True, False]


async def test_a_person_whose_records_went_to_another_is_listed_no_more_but_still_resolves(
    client: httpx.AsyncClient, graph: Graph, settings: Settings
) -> None:
    card = RawIdentifier("card", "pos", "C0003")
    alone = RecordKey("pos", "C0003")
    await put(graph, settings, [CustomerEvent(alone, NOON_MS, (card,))])
    lone = await person_by(client, record={"system": alone.system, "externalId": alone.external_id})
    both = (card, RawIdentifier("unionid", "acc1", "uUnion0000001"))
    await put(graph, settings, [CustomerEvent(RecordKey("wechat:mini", "wx-bridge"), NOON_MS, both)])

    listed = [node["id"] for node in (await ask(client, "{ persons { nodes { id } } }"))["persons"]["nodes"]]
    found = await person_by(client, phone=MING_PHONE)
    hua = await person_by(client, phone=HUA_PHONE)

    assert lone is not None
    assert found is not None
    assert hua is not None
    assert listed == [found["id"], hua["id"]]
    assert await person_by(client, id=lone["id"]) == found


async def test_identifiers_need_not_be_phones_to_be_normalised(client: httpx.AsyncClient) -> None:
    raw = RawIdentifier("card", "pos", " c-0001 ")

    assert await person_by(client, identifier={"type": raw.type, "scope": raw.scope, "value": raw.raw}) is not None
