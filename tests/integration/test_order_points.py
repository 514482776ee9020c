from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

import anyio
import pytest

from connectors.files.mapping import parse_mapping
from graph.database import Graph, count_statements
from graph.order_points import count_marked
from graph.orders import fetch_totals
from hub.core.course import Exchange, Refund
from hub.core.errors import InvalidInput
from hub.core.ledger import FOREVER_MS
from hub.core.model import DAY_MS, OrderLine, System
from hub.services.identity import Identity
from hub.services.import_file import ImportRequest, import_file
from hub.services.ledger.verify import verify_ledger
from hub.services.order_points import Earner
from hub.services.order_points.batch import settle_batch
from hub.services.programme.dry_run import Standing, StandingOf
from rules.earning import Earning
from rules.ledger.expiry import Expiry
from rules.ledger.terms import Terms
from rules.orders import OrderTerms
from rules.programme import Asset, Programme
from rules.sharing import PlaceGroup, Sharing, Thing
from tests.support.events import PHONES
from tests.support.file_tables import write_csv
from tests.support.ledger import NOW, Members
from tests.support.orders import EARNER, EARNER_PROGRAMME, LINES, Shop, bought, refuse_version
from tests.support.stewardship import put, said

pytestmark = pytest.mark.anyio

_REFUNDS: Final = """
version: 1
kind: orders
order_id: no
refund: {id: id, line_id: line, amount: {column: fen, unit: fen}}
"""
_ORDERS: Final = """
version: 1
kind: orders
order_id: no
customer: card
placed_at: at
status: {always: received}
phone: phone
lines: {line_id: line, amount: {column: fen, unit: fen}}
"""
SAFE_MS: Final = NOW + 8 * DAY_MS - 8 * 3_600_000
"""`NOW` is 8 in the morning of Shanghai's clocks: seven whole days later it is midnight."""


@pytest.fixture
def members(graph: Graph, identity: Identity) -> Members:
    return Members(graph, identity)


@pytest.fixture
def shop(graph: Graph, identity: Identity) -> Shop:
    return Shop(graph, identity)


async def _proven(shop: Shop) -> None:
    assert not (await verify_ledger(shop.graph, now_ms=NOW)).wrong


async def test_points_are_pending_until_the_order_was_received_and_the_days_have_passed(
    shop: Shop, members: Members
) -> None:
    person = await members.add("pos|c1", PHONES[0])
    await shop.deliver(bought(status="created"))
    await shop.settle()
    assert await shop.points() == {}

    await shop.deliver(bought(status="paid", at=NOW + 1))
    await shop.settle()
    balance = await members.balance(person)
    assert (balance.available, balance.pending) == (0, 101)

    await shop.deliver(bought(status="received", at=NOW + 2))
    await shop.settle()
    [lot] = (await shop.points())["pos|T1"].lots
    assert lot.pending_ms == SAFE_MS
    members.now_ms = SAFE_MS - 1
    assert (await members.balance(person)).available == 0
    members.now_ms = SAFE_MS
    assert (await members.balance(person)).available == 101
    await _proven(shop)


async def test_partial_refunds_take_back_by_line_and_add_up_to_the_whole(shop: Shop, members: Members) -> None:
    person = await members.add("pos|c1", PHONES[0])
    await shop.deliver(bought(status="received"))
    await shop.settle()

    left = []
    for number in (1, 2, 3):
        refund = Refund(f"R{number}", "1", 0, 2_000)
        await shop.deliver(bought(status=None, lines=(), at=NOW + number, refunds=(refund,)))
        await shop.deliver(bought(status=None, lines=(), at=NOW + number + 9, refunds=(refund,)))
        await shop.settle()
        left.append(await shop.net())
    assert left == [81, 61, 41]

    await shop.deliver(bought(status=None, lines=(), at=NOW + 9, refunds=(Refund("R4", "2", 1, 0),)))
    await shop.settle()
    assert await shop.net() == 0
    members.now_ms = SAFE_MS
    assert (await members.balance(person)).available == 0
    await _proven(shop)


async def test_a_refund_of_points_that_were_spent_is_owed(shop: Shop, members: Members) -> None:
    person = await members.add("pos|c1", PHONES[0])
    await shop.deliver(bought(status="received"))
    await shop.settle()
    members.now_ms = shop.now_ms = SAFE_MS
    await members.spend(person, 100)

    await shop.deliver(bought(status="refunded", at=NOW + 5))
    await shop.settle()

    assert await shop.net() == 0
    assert (await members.balance(person)).owed == 100
    await _proven(shop)


async def test_a_late_word_of_receipt_gives_nothing_back_of_what_was_paid_back(shop: Shop, members: Members) -> None:
    person = await members.add("pos|c1", PHONES[0])
    await shop.deliver(bought(status="paid"))
    await shop.deliver(bought(status="refunded", at=NOW + 10), bought(status="received", at=NOW + 11))
    await shop.settle()

    assert await shop.net() == 0
    [totals] = (await fetch_totals(shop.graph, [person])).values()
    assert totals.spent_fen == 0


async def test_an_exchange_posts_the_difference(shop: Shop, members: Members) -> None:
    await members.add("pos|c1", PHONES[0])
    await shop.deliver(bought(status="received"))
    await shop.settle()

    dearer = OrderLine("3", "K3", "pot", 1, 9_000)
    await shop.deliver(bought(status="exchanged", at=NOW + 1, lines=(dearer,), exchanges=(Exchange("1", "3"),)))
    await shop.settle()
    assert await shop.net() == 131

    cheaper = OrderLine("4", "K4", "bag", 1, 1_000)
    await shop.deliver(bought(status="exchanged", at=NOW + 2, lines=(cheaper,), exchanges=(Exchange("3", "4"),)))
    await shop.settle()
    assert await shop.net() == 51
    await _proven(shop)


async def test_a_corrected_buyer_gets_the_points_and_the_other_loses_them(shop: Shop, members: Members) -> None:
    wrong, right = await members.add("pos|c1", PHONES[0]), await members.add("pos|c2", PHONES[1])
    await shop.deliver(bought(status="received"))
    await shop.settle()
    await shop.deliver(bought(status="received", by="c2", at=NOW + 1))
    await shop.settle()

    members.now_ms = SAFE_MS
    assert ((await members.balance(wrong)).available, (await members.balance(right)).available) == (0, 101)
    await _proven(shop)


async def test_a_guests_order_is_claimed_by_whoever_owns_the_phone(shop: Shop, members: Members) -> None:
    await shop.deliver(bought(status="received", by=None, phone=PHONES[0]), bought("T2", by=None))
    await shop.settle()
    assert set(await shop.points()) == {"pos|T1"}

    person = await members.add("tmall:flagship|t1", PHONES[0])
    members.now_ms = SAFE_MS
    assert (await members.balance(person)).available == 101

    await put(shop.graph, shop.identity, said("tmall:flagship|t1", ("phone", PHONES[1]), at=9))
    assert (await members.balance(person)).available == 0
    await _proven(shop)


async def test_an_erased_buyers_order_is_still_taken_back(shop: Shop, members: Members) -> None:
    person = await members.add("pos|c1", PHONES[0])
    await shop.deliver(bought(status="received"))
    await shop.settle()
    await members.erase(person)

    await shop.deliver(bought(status="refunded", at=NOW + 5))
    await shop.settle()

    assert await shop.net() == 0
    await _proven(shop)


async def test_a_batch_costs_few_statements_however_many_orders_it_has(shop: Shop, members: Members) -> None:
    for number in range(4):
        await members.add(f"pos|c{number}", PHONES[number])
    await shop.deliver(*(bought(f"T{number}", "received", by=f"c{number % 4}") for number in range(40)))
    keys = [f"pos|T{number}" for number in range(40)]
    with count_statements() as counter:
        done = await shop.graph.write(settle_batch, EARNER, keys, NOW)

    assert (done.orders, done.operations) == (40, 40)
    assert counter.by_name == {
        "order_points.fetch_buyers": 1,
        "order_points.take": 1,
        "accounts.open_records": 1,
        "postings.write": 1,
        "order_points.put": 1,
    }
    await shop.deliver(*(bought(f"T{number}", "refunded", by=f"c{number % 4}", at=NOW + 1) for number in range(40)))
    with count_statements() as counter:
        await shop.graph.write(settle_batch, EARNER, keys, NOW)
    assert counter.by_name == {
        "order_points.fetch_buyers": 1,
        "order_points.take": 1,
        "accounts.open_records": 1,
        "accounts.fetch_named": 1,
        "postings.write": 1,
        "order_points.put": 1,
    }
    with count_statements() as counter:
        assert (await shop.settle()).orders == 0
    assert counter.by_name == {"order_points.count": 1, "order_points.find": 1}
    assert sum([await shop.net(f"pos|T{number}") for number in range(40)]) == 0
    await _proven(shop)


async def test_settling_again_posts_nothing(shop: Shop, members: Members) -> None:
    await members.add("pos|c1", PHONES[0])
    await shop.deliver(bought(status="received", lines=LINES))
    first, second = await shop.settle(), await shop.settle()
    await shop.deliver(bought(status="received", at=NOW + 5))
    third = await shop.settle()

    assert [first.operations, second.orders, third.orders, third.operations] == [1, 0, 1, 0]
    assert (await shop.points())["pos|T1"].lots[0].pending_ms == SAFE_MS != FOREVER_MS


async def test_a_file_of_refunds_may_be_imported_before_its_orders(
    shop: Shop, members: Members, tmp_path: Path
) -> None:
    await members.add("pos|c1", PHONES[0])
    refunds = write_csv(tmp_path / "r.csv", ("no", "id", "line", "fen"), [("T1", "R1", "1", "1000")])
    lines = [("T1", "c1", "2024-01-05", "", "1", "3000"), ("T1", "c1", "2024-01-05", "", "2", "2000")]
    guests = [("T2", "", "2024-01-05", PHONES[1], "1", "700")]
    orders = write_csv(tmp_path / "o.csv", ("no", "card", "at", "phone", "line", "fen"), lines + guests)
    for path, text in ((refunds, _REFUNDS), (orders, _ORDERS)):
        request = ImportRequest(path, System("pos"), parse_mapping(text))
        done = await import_file(shop.graph, shop.identity, request, timezone="Asia/Shanghai")
        assert not done.rejected
    shop.now_ms = 20_000 * DAY_MS
    await shop.settle()

    assert await shop.net("pos|T1") == 40
    assert await shop.net("pos|T2") == 7
    await _proven(shop)


async def test_what_was_earned_by_a_tier_and_a_version_stays_so(shop: Shop, members: Members) -> None:
    await members.add("pos|c1", PHONES[0])
    tiers = ["gold"]

    async def find_standings(_: Sequence[str]) -> StandingOf:
        return lambda _person, _at_ms: Standing(tiers[0])

    shop.earner = replace(EARNER, find_standings=find_standings)
    await shop.deliver(bought(status="received"))
    await shop.settle()
    assert await shop.net() == 202

    async def load_version(version: int) -> Programme:
        assert version == 3
        return EARNER_PROGRAMME

    later = replace(EARNER_PROGRAMME, version=4, earning=Earning())
    shop.earner, tiers[0] = Earner(later, load_version, find_standings), "silver"
    refund = Refund("R1", "2", 1, 0)
    await shop.deliver(bought(status=None, lines=(), at=NOW + 1, refunds=(refund,)))
    await shop.settle()
    assert await shop.net() == 120

    await shop.deliver(bought(status="received", at=NOW + 2, lines=(LINES[0]._replace(amount_fen=8_000),)))
    await shop.settle()
    assert await shop.net() == 80
    await _proven(shop)


async def test_a_tier_that_the_store_does_not_honour_earns_nothing_more(shop: Shop, members: Members) -> None:
    await members.add("pos|c1", PHONES[0])
    groups = (PlaceGroup("direct", "direct"), PlaceGroup("franchises", "franchise", ("S01",)))
    sharing = Sharing(groups, "direct", {Thing("tier", "gold"): frozenset({"direct"})})

    async def find_standings(_: Sequence[str]) -> StandingOf:
        return lambda _person, _at_ms: Standing("gold")

    shop.earner = Earner(replace(EARNER_PROGRAMME, sharing=sharing), refuse_version, find_standings)
    await shop.deliver(bought())
    await shop.settle()

    assert await shop.net() == 101


async def test_a_days_limit_counts_what_other_orders_of_the_day_have_earned(shop: Shop, members: Members) -> None:
    await members.add("pos|c1", PHONES[0])
    earning = replace(EARNER_PROGRAMME.earning, most_per_day=150)
    shop.earner = Earner(replace(EARNER_PROGRAMME, earning=earning), refuse_version)
    await shop.deliver(bought("T1"), bought("T2"))
    await shop.settle()
    await shop.deliver(bought("T3"))
    await shop.settle()

    assert [await shop.net(f"pos|T{number}") for number in (1, 2, 3)] == [101, 49, 0]


async def test_a_payment_that_was_on_another_day_counts_on_that_day_only(shop: Shop, members: Members) -> None:
    await members.add("pos|c1", PHONES[0])
    limited = replace(EARNER_PROGRAMME, earning=replace(EARNER_PROGRAMME.earning, most_per_day=150))
    shop.earner = Earner(limited, refuse_version)
    earlier = bought("T2", reached=(("paid", NOW - 2 * DAY_MS),))
    await shop.deliver(bought("T1"), earlier)
    await shop.settle()
    assert await shop.net("pos|T2") == 101

    async def load_version(_: int) -> Programme:
        return limited

    shop.earner = Earner(replace(EARNER_PROGRAMME, version=4), load_version)
    await shop.deliver(replace(earlier, observed_ms=NOW + 1, reached=(("paid", NOW),)))
    await shop.settle()

    assert [await shop.net(f"pos|T{number}") for number in (1, 2)] == [101, 49]
    await _proven(shop)


async def test_some_that_settle_at_once_do_not_exceed_a_days_limit(shop: Shop, members: Members) -> None:
    earning = replace(EARNER_PROGRAMME.earning, most_per_day=150)
    earner = Earner(replace(EARNER_PROGRAMME, earning=earning), refuse_version)
    for customer in range(6):
        await members.add(f"pos|c{customer}", PHONES[customer])
        orders = [f"T{customer}{number}" for number in range(4)]
        await shop.deliver(*(bought(order, by=f"c{customer}") for order in orders))

        async with anyio.create_task_group() as group:
            for order in orders:
                group.start_soon(shop.graph.write, settle_batch, earner, [f"pos|{order}"], NOW)

        assert sum([await shop.net(f"pos|{order}") for order in orders]) == 150
    await _proven(shop)


async def test_a_newer_version_leaves_when_points_can_be_spent_and_for_how_long(shop: Shop, members: Members) -> None:
    person = await members.add("pos|c1", PHONES[0])
    await shop.deliver(bought(status="received"))
    await shop.settle()

    async def load_version(_: int) -> Programme:
        return EARNER_PROGRAMME

    assets = {**EARNER_PROGRAMME.assets, "points": Asset("points", expiry=Expiry("days", 8), terms=Terms("cap"))}
    later = replace(EARNER_PROGRAMME, version=4, orders=OrderTerms(pending_days=30), assets=assets)
    shop.earner = Earner(later, load_version)
    members.now_ms = shop.now_ms = SAFE_MS
    refund = Refund("R1", "2", 1, 0)
    await shop.deliver(bought(status=None, lines=(), at=NOW + 1, refunds=(refund,)))
    await shop.settle()
    assert (await members.balance(person)).available == 60

    await shop.deliver(bought(status="received", at=NOW + 2, lines=(LINES[0]._replace(amount_fen=8_000),)))
    await shop.settle()
    members.now_ms = NOW + 20 * DAY_MS
    assert (await members.balance(person)).available == 80
    await members.spend(person, 80)
    shop.now_ms = members.now_ms
    await shop.deliver(bought(status="refunded", at=NOW + 3))
    await shop.settle()
    assert (await members.balance(person)).owed == 80
    await _proven(shop)


async def test_an_order_that_cannot_be_right_holds_up_no_other(shop: Shop, members: Members) -> None:
    await members.add("pos|c1", PHONES[0])
    await shop.deliver(bought("T1", total_fen=2**60), bought("T2"))

    done = await shop.settle()

    assert (done.orders, done.refused) == (2, 1)
    assert (await shop.points())["pos|T1"].refused
    assert await shop.net("pos|T2") == 101
    await shop.deliver(bought("T1", total_fen=700, at=NOW + 1))
    await shop.settle()
    assert await shop.net("pos|T1") == 7
    await _proven(shop)


async def test_an_order_that_cannot_be_settled_is_set_aside_and_holds_up_no_other(shop: Shop, members: Members) -> None:
    await members.add("pos|c1", PHONES[0])
    await shop.deliver(bought("T1"))
    await shop.settle()

    async def refuse(version: int) -> Programme:
        raise InvalidInput(f"Version {version} is not a programme any more.")

    shop.earner = Earner(replace(EARNER_PROGRAMME, version=4), refuse)
    await shop.deliver(bought("T1", at=NOW + 1, lines=(LINES[0]._replace(amount_fen=8_000),)))
    await shop.deliver(*(bought(f"T{number}", at=NOW + 1) for number in range(2, 6)))
    done, again = await shop.settle(), await shop.settle()

    assert [(one.orders, one.operations, one.aside) for one in (done, again)] == [(4, 4, 1), (0, 0, 0)]
    assert await count_marked(shop.graph) == 1
    shop.earner, shop.now_ms = EARNER, NOW + 3_600_000
    await shop.settle()
    assert await shop.net("pos|T1") == 121
    await _proven(shop)
