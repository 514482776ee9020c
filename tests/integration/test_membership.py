"""Memberships as they are lived: tiers from stored orders, terms, benefits, coupons; merging, parting, erasure."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import astuple, replace
from typing import Any, Final

import anyio
import pytest

from graph.database import Graph, Transaction, count_statements
from graph.statement import Statement
from hub.core.course import Refund
from hub.core.errors import Erased, InvalidInput, NotFound
from hub.core.ledger import KeyReused, NotHonoured, Operation
from hub.core.membership import (
    AlreadyEnded,
    CouponRefused,
    NoConsent,
    NotEntitled,
    NotForSale,
    QuotaUsed,
    UnknownCoupon,
)
from hub.core.model import DAY_MS, RawIdentifier, RecordKey
from hub.services.decisions import make_decision, preview_decision, request_link, withdraw_decision
from hub.services.identity import Identity
from hub.services.ledger.earning import earn_amount
from hub.services.ledger.holding import hold_amount
from hub.services.ledger.reversing import reverse_earning
from hub.services.ledger.spending import spend_amount
from hub.services.membership.benefits import entitle, use_benefit
from hub.services.membership.coupon import Coupon
from hub.services.membership.coupons import find_issued, get_coupon, issue_coupon, redeem_coupon
from hub.services.membership.enrol import enrol, withdraw_consent
from hub.services.membership.homes import find_home
from hub.services.membership.review import Reviewed, review_tiers, stream_notices
from hub.services.membership.show import show_membership
from hub.services.membership.tiers import buy_term, cancel_any, grant_tier, renew_term
from hub.services.personal_data.erase import erase_person
from hub.services.personal_data.export import export_person
from rules.benefits import Benefits, CouponKind
from rules.ledger.expiry import Expiry
from rules.programme import Programme
from rules.sharing import Sharing
from rules.tiers import Qualification, Tier, Tiers
from tests.support.contents import read_everything
from tests.support.events import PHONES, order
from tests.support.membership import TIERED, Club

pytestmark = pytest.mark.anyio

_FORGET: Final = Statement("tests.forget_standings", "write", "MATCH (s:Standing) DETACH DELETE s")

POS, TMALL = "pos|p1", "tmall:flagship|t1"


@pytest.fixture
def club(graph: Graph, identity: Identity) -> Club:
    return Club(graph, identity)


async def test_a_tier_follows_from_what_was_paid_for_and_not_given_back(club: Club) -> None:
    person = await club.add(POS, PHONES[0])
    await club.buy(POS, "T1", 900, day=-400)
    await club.buy(POS, "T2", 900, day=-10)
    await club.buy(POS, "T3", 5000, day=-9, status="refunded")
    await club.buy(POS, "T4", 5000, day=-9, status="created")

    before = await club.show(person)
    await club.buy(POS, "T5", 100, day=-5)
    after = await club.show(person)

    assert (before.tier.current and before.tier.current.tier) == "member"
    assert [(one.tier, one.have, one.least) for one in before.tier.progress] == [("silver", 900, 1000)]
    assert after.tier.current is not None
    assert (after.tier.current.tier, after.tier.current.from_ms) == ("silver", club.at(-5))
    assert (await club.show(person, as_of_day=-6)).tier.current == before.tier.current


async def test_a_purchase_counts_from_its_payment_on_net_of_what_was_paid_back(club: Club) -> None:
    person = await club.add(POS, PHONES[0])
    presale = order("pos", "T1", "p1", fen=1500, at=club.at(-40), status="deposit_paid")
    await club.tell(presale)
    unpaid = await club.show(person)
    await club.tell(replace(presale, status=None, observed_ms=club.at(-9), reached=(("paid", club.at(-10)),)))
    paid = await club.show(person)
    await club.tell(replace(presale, status=None, observed_ms=club.at(-5), refunds=(Refund("R1", "", 0, 600),)))
    refunded = await club.show(person)

    tiers = [[stay.tier for stay in found.tier.stays] for found in (unpaid, paid, refunded)]
    assert tiers == [[], ["silver"], ["member"]]
    assert (paid.begins_ms, [one.have for one in paid.tier.progress]) == (club.at(-10), [1500])
    assert [one.have for one in refunded.tier.progress] == [900]


async def test_one_member_in_all_systems_and_each_their_own_again(club: Club) -> None:
    one, two = await club.add(TMALL, PHONES[0]), await club.add(POS, PHONES[1])
    await club.buy(TMALL, "T1", 600, day=-20)
    await club.buy(POS, "P1", 700, day=-10)
    await grant_tier(club.graph, TIERED, club.call(), person=two, tier="gold", to_ms=club.at(40), now_ms=club.at(-15))
    await use_benefit(club.graph, TIERED, club.call(), person=two, benefit="service", now_ms=club.now_ms)
    apart = [await club.show(person) for person in (one, two)]

    request = request_link(TMALL, POS, apart=False, author="li", reason="the same")
    decision = await make_decision(club.graph, club.identity, request)
    together = await club.show(two)
    await withdraw_decision(club.graph, club.identity, decision.id, "li", "not the same")

    assert [[stay.tier for stay in found.tier.stays] for found in apart] == [["member"], ["gold"]]
    assert [stay.tier for stay in together.tier.stays] == ["member", "gold"]
    assert together.tier.tier_at(club.at(41)) == "silver"
    assert together.person == (await club.show(one)).person
    assert [allowance.left for allowance in together.allowances] == [0]
    assert [await club.show(person) for person in (one, two)] == apart


async def test_what_is_given_while_persons_are_one_goes_with_who_was_named(club: Club) -> None:
    one, two = await club.add(TMALL, PHONES[0]), await club.add(POS, PHONES[1])
    request = request_link(TMALL, POS, apart=False, author="li", reason="the same")
    decision = await make_decision(club.graph, club.identity, request)
    phone = await find_home(club.graph, club.identity, one, identifier=RawIdentifier("phone", "", PHONES[1]))
    record = await find_home(club.graph, club.identity, one, record=RecordKey(*POS.split("|")))

    await buy_term(club.graph, TIERED, club.call(), person=phone, tier="black_gold", now_ms=club.now_ms)
    gift = await entitle(
        club.graph, TIERED, club.call(), person=record, benefit="cake", count=1, to_ms=club.at(9), now_ms=club.now_ms
    )
    used = await use_benefit(club.graph, TIERED, club.call(), person=one, benefit="cake", now_ms=club.now_ms)
    await withdraw_decision(club.graph, club.identity, decision.id, "li", "not the same")

    assert phone == record == two
    assert used.original == gift.key
    assert [await club.tier(person, day=1) for person in (one, two)] == [None, "black_gold"]
    allowances = [(await club.show(person, day=1)).allowances for person in (one, two)]
    assert [{own.benefit: own.left for own in found} for found in allowances] == [{}, {"service": 1, "cake": 0}]


async def test_a_preview_weighs_tiers_and_balances_in_few_statements(club: Club) -> None:
    await club.add(TMALL, PHONES[0])
    other = await club.add(POS, PHONES[1])
    await grant_tier(club.graph, TIERED, club.call(), person=other, tier="gold", to_ms=None, now_ms=club.now_ms)
    # A preview looks at now, which the tests' instants are long before.
    await club.earn(TMALL, 30, days=30_000)
    await club.earn(POS, 12, days=30_000)
    request = request_link(TMALL, POS, apart=False, author="li", reason="the same")

    with count_statements() as plain:
        await preview_decision(club.graph, club.identity, request)
    with count_statements() as weighed:
        preview = await preview_decision(club.graph, club.identity, request, TIERED)

    kept, gone = preview.members
    assert (kept.before, kept.after) == (
        ("member", {"points": 30, "stored_value": 0}),
        ("gold", {"points": 42, "stored_value": 0}),
    )
    assert (gone.before, gone.after) == (("gold", {"points": 12, "stored_value": 0}), None)
    assert weighed.total - plain.total == 2


async def test_who_enrolls_keeps_what_they_were_before(club: Club) -> None:
    person = await club.add(TMALL, PHONES[0])
    await club.buy(TMALL, "T1", 1000, day=-20)
    before = await club.show(person, as_of_day=-15)

    await enrol(club.graph, TIERED, club.call(), record=TMALL, now_ms=club.now_ms)

    assert before.tier.tier_at(club.at(-15)) == "silver"
    assert (await club.show(person, as_of_day=-15)).tier == before.tier


async def test_an_instant_of_the_past_knows_nothing_that_was_done_later(club: Club) -> None:
    person, graph = await club.add(POS, PHONES[0]), club.graph

    async def grant(day: float) -> Operation:
        call, to_ms = club.call(), club.at(90)
        return await grant_tier(graph, TIERED, call, person=person, tier="gold", to_ms=to_ms, now_ms=club.at(day))

    granted = await grant(1)
    sold = await buy_term(graph, TIERED, club.call(), person=person, tier="black_gold", now_ms=club.at(2))
    coupon = await club.issue(person, day=3)
    then = await club.show(person, as_of_day=4)

    await redeem_coupon(graph, TIERED, club.call(), code=coupon.code, purchase_fen=500, now_ms=club.at(5))
    for number, original in enumerate((granted, sold)):
        await cancel_any(graph, TIERED, club.call(), original=original.key, now_ms=club.at(6 + number))
    await buy_term(graph, TIERED, club.call(), person=person, tier="black_gold", now_ms=club.at(8))
    await grant(9)

    assert await club.show(person, as_of_day=4) == then
    assert len((await club.show(person, as_of_day=10)).terms) == 2


async def test_who_enrolled_is_in_since_the_first_of_their_records_did(club: Club) -> None:
    person = await club.add(TMALL, PHONES[0])
    await club.add(POS, PHONES[0])
    await club.buy(TMALL, "T1", 1000, day=-7)
    call = club.call("e1")
    said = {"joined_ms": club.at(-5), "channel": "tmall", "referrer": "G7", "consent_ms": club.at(-5)}
    await enrol(club.graph, TIERED, call, record=TMALL, now_ms=club.now_ms, **said)  # type: ignore[arg-type]
    done = await enrol(club.graph, TIERED, club.call(), record=POS, joined_ms=club.at(-9), now_ms=club.now_ms)

    assert await enrol(club.graph, TIERED, call, record=TMALL, now_ms=club.at(3), **said)  # type: ignore[arg-type]
    found = await club.show(person)

    assert found.begins_ms == club.at(-9)
    assert [(one.record, one.channel, one.consent_ms) for one in found.enrolments] == [
        (POS, "", None),
        (TMALL, "tmall", club.at(-5)),
    ]
    assert [(stay.tier, stay.from_ms) for stay in found.tier.stays] == [
        ("member", club.at(-9)),
        ("silver", club.at(-7)),
    ]
    assert (await club.show(person, as_of_day=-6)).enrolments == found.enrolments[:1]
    assert done.person == person
    with pytest.raises(NotFound):
        await enrol(club.graph, TIERED, club.call(), record="pos|nobody", joined_ms=1, now_ms=club.now_ms)
    with pytest.raises(InvalidInput):
        await enrol(club.graph, TIERED, club.call(), record=POS, joined_ms=club.at(1), now_ms=club.now_ms)


async def test_a_term_is_sold_renewed_and_cancelled_for_what_is_left_of_it(club: Club) -> None:
    person = await club.add(POS, PHONES[0])
    first = await buy_term(club.graph, TIERED, club.call("b"), person=person, tier="black_gold", now_ms=club.now_ms)
    again = await buy_term(club.graph, TIERED, club.call("b"), person=person, tier="black_gold", now_ms=club.at(1))
    second = await renew_term(club.graph, TIERED, club.call(), term=first.key, now_ms=club.at(10))

    unused = await cancel_any(club.graph, TIERED, club.call("c"), original=second.key, now_ms=club.at(11))
    refund = await cancel_any(club.graph, TIERED, club.call(), original=first.key, now_ms=club.at(64))

    assert again == first
    assert (first.amount, unused.amount, refund.amount) == (36_500, 36_500, 36_500 - 6_500)
    assert unused == await cancel_any(club.graph, TIERED, club.call("c"), original=second.key, now_ms=club.at(99))
    assert [await club.tier(person, day=day) for day in (0, 63, 64)] == ["black_gold", "black_gold", "member"]
    with pytest.raises(AlreadyEnded):
        await cancel_any(club.graph, TIERED, club.call(), original=first.key, now_ms=club.at(65))
    with pytest.raises(AlreadyEnded):
        await renew_term(club.graph, TIERED, club.call(), term=first.key, now_ms=club.at(65))
    with pytest.raises(NotForSale):
        await buy_term(club.graph, TIERED, club.call(), person=person, tier="gold", now_ms=club.now_ms)
    with pytest.raises(KeyReused):
        await buy_term(club.graph, TIERED, club.call("c"), person=person, tier="black_gold", now_ms=club.now_ms)


async def test_who_cancelled_all_and_buys_again_has_the_tier_at_once_and_no_day_is_paid_for_twice(club: Club) -> None:
    person = await club.add(POS, PHONES[0])

    async def buy(day: float) -> Operation:
        call, now_ms = club.call(), club.at(day)
        return await buy_term(club.graph, TIERED, call, person=person, tier="black_gold", now_ms=now_ms)

    async def cancel(term: Operation, day: float) -> int:
        call, now_ms = club.call(), club.at(day)
        return (await cancel_any(club.graph, TIERED, call, original=term.key, now_ms=now_ms)).amount

    first, second = await buy(0), await buy(1)
    await cancel(first, 100)
    third = await buy(160)
    terms = (await club.show(person, day=161)).terms

    assert await club.tier(person, day=160) == "black_gold"
    assert [terms[one.key].from_ms for one in (third, second)] == [club.at(160), terms[third.key].to_ms]
    assert terms[second.key].to_ms - terms[second.key].from_ms == 365 * DAY_MS
    assert await cancel(second, 161) == 36_500


async def test_a_grant_is_signed_ends_by_itself_or_is_ended(club: Club) -> None:
    person = await club.add(POS, PHONES[0])

    async def grant(tier: str, day: float | None, key: str | None = None) -> str:
        to_ms = None if day is None else club.at(day)
        done = await grant_tier(
            club.graph, TIERED, club.call(key), person=person, tier=tier, to_ms=to_ms, now_ms=club.now_ms
        )
        return done.key

    endless = await grant("silver", None)
    await grant("gold", 5)
    await cancel_any(club.graph, TIERED, club.call(), original=endless, now_ms=club.at(9))

    tiers = [await club.tier(person, day=day) for day in (0, 4, 5, 8, 9)]
    assert tiers == ["gold", "gold", "silver", "silver", "member"]
    assert (await club.show(person)).tier.stays[-1].rule == "lin: asked for"
    for tier, day in (("member", 5), ("platinum", 5), ("gold", -1)):
        with pytest.raises(InvalidInput):
            await grant(tier, day)
    with pytest.raises(AlreadyEnded):
        await cancel_any(club.graph, TIERED, club.call(), original=endless, now_ms=club.at(10))
    with pytest.raises(NotFound):
        await cancel_any(club.graph, TIERED, club.call(), original="test|nothing", now_ms=club.at(10))


async def test_a_benefit_is_used_once_for_a_key_and_no_oftener_than_its_quota_by_many_at_once(club: Club) -> None:
    person = await club.add(POS, PHONES[0])
    await club.buy(POS, "T1", 1000)
    done: set[str] = set()
    refused = 0

    async def use(number: int) -> None:
        nonlocal refused
        try:
            used = await use_benefit(
                club.graph, TIERED, club.call(f"u{number % 4}"), person=person, benefit="service", now_ms=club.now_ms
            )
            done.add(used.key)
        except QuotaUsed:
            refused += 1

    async with anyio.create_task_group() as group:
        for number in range(12):
            group.start_soon(use, number)

    assert len(done) == 1
    assert refused == 9
    assert [(one.benefit, one.left) for one in (await club.show(person)).allowances] == [("service", 0)]
    with pytest.raises(NotEntitled):
        await use_benefit(club.graph, TIERED, club.call(), person=person, benefit="cake", now_ms=club.now_ms)


async def test_a_repeat_gets_the_first_answer_whatever_the_programme_and_the_day_say_by_then(club: Club) -> None:
    person = await club.add(POS, PHONES[0])
    await club.buy(POS, "T1", 1000)
    bare = replace(TIERED, tiers=Tiers((Tier("member"),)), benefits=Benefits({}, {}))
    to_ms = club.at(5)

    def ask(programme: Programme, keys: str, day: float) -> list[Coroutine[Any, Any, Operation]]:
        graph = club.graph
        asked: dict[str, Any] = {"person": person, "now_ms": club.at(day)}
        return [
            grant_tier(graph, programme, club.call(f"{keys}1"), tier="gold", to_ms=to_ms, **asked),
            buy_term(graph, programme, club.call(f"{keys}2"), tier="black_gold", **asked),
            entitle(graph, programme, club.call(f"{keys}3"), benefit="cake", count=2, to_ms=to_ms, **asked),
            use_benefit(graph, programme, club.call(f"{keys}4"), benefit="service", **asked),
            issue_coupon(graph, programme, club.call(f"{keys}5"), kind="welcome", **asked),
        ]

    first = [await one for one in ask(TIERED, "k", 0)]
    before = await read_everything(club.graph)

    assert [await one for one in ask(bare, "k", 9)] == first
    for one in ask(bare, "new", 0):
        with pytest.raises(InvalidInput):
            await one
    assert await read_everything(club.graph) == before


async def test_what_is_given_to_a_person_comes_after_the_quota_of_their_tier(club: Club) -> None:
    person = await club.birth(POS, PHONES[0], "1990-09-30")
    await club.buy(POS, "T1", 1000)
    gift = await entitle(
        club.graph, TIERED, club.call(), person=person, benefit="service", count=1, to_ms=club.at(9), now_ms=club.now_ms
    )

    with pytest.raises(InvalidInput, match="from 1 to 1,000,000 times"):
        await entitle(
            club.graph, TIERED, club.call(), person=person, benefit="cake", count=2**31, to_ms=club.at(9), now_ms=1
        )

    first, second = [
        await use_benefit(club.graph, TIERED, club.call(), person=person, benefit="service", now_ms=club.now_ms)
        for _ in range(2)
    ]

    assert (first.original, second.original) == (None, gift.key)
    with pytest.raises(QuotaUsed):
        await use_benefit(club.graph, TIERED, club.call(), person=person, benefit="service", now_ms=club.now_ms)
    # The thousandth day of the epoch is in September.
    assert [one.benefit for one in (await club.show(person)).allowances] == ["service", "service", "cake"]
    with pytest.raises(NotHonoured):
        await use_benefit(
            club.graph, TIERED, club.call(), person=person, benefit="cake", now_ms=club.now_ms, where="F01"
        )


async def test_a_gift_is_there_where_the_tier_is_not_honoured(club: Club) -> None:
    person = await club.add(POS, PHONES[0])
    await club.buy(POS, "T1", 1000)

    async def use(where: str) -> str | None:
        call, at_ms = club.call(), club.now_ms
        done = await use_benefit(club.graph, TIERED, call, person=person, benefit="service", now_ms=at_ms, where=where)
        return done.original

    with pytest.raises(NotHonoured):
        await use("F01")
    gift = await entitle(
        club.graph, TIERED, club.call(), person=person, benefit="service", count=1, to_ms=club.at(9), now_ms=club.now_ms
    )

    assert await use("F01") == gift.key
    assert await use("S01") is None


async def test_a_coupon_is_redeemed_once_and_borne_by_those_who_agreed_to(club: Club) -> None:
    person = await club.add(POS, PHONES[0])
    issued, again, other = await club.issue(person, "i"), await club.issue(person, "i", day=1), await club.issue(person)

    async def redeem(code: str, fen: int, key: str | None = None, *, day: float = 1, where: str | None = None) -> int:
        done = await redeem_coupon(
            club.graph, TIERED, club.call(key), code=code, purchase_fen=fen, now_ms=club.at(day), where=where
        )
        return done.amount

    with pytest.raises(NotHonoured, match="not honoured in franchises"):
        await redeem(issued.code, 1000, "r", where="F01")
    taken = await redeem(issued.code.lower(), 101, "r", where="S01")

    assert again == issued != other
    assert taken == await redeem(issued.code, 101, "r", day=2, where="S01") == 101
    found = await get_coupon(club.graph, issued.code)
    assert (found.redeemed_ms, found.place, found.shares) == (club.at(1), "S01", {"brand": 71, "store": 30})
    for code, day in ((issued.code, 1), (other.code, 31)):
        with pytest.raises(CouponRefused):
            await redeem(code, 1000, day=day)
    with pytest.raises(NotFound):
        await redeem("NOTACODE", 1000)
    assert [one.redeemed_ms is None for one in (await club.show(person, day=2)).coupons].count(True) == 1


async def test_a_coupon_is_worth_what_was_promised_whatever_the_programme_says_since(club: Club) -> None:
    person = await club.add(POS, PHONES[0])
    codes = [(await club.issue(person)).code for _ in range(3)]
    tiny = CouponKind("welcome", percent=1, valid=Expiry("days", 30))
    cheaper, without, percent = [
        replace(TIERED, version=9, benefits=replace(TIERED.benefits, coupons=kinds))
        for kinds in ({"welcome": CouponKind("welcome", 100)}, {}, {"welcome": tiny})
    ]

    async def redeem(programme: Programme, code: str, fen: int) -> Operation:
        return await redeem_coupon(
            club.graph, programme, club.call(), code=code, purchase_fen=fen, now_ms=club.at(1), where="S01"
        )

    done = [await redeem(programme, code, 1000) for programme, code in zip((cheaper, without), codes, strict=False)]
    issued = await issue_coupon(club.graph, percent, club.call(), person=person, kind="welcome", now_ms=club.now_ms)
    small = await find_issued(club.graph, issued.key)

    assert [(one.amount, one.rule) for one in done] == [(300, "main@0/welcome")] * 2
    assert (await get_coupon(club.graph, codes[0])).shares == {"brand": 210, "store": 90}
    assert small is not None
    with pytest.raises(CouponRefused, match="less than 1 fen off a purchase of 50 fen"):
        await redeem(percent, small.code, 50)


async def test_spending_and_holding_are_refused_where_the_asset_is_not_honoured(club: Club) -> None:
    person = await club.add(POS, PHONES[0])
    await club.earn(POS, 70)

    async def spend(programme: Programme, key: str, where: str | None) -> int:
        call, at_ms = club.call(key), club.now_ms
        done = await spend_amount(
            club.graph, programme, call, person=person, asset="points", amount=10, now_ms=at_ms, where=where
        )
        return done.amount

    with pytest.raises(NotHonoured, match="points is not honoured in franchises, to which F01 belongs"):
        await spend(TIERED, "s1", "F01")
    with pytest.raises(NotHonoured):
        await hold_amount(
            club.graph,
            TIERED,
            club.call(),
            person=person,
            asset="points",
            amount=10,
            lasts_ms=60_000,
            now_ms=club.now_ms,
            where="F01",
        )
    open_wide = replace(TIERED, sharing=Sharing())

    assert await spend(open_wide, "s1", "F01") == 10
    # What was done is not undone by a switch: a repeat gets the first answer.
    assert await spend(TIERED, "s1", "F01") == 10
    with pytest.raises(KeyReused):
        await spend(TIERED, "s1", "S01")
    assert await spend(TIERED, "s2", None) == 10
    asking = replace(TIERED, sharing=replace(TIERED.sharing, place_required=True))
    with pytest.raises(NotHonoured, match="name the store or channel"):
        await spend(asking, "s3", None)
    assert await spend(asking, "s3", "S01") == 10


async def test_points_earned_reach_a_tier_and_points_taken_back_do_not(club: Club) -> None:
    by_points = replace(TIERED, tiers=Tiers((Tier("member"), Tier("silver", (Qualification("points", 100),)))))
    person = await club.add(POS, PHONES[0])
    done = [
        await earn_amount(
            club.graph,
            by_points,
            club.call(),
            record=POS,
            asset="points",
            amount=60,
            earned_ms=club.at(-day),
            now_ms=club.now_ms,
        )
        for day in (9, 3)
    ]
    graph, now_ms = club.graph, club.now_ms

    with count_statements() as counted:
        silver = await show_membership(graph, by_points, person, now_ms=now_ms)
    await reverse_earning(graph, by_points, club.call(), original=done[0].key, amount=30, now_ms=now_ms)
    member = await show_membership(graph, by_points, person, now_ms=now_ms)

    assert silver.tier.current is not None
    assert (silver.tier.current.tier, silver.tier.current.from_ms) == ("silver", club.at(-3))
    assert [one.have for one in member.tier.progress] == [90]
    assert counted.total == 3
    with count_statements() as by_spend:
        await club.show(person)
    assert by_spend.total == 2


async def _forget_standings(tx: Transaction) -> None:
    await tx.run(_FORGET)


async def _review(club: Club, day: float, *, after: str = "") -> list[Reviewed]:
    return [page async for page in review_tiers(club.graph, TIERED, now_ms=club.at(day), after=after)]


async def test_a_late_review_tells_the_same_changes_as_punctual_ones_and_each_once(club: Club) -> None:
    person = await club.add(POS, PHONES[0])
    await club.buy(POS, "T1", 1000, day=-10)
    await club.buy(POS, "T2", 2000, day=-5)
    punctual = [await _review(club, day) for day in (-8, -4, 0, 360, 400)]
    told = [notice for pages in punctual for page in pages for notice in page.told]
    changes = [notice for notice in told if notice.kind == "changed"]
    kept = [notice async for notice in stream_notices(club.graph, "main")]
    await club.graph.write(_forget_standings)
    [late] = await _review(club, 400)

    assert [(change.person, change.before, change.tier) for change in changes] == [
        (person, None, "silver"),
        (person, "silver", "gold"),
        (person, "gold", "silver"),
        (person, "silver", "member"),
    ]
    assert [change[:5] for change in map(astuple, late.told)] == [change[:5] for change in map(astuple, changes)]
    [notice] = [notice for notice in told if notice.kind == "announced"]
    midnight = club.at(385) - 8 * 3_600_000
    assert (notice.person, notice.before, notice.tier, notice.from_ms) == (person, "gold", "silver", midnight)
    assert (kept, [notice.number for notice in kept]) == (told, [1, 2, 3, 4, 5])


async def test_reviews_at_once_tell_each_thing_once_and_it_is_read_behind_the_last_number(club: Club) -> None:
    for number in range(3):
        await club.add(f"pos|p{number}", PHONES[number])
        await club.buy(f"pos|p{number}", f"T{number}", 1000, day=-10)

    async with anyio.create_task_group() as group:
        for _ in range(3):
            group.start_soon(_review, club, 0)

    told = [notice async for notice in stream_notices(club.graph, "main")]
    assert [notice.number for notice in told] == [1, 2, 3]
    assert len({notice.person for notice in told}) == 3
    assert [notice async for notice in stream_notices(club.graph, "main", after=1)] == told[1:]
    assert [notice async for notice in stream_notices(club.graph, "tea")] == []


async def test_an_erased_member_leaves_only_what_others_bear_and_a_copy_has_it_all(club: Club) -> None:
    person = await club.add(POS, PHONES[0])
    await club.buy(POS, "T1", 1000)
    await enrol(
        club.graph, TIERED, club.call(), record=POS, joined_ms=club.at(-9), now_ms=club.now_ms, referrer="guide-7"
    )
    await grant_tier(club.graph, TIERED, club.call(), person=person, tier="gold", to_ms=None, now_ms=club.now_ms)
    issued = [await club.issue(person) for _ in range(2)]

    async def redeem(coupon: Coupon, key: str) -> Operation:
        call, code = club.call(key), coupon.code
        return await redeem_coupon(club.graph, TIERED, call, code=code, purchase_fen=5, now_ms=club.now_ms, where="S01")

    redeemed = await redeem(issued[0], "r")
    await _review(club, 1)

    copy = await export_person(club.graph, club.identity, person, requested_by="test", reason="asked for")
    erased = await erase_person(club.graph, club.identity, person, requested_by="test", reason="asked for")

    assert sorted(fact["what"] for fact in copy["membership"]) == ["Coupon", "Coupon", "Enrolment", "TierGrant"]
    assert copy["receipt"]["counts"]["membership"] == erased.receipt.counts["membership"] == 4
    left = [text for text in await read_everything(club.graph) if "Operation" not in text]
    # No word that could be in a random id.
    assert not [text for text in left for word in ("guide-7", "TierGrant", "Standing", "TierNotice") if word in text]
    assert sum("'Coupon'" in text for text in left) == 1
    assert (await get_coupon(club.graph, issued[0].code)).person is None
    with pytest.raises(Erased):
        await club.show(person)
    assert await redeem(issued[0], "r") == redeemed
    with pytest.raises(KeyReused):
        await redeem(issued[1], "r")
    with pytest.raises(UnknownCoupon):
        await redeem(issued[1], "r2")


async def test_every_change_takes_as_many_statements_however_much_there_is(club: Club) -> None:
    person, graph = await club.add(POS, PHONES[0]), club.graph
    await club.buy(POS, "T1", 1000)
    counts: dict[str, int] = {}

    async def counted(name: str, change: Callable[..., Awaitable[Operation]], **asked: Any) -> str:
        with count_statements() as counter:
            done = await change(graph, TIERED, club.call(), **asked, now_ms=club.now_ms)
        counts[name] = counter.total
        return done.key

    await counted("enrol", enrol, record=POS, consent_ms=1)
    await counted("withdraw", withdraw_consent, person=person)
    granted = await counted("grant", grant_tier, person=person, tier="gold", to_ms=None)
    bought = await counted("buy", buy_term, person=person, tier="black_gold")
    await counted("renew", renew_term, term=bought)
    for name, original in (("end grant", granted), ("cancel", bought)):
        await counted(name, cancel_any, original=original)
    club.now_ms = club.at(9)
    await counted("buy before another", buy_term, person=person, tier="black_gold")
    await counted("give", entitle, person=person, benefit="cake", count=1, to_ms=club.at(1))
    await counted("use", use_benefit, person=person, benefit="cake")
    await counted("issue", issue_coupon, person=person, kind="welcome")
    [coupon] = (await club.show(person)).coupons
    await counted("redeem", redeem_coupon, code=coupon.code, purchase_fen=500)
    with count_statements() as counter:
        await _review(club, 0)

    assert counts == {
        **dict.fromkeys(("enrol", "withdraw", "grant", "buy", "renew", "give", "use", "issue", "redeem"), 4),
        **dict.fromkeys(("end grant", "cancel", "buy before another"), 5),
    }
    assert counter.total == 10


async def test_facts_of_another_programme_are_named_and_left_alone(club: Club) -> None:
    person = await club.add(POS, PHONES[0])
    coupon, other = await club.issue(person), replace(TIERED, name="tea")
    term = await buy_term(club.graph, TIERED, club.call(), person=person, tier="black_gold", now_ms=club.now_ms)
    before = await club.show(person)

    with pytest.raises(InvalidInput, match="of the programme main, not of tea"):
        await redeem_coupon(club.graph, other, club.call(), code=coupon.code, purchase_fen=500, now_ms=club.now_ms)
    for change in (
        renew_term(club.graph, other, club.call(), term=term.key, now_ms=club.now_ms),
        cancel_any(club.graph, other, club.call(), original=term.key, now_ms=club.now_ms),
    ):
        with pytest.raises(InvalidInput, match="of the programme main, not of tea"):
            await change

    assert await club.show(person) == before


async def test_a_consent_is_withdrawn_once_and_given_again_by_another_enrolment(club: Club) -> None:
    person = await club.add(POS, PHONES[0])

    async def agree(day: float) -> None:
        call, at_ms = club.call(), club.at(day)
        await enrol(club.graph, TIERED, call, record=POS, joined_ms=at_ms, consent_ms=at_ms, now_ms=at_ms)

    async def withdraw(key: str | None = None) -> Operation:
        return await withdraw_consent(club.graph, TIERED, club.call(key), person=person, now_ms=club.now_ms)

    with pytest.raises(NoConsent):
        await withdraw()
    await agree(-9)
    done = await withdraw("w")

    assert await withdraw("w") == done
    with pytest.raises(NoConsent):
        await withdraw()
    found = await club.show(person)
    assert (found.begins_ms, [one.withdrawn_ms for one in found.enrolments]) == (club.at(-9), [club.now_ms])
    assert [one.consents for one in (await club.show(person, as_of_day=-1)).enrolments] == [True]
    await agree(1)
    assert [one.consents for one in (await club.show(person, day=2)).enrolments] == [False, True]
