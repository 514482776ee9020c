"""Memberships, as programs that call the API meet them."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any, Final

import httpx
import pytest

from graph.counting import count_statements
from graph.database import Graph
from hub.core.clock import now_ms
from hub.core.model import DAY_MS, RecordKey
from hub.core.settings import Settings
from hub.services.identity import Identity
from hub.services.personal_data.erase import erase_person
from resolvers.scalars import write_instant
from tests.integration.api_client import ask, ask_for_error, open_client, post
from tests.integration.api_people import order, put_crowd
from tests.integration.api_people import put as put_events
from tests.support.events import PHONES
from tests.support.stewardship import put, read_births, said

pytestmark = pytest.mark.anyio

POS: Final = {"system": "pos", "externalId": "a"}
BY_PHONE: Final = {"phone": PHONES[0]}
DONE: Final = """
    __typename
    ... on MembershipDone {
      operation { key amount original }
      membership { tier { tier why } }
      coupon { code redeemedAt discountFen shares { party amountFen } }
    }
    ... on LedgerFailure { code message }
    ... on KeyReused { firstHash thisHash }
"""
ALL: Final = """
    programme since consent tier { tier from why rule } next { tier from } progress { tier metric have least }
    enrolments { record { externalId } joinedAt channel referrer consentedAt withdrawnAt }
    history { tier why } paidTiers { operation tier until priceFen cancelledAt } grantedTiers { tier until author }
    benefits { name quota used left until entitlement } coupons { kind redeemedAt }
    explain {
      tier version grounds { tier decides } tallies { have facts(first: 2) { nodes { amount orders { orderId } } } }
    }
    tierHistory(first: 2) { nodes { tier } pageInfo { hasNextPage } }
"""


class Desk:
    """A program at the API; every call has a key of its own unless one is given."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self.client = client
        self._keys = 0

    async def do(self, word: str, takes: str = "", /, **given: Any) -> dict[str, Any]:
        """The answer of one mutation, whose input is called as it is but for those that share one."""
        self._keys += 1
        named = {"caller": "desk", "idempotencyKey": f"k{self._keys}", **given}
        takes = takes or word[0].upper() + word[1:]
        query = f"mutation ($input: {takes}Input!) {{ {word}(input: $input) {{ {DONE} }} }}"
        answer: dict[str, Any] = (await ask(self.client, query, {"input": named}))[word]
        return answer

    async def show(self, fields: str, arguments: str = "") -> dict[str, Any]:
        """The person's membership."""
        query = f"query ($by: PersonBy!) {{ person(by: $by) {{ memberships{arguments} {{ {fields} }} }} }}"
        [found] = (await ask(self.client, query, {"by": BY_PHONE}))["person"]["memberships"]
        assert isinstance(found, dict)
        return found


@pytest.fixture
async def desk(settings: Settings, graph: Graph, identity: Identity) -> AsyncIterator[Desk]:
    """A desk, and one person with a record in a shop and one on Tmall."""
    await put(graph, identity, *(said(record, ("phone", PHONES[0])) for record in ("pos|a", "tmall:flagship|b")))
    async with open_client(settings) as client:
        yield Desk(client)


async def test_a_member_joins_buys_a_tier_uses_its_benefit_and_gets_money_back(desk: Desk) -> None:
    joined = {"joinedAt": "2026-01-02T00:00:00Z", "consentedAt": "2026-01-02T00:00:00Z"}
    await desk.do("enrol", record=POS, channel="store", referrer="G7", **joined)
    bought = await desk.do("buyTier", person=BY_PHONE, tier="black_gold")
    renewed = await desk.do("renewTier", "Tier", operation=bought["operation"]["key"])
    used = await desk.do("useBenefit", person=BY_PHONE, benefit="monthly_service", idempotencyKey="u")
    again = await desk.do("useBenefit", person=BY_PHONE, benefit="monthly_service", idempotencyKey="u")
    shown = await desk.show(ALL)
    cancelled = await desk.do("cancelTier", "Tier", operation=renewed["operation"]["key"])
    withdrawn = await desk.do("withdrawConsent", person=BY_PHONE)

    assert bought["membership"]["tier"] == {"tier": "black_gold", "why": "BOUGHT"}
    assert used == again
    assert (shown["programme"], shown["since"], shown["consent"]) == ("main", "2026-01-02T00:00:00.000Z", True)
    assert shown["enrolments"] == [
        {
            "record": {"externalId": "a"},
            "joinedAt": shown["since"],
            "consentedAt": shown["since"],
            "withdrawnAt": None,
            "channel": "store",
            "referrer": "G7",
        }
    ]
    assert [stay["tier"] for stay in shown["history"]] == ["member", "black_gold"]
    assert [one["operation"] for one in shown["paidTiers"]] == [bought["operation"]["key"], renewed["operation"]["key"]]
    assert shown["next"]["from"] == shown["paidTiers"][1]["until"]
    [service] = [one for one in shown["benefits"] if one["name"] == "monthly_service"]
    assert (service["quota"], service["used"], service["left"], service["entitlement"]) == (1, 1, 0, None)
    # A term that has not begun is given back whole.
    assert cancelled["operation"]["amount"] == renewed["operation"]["amount"] == shown["paidTiers"][1]["priceFen"]
    assert withdrawn["__typename"] == "MembershipDone"
    assert (await desk.show("consent"))["consent"] is False
    past = await desk.show("tier { tier } history { tier }", '(asOf: "2026-01-03T00:00:00Z")')
    assert (past["tier"], past["history"]) == ({"tier": "member"}, [{"tier": "member"}])
    assert (await desk.show("tier { tier }", '(asOf: "2026-01-01T00:00:00Z")'))["tier"] is None


async def test_a_tier_is_explained_by_what_gives_it_what_counts_and_what_is_missing(
    desk: Desk, graph: Graph, settings: Settings
) -> None:
    now = now_ms()
    buyer = RecordKey("pos", "a")
    orders = [order(f"o{n}", buyer, now - (n + 1) * DAY_MS, 70_000) for n in range(3)]
    await put_events(graph, settings, orders=orders)
    bought = await desk.do("buyTier", person=BY_PHONE, tier="black_gold")
    tallies = "tallies { tier metric have least missing facts(first: 2%s) { nodes { amount } pageInfo { endCursor } } }"
    grounds = "grounds { tier why decides rule operation from lapsesAt until }"

    found = (await desk.show(f"explain {{ tier version {grounds} {tallies % ''} }} progress {{ tier have least }}"))[
        "explain"
    ]
    silver = next(one for one in found["tallies"] if one["tier"] == "silver")
    cursor = silver["facts"]["pageInfo"]["endCursor"]
    rest = (await desk.show(f"explain {{ {tallies % f', after: {json.dumps(cursor)}'} }}"))["explain"]["tallies"]
    named = "explain { tallies { metric facts(last: 1) { nodes { orders { orderId } } } } }"
    newest = (await desk.show(named))["explain"]["tallies"]
    before = write_instant(now - 2 * DAY_MS)
    past = (await desk.show("explain { tier tallies { have } }", f'(asOf: "{before}")'))["explain"]

    assert (found["tier"], found["version"]) == ("black_gold", "main@0")
    best, earned = found["grounds"][-1], found["grounds"][0]
    assert (best["tier"], best["why"], best["operation"]) == ("black_gold", "BOUGHT", bought["operation"]["key"])
    assert (earned["tier"], earned["why"], earned["operation"]) == ("silver", "UPGRADED", None)
    assert [one["decides"] for one in found["grounds"]] == [False] * (len(found["grounds"]) - 1) + [True]
    assert earned["rule"].startswith("main@0/spend")
    assert earned["from"] < earned["lapsesAt"] < earned["until"]
    assert all(one["missing"] == max(one["least"] - one["have"], 0) for one in found["tallies"])
    assert (silver["metric"], silver["have"], silver["facts"]["nodes"]) == ("SPEND", 210_000, [{"amount": 70_000}] * 2)
    assert next(one for one in rest if one["tier"] == "silver")["facts"]["nodes"] == [{"amount": 70_000}]
    assert past["tallies"][0]["have"] == 140_000
    assert [one["facts"]["nodes"] for one in newest] == [[{"orders": [{"orderId": "o0"}]}]] * len(newest)
    nobody_yet = (await desk.show("explain { tier }", '(asOf: "2020-01-01T00:00:00Z")'))["explain"]
    assert nobody_yet is None


async def test_a_membership_of_an_earlier_instant_is_worked_out_and_paid_for_once(
    desk: Desk, graph: Graph, settings: Settings
) -> None:
    now, buyer = now_ms(), RecordKey("pos", "a")
    await put_events(graph, settings, orders=[order(f"o{n}", buyer, now - (n + 1) * DAY_MS, 70_000) for n in range(3)])
    past = f'memberships(asOf: "{write_instant(now - 3 * DAY_MS // 2)}") {{ tier {{ tier }} }}'

    async def pay(fields: str, client: httpx.AsyncClient) -> Any:
        return (await post(client, f'{{ person(by: {{phone: "{PHONES[0]}"}}) {{ {fields} }} }}')).json()

    costs = [
        (await pay(fields, desk.client))["extensions"]["cost"]["requestedQueryCost"]
        for fields in ("memberships { tier { tier } }", past, f"{past} again: {past}")
    ]
    async with open_client(settings.model_copy(update={"graphql_max_cost": 4})) as poor:
        refused = await pay(past, poor)

    # A person, a membership and a tier, the latter two once more under another name; and two purchases until then.
    assert costs == [3, 3 + 2, 5 + 2]
    [error] = refused["errors"]
    assert (error["path"], error["extensions"]["code"]) == (["person", "memberships"], "INVALID_INPUT")
    assert "costs 5: at most 4" in error["message"]


async def test_the_tiers_that_somebody_had_are_read_page_by_page_from_either_end(desk: Desk) -> None:
    for number in range(3):
        signed = {"author": "lin", "reason": str(number)}
        granted = await desk.do("grantTier", person=BY_PHONE, tier="gold", **signed)
        await desk.do("cancelTier", "Tier", operation=granted["operation"]["key"])
    fields = "tierHistory(%s) { edges { node { tier from } } pageInfo { hasNextPage endCursor startCursor } }"

    whole = (await desk.show("history { tier from }"))["history"]
    first = (await desk.show(fields % "first: 2"))["tierHistory"]
    rest = (await desk.show(fields % f'first: 100, after: "{first["pageInfo"]["endCursor"]}"'))["tierHistory"]
    last = (await desk.show(fields % "last: 1"))["tierHistory"]
    before = (await desk.show(fields % f'last: 1, before: "{last["pageInfo"]["startCursor"]}"'))["tierHistory"]
    foreign = 'tierHistory(after: "x") { nodes { tier } }'
    error = await ask_for_error(
        desk.client, f'{{ person(by: {{phone: "{PHONES[0]}"}}) {{ memberships {{ {foreign} }} }} }}'
    )

    assert [one["node"] for page in (first, rest) for one in page["edges"]] == whole
    assert (first["pageInfo"]["hasNextPage"], rest["pageInfo"]["hasNextPage"]) == (True, False)
    assert [one["node"] for page in (before, last) for one in page["edges"]] == whole[-2:]
    assert error["extensions"]["code"] == "INVALID_INPUT"


async def test_what_is_given_by_hand_names_who_gave_it(desk: Desk) -> None:
    signed = {"until": "2099-01-01T00:00:00Z", "author": "lin", "reason": "complaint 7"}
    granted = await desk.do("grantTier", person=BY_PHONE, tier="gold", **signed)
    await desk.do("giveBenefit", person=BY_PHONE, benefit="monthly_service", count=2, **signed)
    shown = await desk.show("grantedTiers { tier until author } benefits { name quota entitlement }")
    await desk.do("cancelTier", "Tier", operation=granted["operation"]["key"])

    assert granted["membership"]["tier"] == {"tier": "gold", "why": "GRANTED"}
    assert shown["grantedTiers"] == [{"tier": "gold", "until": "2099-01-01T00:00:00.000Z", "author": "lin"}]
    assert {"name": "monthly_service", "quota": 2, "entitlement": "desk|k2"} in shown["benefits"]
    assert (await desk.show("tier { tier }"))["tier"] == {"tier": "member"}


async def test_a_coupon_is_issued_redeemed_and_repeated_also_once_its_holder_is_erased(
    desk: Desk, graph: Graph, identity: Identity
) -> None:
    issued = await desk.do("issueCoupon", person=BY_PHONE, kind="welcome")
    code = issued["coupon"]["code"]
    taken = {"code": code, "purchaseFen": 20_000, "idempotencyKey": "r"}
    redeemed = await desk.do("redeemCoupon", **taken)
    await erase_person(graph, identity, (await read_births(graph))["pos|a"], requested_by="test", reason="asked for")
    again = await desk.do("redeemCoupon", **taken)

    assert redeemed["coupon"]["code"] == code
    assert redeemed["coupon"]["discountFen"] == redeemed["operation"]["amount"] > 0
    assert sum(one["amountFen"] for one in redeemed["coupon"]["shares"]) == redeemed["operation"]["amount"]
    assert again == {**redeemed, "membership": None}
    assert (await desk.do("redeemCoupon", **{**taken, "idempotencyKey": "x"}))["code"] == "UNKNOWN_COUPON"


async def test_a_returned_purchase_gives_its_coupon_back_once(desk: Desk) -> None:
    issued = await desk.do("issueCoupon", person=BY_PHONE, kind="welcome")
    redeemed = await desk.do("redeemCoupon", code=issued["coupon"]["code"], purchaseFen=20_000)
    used = redeemed["operation"]["key"]
    unknown = await desk.do("restore", operation=used, person={"phone": PHONES[1]})
    restored = await desk.do("restore", operation=used, person=BY_PHONE)
    refused = [await desk.do("restore", operation=used), await desk.do("restore", operation=used, spent="desk|no")]

    assert unknown["code"] == "UNKNOWN_PERSON"
    assert (restored["operation"]["original"], restored["coupon"]) == (used, issued["coupon"])
    assert [one["__typename"] for one in refused] == ["AlreadyRestored"] * 2


async def test_refusals_are_data_and_change_nothing(desk: Desk, graph: Graph, identity: Identity) -> None:
    first = await desk.do("buyTier", person=BY_PHONE, tier="black_gold", idempotencyKey="b")
    term = first["operation"]["key"]
    await desk.do("cancelTier", "Tier", operation=term)
    before = await desk.show(ALL)

    refused = [
        await desk.do("buyTier", person=BY_PHONE, tier="black_gold", idempotencyKey="b", cause="another"),
        await desk.do("buyTier", person=BY_PHONE, tier="gold"),
        await desk.do("buyTier", person=BY_PHONE, tier="nonsense"),
        await desk.do("buyTier", person={"phone": PHONES[1]}, tier="black_gold"),
        await desk.do("cancelTier", "Tier", operation=term),
        await desk.do("cancelTier", "Tier", operation="desk|nothing"),
        await desk.do("useBenefit", person=BY_PHONE, benefit="monthly_service"),
        await desk.do("redeemCoupon", code="NOTACODE", purchaseFen=1),
        await desk.do("enrol", record={"system": "pos", "externalId": "nobody"}),
        await desk.do("withdrawConsent", person=BY_PHONE),
    ]

    assert [one["code"] for one in refused] == [
        *("KEY_REUSED", "NOT_FOR_SALE", "INVALID_INPUT", "UNKNOWN_PERSON", "ALREADY_ENDED", "UNKNOWN_OPERATION"),
        *("NOT_ENTITLED", "UNKNOWN_COUPON", "UNKNOWN_RECORD", "NO_CONSENT"),
    ]
    assert len({refused[0]["firstHash"], refused[0]["thisHash"]}) == 2
    assert await desk.show(ALL) == before
    births = await read_births(graph)
    await erase_person(graph, identity, births["pos|a"], requested_by="test", reason="asked for")
    gone = await desk.do("buyTier", person={"id": births["pos|a"]}, tier="black_gold")
    assert (gone["__typename"], gone["code"]) == ("ErasedPerson", "ERASED")


async def test_what_is_honoured_at_a_place_is_told_with_the_reason(desk: Desk) -> None:
    query = """
        { programmes { name version benefits coupons tiers { name priceFen qualifications { metric least text } }
          honoured(where: "F01") { sort name honoured why }
          price(sku: "X", where: "S01") article(code: "X", where: "S01") } }
    """
    [found] = (await ask(desk.client, query))["programmes"]

    assert (found["name"], found["price"], found["article"]) == ("main", None, None)
    assert found["tiers"][0] == {"name": "member", "priceFen": None, "qualifications": []}
    assert {one["sort"] for one in found["honoured"]} == {"ASSET", "TIER", "COUPON"}
    assert all(one["why"] for one in found["honoured"])


async def test_memberships_of_many_cost_no_more_statements_than_of_two(settings: Settings, graph: Graph) -> None:
    await put_crowd(graph, settings, persons=100, orders_each=1)
    counts, then = [], 'memberships(asOf: "2026-01-01T00:00:00Z")'
    async with open_client(settings) as client:
        for first in (2, 100):
            with count_statements() as counter:
                data = await ask(client, f"{{ persons(first: {first}) {{ nodes {{ {then} {{ {ALL} }} }} }} }}")
            counts.append(counter.by_name)
            assert len(data["persons"]["nodes"]) == first
            assert all(node["memberships"][0]["progress"] for node in data["persons"]["nodes"])
        error = await ask_for_error(
            client, '{ persons(first: 1) { nodes { memberships(programme: "no") { since } } } }'
        )

    assert counts[0] == counts[1]
    assert (counts[0]["membership.fetch_by_persons"], counts[0]["counted_orders.fetch"]) == (1, 1)
    assert error["extensions"]["code"] == "INVALID_INPUT"
