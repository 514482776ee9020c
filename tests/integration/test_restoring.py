"""What was used for a purchase comes back when that is returned: once, to whom it was of, and with what was spent."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace

import anyio
import pytest

from graph.database import Graph, count_statements
from hub.core.clock import now_ms
from hub.core.errors import InvalidInput
from hub.core.ledger import ExceedsOriginal, KeyReused, Operation, UnknownOperation, UnknownPerson
from hub.core.membership import AlreadyRestored, CouponRefused, NotEntitled, QuotaUsed
from hub.services.decisions import make_decision, request_link, withdraw_decision
from hub.services.identity import Identity
from hub.services.ledger.spending import refund_amount, spend_amount
from hub.services.ledger.verify import verify_ledger
from hub.services.membership.benefits import use_benefit
from hub.services.membership.coupons import get_coupon, redeem_coupon
from hub.services.membership.restoring import restore
from tests.support.contents import read_everything
from tests.support.events import PHONES
from tests.support.membership import TIERED, Club
from tests.support.stewardship import read_births

pytestmark = pytest.mark.anyio

POS, TMALL = "pos|p1", "tmall:flagship|t1"


class Desk(Club):
    """A till that uses, spends and gives back, for one purchase unless told otherwise."""

    async def use(self, person: str, *, cause: str = "pos|T1", day: float = 0) -> Operation:
        call = replace(self.call(), cause=cause)
        return await use_benefit(self.graph, TIERED, call, person=person, benefit="service", now_ms=self.at(day))

    async def redeem(self, code: str, *, day: float = 0) -> Operation:
        return await redeem_coupon(
            self.graph, TIERED, self.call(), code=code, purchase_fen=1000, now_ms=self.at(day), where="S01"
        )

    async def pay(self, person: str, amount: int, *, cause: str = "pos|T1") -> Operation:
        call = replace(self.call(), cause=cause)
        return await spend_amount(
            self.graph, TIERED, call, person=person, asset="points", amount=amount, now_ms=self.now_ms
        )

    async def restore(
        self,
        used: Operation,
        key: str | None = None,
        *,
        spent: Operation | None = None,
        person: str | None = None,
        day: float = 1,
    ) -> Operation:
        return await restore(
            self.graph,
            TIERED,
            self.call(key),
            original=used.key,
            spent=None if spent is None else spent.key,
            person=person,
            now_ms=self.at(day),
        )


@pytest.fixture
async def desk(graph: Graph, identity: Identity) -> Desk:
    """A silver member with a hundred points."""
    desk = Desk(graph, identity)
    await desk.add(POS, PHONES[0])
    await desk.buy(POS, "T0", 1000)
    await desk.earn(POS, 100, days=9)
    return desk


@pytest.fixture
async def person(desk: Desk) -> str:
    return (await read_births(desk.graph))[POS]


async def test_a_benefit_comes_back_with_the_points_that_were_spent_once(desk: Desk, person: str) -> None:
    used, spent = await desk.use(person), await desk.pay(person, 70)
    await refund_amount(desk.graph, TIERED, desk.call(), original=spent.key, amount=10, now_ms=desk.now_ms)
    with count_statements() as counted:
        back = await desk.restore(used, "r", spent=spent, person=person)

    assert (back.kind, back.asset, back.amount, back.original) == ("benefit_restore", "points", 60, used.key)
    assert await desk.restore(used, "r", spent=spent, person=person, day=3) == back
    assert (await desk.balance(person)).available == 100
    assert [one.left for one in (await desk.show(person, day=1)).allowances] == [1]
    assert [one.used for one in (await desk.show(person, as_of_day=0.5)).allowances] == [1]
    with pytest.raises(AlreadyRestored):
        await desk.restore(used)
    with pytest.raises(KeyReused):
        await desk.restore(used, "r")
    assert not (await verify_ledger(desk.graph, now_ms=now_ms())).wrong
    assert counted.total == 11
    await desk.use(person, day=2)
    with pytest.raises(QuotaUsed):
        await desk.use(person, day=2)


async def test_many_who_give_the_same_use_back_at_once_do_it_once(desk: Desk, person: str) -> None:
    used, spent = await desk.use(person), await desk.pay(person, 70)
    done: list[Operation] = []

    async def give_back() -> None:
        with suppress(AlreadyRestored):
            done.append(await desk.restore(used, spent=spent))

    async with anyio.create_task_group() as group:
        for _ in range(6):
            group.start_soon(give_back)

    assert [one.amount for one in done] == [70]
    assert (await desk.balance(person)).available == 100


async def test_a_coupon_can_be_redeemed_again_and_each_redemption_given_back_once(desk: Desk, person: str) -> None:
    coupon = await desk.issue(person)
    first = await desk.redeem(coupon.code)
    await desk.restore(first, day=1)
    second = await desk.redeem(coupon.code, day=2)

    with pytest.raises(AlreadyRestored):
        await desk.restore(first, day=3)
    with pytest.raises(CouponRefused):
        await desk.redeem(coupon.code, day=3)
    found = await get_coupon(desk.graph, coupon.code)
    assert [found.as_of(desk.at(day)).redeemed_ms for day in (-1, 0, 1, 2)] == [None, desk.at(0), None, desk.at(2)]
    assert found.as_of(desk.at(0.5)).shares == found.shares == {"brand": 210, "store": 90}
    await desk.restore(second, day=3)
    assert (await get_coupon(desk.graph, coupon.code)).redeemed_ms is None
    with pytest.raises(CouponRefused, match="expired"):
        await desk.redeem(coupon.code, day=31)


async def test_what_is_not_theirs_is_refused_and_nothing_changes(desk: Desk, person: str) -> None:
    other = await desk.add(TMALL, PHONES[1])
    await desk.earn(TMALL, 50)
    used, theirs = await desk.use(person), await desk.pay(other, 5)
    elsewhere, gone = await desk.pay(person, 5, cause="pos|T2"), await desk.pay(person, 5)
    await refund_amount(desk.graph, TIERED, desk.call(), original=gone.key, amount=5, now_ms=desk.now_ms)
    before = await read_everything(desk.graph)

    with pytest.raises(NotEntitled, match="another person's: name"):
        await desk.restore(used, person=other)
    with pytest.raises(NotEntitled, match="not for this purchase"):
        await desk.restore(used, spent=theirs)
    with pytest.raises(InvalidInput, match=r"two purchases: pos\|T1 and pos\|T2"):
        await desk.restore(used, spent=elsewhere)
    with pytest.raises(ExceedsOriginal):
        await desk.restore(used, spent=gone)
    with pytest.raises(UnknownPerson):
        await desk.restore(used, person="")
    with pytest.raises(InvalidInput, match="kind spend: name one of"):
        await desk.restore(gone)
    with pytest.raises(UnknownOperation):
        await desk.restore(replace(used, key="test|nothing"))
    with pytest.raises(UnknownOperation):
        await desk.restore(used, spent=replace(gone, key="test|nothing"))
    with pytest.raises(InvalidInput, match="programme main"):
        await restore(desk.graph, replace(TIERED, name="tea"), desk.call(), original=used.key, now_ms=desk.now_ms)
    assert await read_everything(desk.graph) == before


async def test_what_was_spent_while_persons_were_one_comes_back_to_its_lots(desk: Desk, person: str) -> None:
    other = await desk.add(TMALL, PHONES[1])
    await desk.earn(TMALL, 50, days=5)
    decision = await make_decision(
        desk.graph, desk.identity, request_link(TMALL, POS, apart=False, author="li", reason="r")
    )
    used, spent = await desk.use(other), await desk.pay(person, 60)
    await withdraw_decision(desk.graph, desk.identity, decision.id, "li", "not the same")

    await desk.restore(used, spent=spent)

    assert [(await desk.balance(one)).available for one in (person, other)] == [100, 50]


async def test_what_went_with_an_erased_person_cannot_be_given_back(desk: Desk, person: str) -> None:
    used = await desk.use(person)
    back = await desk.restore(used, "r")
    again = await desk.use(person, day=2)
    await desk.erase(person)

    assert await desk.restore(used, "r") == back
    with pytest.raises(UnknownOperation, match="erased"):
        await desk.restore(again)
