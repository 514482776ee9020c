from __future__ import annotations

from typing import Final

import pytest

from graph.database import Graph, count_statements
from hub.core.course import Exchange, Refund
from hub.core.ledger import FOREVER_MS
from hub.core.model import DAY_MS, OrderLine
from hub.services.identity import Identity
from hub.services.ledger.verify import verify_ledger
from tests.support.events import PHONES
from tests.support.ledger import NOW, Members
from tests.support.orders import LINES, Shop, bought
from tests.support.stewardship import put, said

pytestmark = pytest.mark.anyio

SAFE_MS: Final = NOW + 8 * DAY_MS - 8 * 3_600_000
"""`NOW` is 8 in the morning of Shanghai's clocks: seven whole days later it is midnight."""


@pytest.fixture
def members(graph: Graph, identity: Identity) -> Members:
    return Members(graph, identity)


@pytest.fixture
def shop(graph: Graph, identity: Identity) -> Shop:
    return Shop(graph, identity)


async def _proven(shop: Shop) -> None:
    assert not (await verify_ledger(shop.graph)).wrong


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
    with count_statements() as counter:
        done = await shop.settle()

    assert (done.orders, done.operations) == (40, 40)
    assert counter.by_name == {
        "order_points.count": 1,
        "order_points.find": 2,
        "order_points.take": 1,
        "accounts.open_records": 1,
        "accounts.write": 1,
        "order_points.put": 1,
    }
    await shop.deliver(*(bought(f"T{number}", "refunded", by=f"c{number % 4}", at=NOW + 1) for number in range(40)))
    with count_statements() as counter:
        await shop.settle()
    assert counter.by_name == {
        "order_points.count": 1,
        "order_points.find": 2,
        "order_points.take": 1,
        "accounts.open_records": 1,
        "accounts.fetch_named": 1,
        "accounts.write": 1,
        "order_points.put": 1,
    }
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
