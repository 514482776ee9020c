from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Coroutine
from copy import copy
from dataclasses import replace
from typing import Any, TypeVar

import anyio
import pytest

from graph.database import Graph, count_statements
from graph.deadlines import left_of, work_within
from graph.open_lots import FEW
from hub.core.errors import Conflict, Erased, InvalidInput, NotFound
from hub.core.ledger import ExceedsOriginal, HoldEnded, InsufficientBalance, KeyReused, Operation, Slice
from hub.core.model import DAY_MS
from hub.services.identity import Identity
from hub.services.ledger.earning import adjust, confirm_earning, earn_amount
from hub.services.ledger.expire import expire_due, stream_notices
from hub.services.ledger.history import fetch_history
from hub.services.ledger.holding import capture_hold, hold_amount, release_hold
from hub.services.ledger.request import Call, Request
from hub.services.ledger.reversing import reverse_earning
from hub.services.ledger.spending import refund_amount, spend_amount, transfer_amount
from hub.services.ledger.taking import Taking, take_from_person
from hub.services.ledger.verify import Proof, verify_ledger
from hub.services.personal_data.export import export_person
from rules.ledger import spending
from rules.ledger.book import Book
from rules.ledger.terms import Terms
from rules.programme import Programme
from rules.sharing import PlaceGroup, Sharing
from tests.simulation.shaky import ProcessDied
from tests.support.contents import read_everything
from tests.support.events import PHONES
from tests.support.ledger import NOW, PROGRAMME, Members
from tests.support.stewardship import put, said

pytestmark = pytest.mark.anyio

_T = TypeVar("_T")


@pytest.fixture
def members(graph: Graph, identity: Identity) -> Members:
    return Members(graph, identity)


async def _verify(members: Members) -> Proof:
    proof = await verify_ledger(members.graph, now_ms=NOW)
    assert not proof.wrong
    return proof


async def test_points_earned_in_one_system_are_spent_in_another(members: Members) -> None:
    person = await members.add("tmall:flagship|t1", PHONES[0])
    other = await members.add("pos|p1", PHONES[0])
    await members.earn("tmall:flagship|t1", 70, days=30)
    await members.earn("pos|p1", 50)

    await members.spend(other, 90)

    assert (await members.balance(person)).available == 30
    assert await members.balance(person) == await members.balance(other)
    await _verify(members)


async def test_merging_and_parting_conserve_every_total_and_send_lots_home(members: Members) -> None:
    one = await members.add("tmall:flagship|t1", PHONES[0])
    two = await members.add("pos|p1", PHONES[1])
    await members.earn("tmall:flagship|t1", 70, days=30)
    await members.earn("pos|p1", 50)

    await members.add("wechat:mini|w1", PHONES[0])
    await put(members.graph, members.identity, said("pos|p1", ("phone", PHONES[0]), at=5))
    assert (await members.balance(two)).available == 120
    await members.spend(two, 80)
    await put(members.graph, members.identity, said("pos|p1", ("phone", PHONES[1]), at=9))

    # What expired first was spent first: all of the 70, and 10 of the 50.
    assert (await members.balance(one)).available == 0
    assert (await members.balance(two)).available == 40
    await _verify(members)


async def test_the_same_request_is_done_once_and_another_under_its_key_is_refused(members: Members) -> None:
    person = await members.add("pos|p1", PHONES[0])
    first = await members.earn("pos|p1", 70, key="order-1")

    assert await members.earn("pos|p1", 70, key="order-1") == first
    with pytest.raises(KeyReused) as refused:
        await members.earn("pos|p1", 71, key="order-1")

    assert first.digest in refused.value.safe_message
    spent = await members.spend(person, 70, key="till-1")
    assert await members.spend(person, 70, key="till-1") == spent
    assert (await members.balance(person)).available == 0
    await _verify(members)


async def test_a_refused_operation_leaves_nothing_and_its_key_can_be_used(members: Members) -> None:
    person = await members.add("pos|p1", PHONES[0])
    await members.earn("pos|p1", 70)

    with pytest.raises(InsufficientBalance) as refused:
        await members.spend(person, 71, key="till-1")
    await members.earn("pos|p1", 1)
    await members.spend(person, 71, key="till-1")

    assert refused.value.available == 70


@pytest.mark.parametrize("processes", [1, 8])
async def test_many_clients_spend_one_balance_to_its_end_and_never_beyond(members: Members, processes: int) -> None:
    person = await members.add("pos|p1", PHONES[0])
    await members.add("tmall:flagship|t1", PHONES[0])
    await members.earn("pos|p1", 50)
    await members.earn("tmall:flagship|t1", 50, days=9)
    # Who shares a graph is served together; each copy has its own tills, as a process would.
    graphs = [copy(members.graph) for _ in range(processes)]
    done: list[Operation] = []
    refused = 0

    async def spend(number: int) -> None:
        nonlocal refused
        till = replace(members, graph=graphs[number % processes])
        try:
            done.append(await till.spend(person, 7, key=f"till-{number}"))
        except InsufficientBalance:
            refused += 1

    async with anyio.create_task_group() as group:
        for number in range(32):
            group.start_soon(spend, number)

    assert (len(done), refused) == (14, 18)
    assert (await members.balance(person)).available == 2
    await _verify(members)


async def test_tills_that_wait_for_one_person_share_a_transaction_and_each_is_answered(
    members: Members,
) -> None:
    person = await members.add("pos|p1", PHONES[0])
    await members.earn("pos|p1", 100)
    answers: dict[int, str] = {}

    async def spend(number: int) -> None:
        try:
            done = await members.spend(person, 9 + number // 12, key=f"till-{number % 12}")
            answers[number] = done.key
        except (InsufficientBalance, KeyReused) as refused:
            answers[number] = type(refused).__name__

    with count_statements() as counter:
        async with anyio.create_task_group() as group:
            for number in range(15):
                group.start_soon(spend, number)

    assert counter.by_name == {"accounts.open_person": 1, "postings.move": 1}
    spent = {number: f"test|till-{number}" for number in range(11)}
    assert answers == {**spent, 11: "InsufficientBalance", 12: "KeyReused", 13: "KeyReused", 14: "KeyReused"}
    assert (await members.balance(person)).available == 1
    await _verify(members)


async def test_a_turn_of_tills_has_the_time_of_a_transaction_not_what_one_of_them_has_left(members: Members) -> None:
    person = await members.add("pos|p1", PHONES[0])
    await members.earn("pos|p1", 100)
    seen: list[float] = []

    async def spend(number: int, seconds: float | None) -> None:
        def post(book: Book) -> list[Slice]:
            seen.append(left_of(3600))
            return spending.spend(book, 10)

        request = Request("spend", members.call(), PROGRAMME, "points", 10, person)
        with work_within(seconds):
            await take_from_person(members.graph, Taking(request, NOW + number, post))

    async with anyio.create_task_group() as group:
        for number, seconds in enumerate((0, None, 5)):
            group.start_soon(spend, number, seconds)

    assert seen == [3600] * 3
    assert (await members.balance(person)).available == 70


async def test_clients_that_repeat_each_other_do_it_once(members: Members) -> None:
    person = await members.add("pos|p1", PHONES[0])
    done: list[Operation] = []

    async def earn() -> None:
        done.append(await members.earn("pos|p1", 7, key="order-1"))

    async with anyio.create_task_group() as group:
        for _ in range(16):
            group.start_soon(earn)

    assert len({operation.at_ms for operation in done}) == 1
    assert (await members.balance(person)).available == 7
    await _verify(members)


async def test_a_hold_is_captured_in_parts_and_the_rest_released(members: Members) -> None:
    person = await members.add("pos|p1", PHONES[0])
    await members.earn("pos|p1", 100)
    held = await members.hold(person, 60)
    assert ((await members.balance(person)).available, (await members.balance(person)).held) == (40, 60)

    used = await capture_hold(
        members.graph, PROGRAMME, members.call(), original=held.key, amount=20, now_ms=NOW, final=False
    )
    await capture_hold(members.graph, PROGRAMME, members.call(), original=held.key, amount=10, now_ms=NOW)

    assert ((await members.balance(person)).available, (await members.balance(person)).held) == (70, 0)
    with pytest.raises(HoldEnded):
        await capture_hold(members.graph, PROGRAMME, members.call(), original=held.key, amount=1, now_ms=NOW)
    await refund_amount(members.graph, PROGRAMME, members.call(), original=used.key, amount=20, now_ms=NOW)
    assert (await members.balance(person)).available == 90
    await _verify(members)


async def test_a_hold_that_nobody_captures_is_free_after_its_deadline_without_any_job(members: Members) -> None:
    person = await members.add("pos|p1", PHONES[0])
    await members.earn("pos|p1", 100)
    held = await members.hold(person, 60)

    members.now_ms = NOW + DAY_MS
    assert ((await members.balance(person)).available, (await members.balance(person)).held) == (100, 0)
    released = await release_hold(members.graph, PROGRAMME, members.call(), original=held.key, now_ms=members.now_ms)

    assert released.kind == "release"
    await members.spend(person, 100)
    await _verify(members)


async def test_a_hold_lasts_as_long_as_was_asked_for_though_it_had_to_wait(members: Members) -> None:
    person = await members.add("pos|p1", PHONES[0])
    await members.earn("pos|p1", 100)
    asked: dict[str, Any] = {"person": person, "asset": "points", "amount": 10}

    held, _ = await asyncio.gather(
        hold_amount(members.graph, PROGRAMME, members.call(), lasts_ms=DAY_MS, now_ms=NOW, **asked),
        spend_amount(members.graph, PROGRAMME, members.call(), now_ms=NOW + 2 * DAY_MS, **asked),
    )

    members.now_ms = held.at_ms + DAY_MS - 1
    assert (held.at_ms, (await members.balance(person)).held) == (NOW + 2 * DAY_MS, 10)


async def test_a_refund_never_gives_back_more_than_was_spent(members: Members) -> None:
    person = await members.add("pos|p1", PHONES[0])
    await members.earn("pos|p1", 100)
    spent = await members.spend(person, 30)
    results: list[str] = []

    async def refund() -> None:
        try:
            await refund_amount(members.graph, PROGRAMME, members.call(), original=spent.key, amount=20, now_ms=NOW)
            results.append("refunded")
        except ExceedsOriginal as refused:
            results.append(f"only {refused.left} left")

    async with anyio.create_task_group() as group:
        for _ in range(4):
            group.start_soon(refund)

    assert sorted(results) == ["only 10 left"] * 3 + ["refunded"]
    assert (await members.balance(person)).available == 90
    await _verify(members)


async def test_points_of_a_returned_order_are_owed_where_they_were_spent(members: Members) -> None:
    person = await members.add("pos|p1", PHONES[0])
    earned = await members.earn("pos|p1", 100)
    await members.spend(person, 80)

    await reverse_earning(members.graph, PROGRAMME, members.call(), original=earned.key, amount=50, now_ms=NOW)
    balance = await members.balance(person)

    assert (balance.available, balance.owed) == (-30, 30)
    await members.earn("pos|p1", 40)
    assert (await members.balance(person)).available == 10
    await _verify(members)


async def test_points_wait_for_their_order_to_be_safe(members: Members) -> None:
    person = await members.add("pos|p1", PHONES[0])
    earned = await earn_amount(
        members.graph,
        PROGRAMME,
        members.call(),
        record="pos|p1",
        asset="points",
        amount=10,
        earned_ms=NOW,
        now_ms=NOW,
        pending_ms=None,
    )
    assert ((await members.balance(person)).available, (await members.balance(person)).pending) == (0, 10)

    await confirm_earning(
        members.graph, PROGRAMME, members.call(), original=earned.key, pending_ms=NOW + DAY_MS, now_ms=NOW
    )

    members.now_ms = NOW + DAY_MS
    assert ((await members.balance(person)).available, (await members.balance(person)).pending) == (10, 0)
    await _verify(members)


async def test_a_member_gives_points_to_another(members: Members) -> None:
    one = await members.add("pos|p1", PHONES[0])
    two = await members.add("pos|p2", PHONES[1])
    await members.add("tmall:flagship|t1", PHONES[0])
    await members.earn("pos|p1", 100)

    await transfer_amount(
        members.graph, PROGRAMME, members.call(), giver=one, receiver="pos|p2", asset="points", amount=30, now_ms=NOW
    )

    assert [(await members.balance(person)).available for person in (one, two)] == [70, 30]
    with pytest.raises(InvalidInput):
        await transfer_amount(
            members.graph,
            PROGRAMME,
            members.call(),
            giver=one,
            receiver="tmall:flagship|t1",
            asset="points",
            amount=30,
            now_ms=NOW,
        )
    await _verify(members)


async def test_a_gift_to_an_account_that_is_ahead_leaves_the_giver_what_has_not_expired_by_then(
    members: Members,
) -> None:
    giver = await members.add("pos|p1", PHONES[0])
    receiver = await members.add("pos|p2", PHONES[1])
    for days in range(1, FEW + 3):
        await members.earn("pos|p1", 1, days=days)
    members.now_ms = NOW + 2 * DAY_MS
    await members.earn("pos|p2", 5)
    given: dict[str, Any] = {"giver": giver, "receiver": "pos|p2", "asset": "points", "now_ms": NOW}

    with pytest.raises(InsufficientBalance) as refused:
        await transfer_amount(members.graph, PROGRAMME, members.call(), amount=FEW + 1, **given)
    with count_statements() as counter:
        await transfer_amount(members.graph, PROGRAMME, members.call(), amount=3, **given)

    assert refused.value.available == FEW
    assert counter.by_name["accounts.open_person"] == 2
    assert [(await members.balance(person)).available for person in (giver, receiver)] == [FEW - 3, 8]
    await _verify(members)


async def test_a_repeat_gets_the_first_answer_whatever_the_programme_allows_by_then(members: Members) -> None:
    person = await members.add("pos|p1", PHONES[0])
    await members.add("pos|p2", PHONES[1])
    earned = await members.earn("pos|p1", 100)
    points = replace(PROGRAMME.assets["points"], terms=Terms("refuse", transfers=False))
    strict = replace(PROGRAMME, assets={"points": points}, sharing=Sharing((PlaceGroup("f", "franchise", ("F1",)),)))

    def ask(programme: Programme, keys: str) -> list[Coroutine[Any, Any, Operation]]:
        graph = members.graph
        asked: dict[str, Any] = {"asset": "points", "amount": 30, "now_ms": NOW}
        return [
            transfer_amount(graph, programme, members.call(f"{keys}1"), giver=person, receiver="pos|p2", **asked),
            spend_amount(graph, programme, members.call(f"{keys}2"), person=person, where="S1", **asked),
            hold_amount(
                graph, programme, members.call(f"{keys}3"), person=person, where="S1", lasts_ms=DAY_MS, **asked
            ),
            reverse_earning(graph, programme, members.call(f"{keys}4"), original=earned.key, amount=40, now_ms=NOW),
        ]

    first = [await one for one in ask(PROGRAMME, "k")]

    assert [await one for one in ask(strict, "k")] == first
    for one in ask(strict, "new"):
        with pytest.raises(Conflict):
            await one
    await _verify(members)


async def test_an_adjustment_names_who_and_why(members: Members) -> None:
    person = await members.add("pos|p1", PHONES[0])
    signed = Call("test", "a1", author="lin", reason="complaint 7")
    await adjust(members.graph, PROGRAMME, signed, record="pos|p1", asset="points", amount=40, now_ms=NOW)
    signed = Call("test", "a2", author="lin", reason="complaint 7 was of somebody else")
    await adjust(members.graph, PROGRAMME, signed, record="pos|p1", asset="points", amount=-15, now_ms=NOW)

    assert (await members.balance(person)).available == 25
    with pytest.raises(InvalidInput):
        await adjust(
            members.graph, PROGRAMME, Call("test", "a3"), record="pos|p1", asset="points", amount=1, now_ms=NOW
        )
    with pytest.raises(InvalidInput, match="took away"):
        await reverse_earning(members.graph, PROGRAMME, members.call(), original="test|a2", amount=1, now_ms=NOW)
    await _verify(members)


async def test_the_nightly_work_writes_what_expired_and_nothing_twice(members: Members) -> None:
    people = {}
    for number in range(3):
        people[number] = await members.add(f"pos|p{number}", PHONES[number])
        await members.earn(f"pos|p{number}", 10 + number, days=number + 1)
        await members.earn(f"pos|p{number}", 5, days=30)

    notices = [
        notice
        async for notice in stream_notices(members.graph, "main", "points", now_ms=NOW, until_ms=NOW + 2 * DAY_MS)
    ]
    first = await expire_due(members.graph, now_ms=NOW + 2 * DAY_MS)
    second = await expire_due(members.graph, now_ms=NOW + 2 * DAY_MS)

    assert sorted(notice[:2] for notice in notices) == sorted([(people[0], 10), (people[1], 11)])
    assert (first.accounts, first.entries, second.accounts) == (2, 2, 0)
    members.now_ms = NOW + 2 * DAY_MS
    assert [(await members.balance(people[number])).available for number in range(3)] == [5, 5, 17]
    proof = await _verify(members)
    assert proof.totals["main", "points", "expire"] == -21


async def test_what_cannot_be_is_refused_and_changes_nothing(members: Members) -> None:
    person = await members.add("pos|p1", PHONES[0])
    spend = {"person": person, "asset": "points", "amount": 1, "now_ms": NOW}

    for wrong, error in (
        ({"amount": 0}, InvalidInput),
        ({"amount": -1}, InvalidInput),
        ({"amount": 2**53}, InvalidInput),
        ({"asset": "gold"}, InvalidInput),
        ({"person": "01ARZ3NDEKTSV4RRFFQ69G5FAV"}, NotFound),
    ):
        with pytest.raises(error):
            await spend_amount(members.graph, PROGRAMME, members.call(), **{**spend, **wrong})  # type: ignore[arg-type]
    earn = {"record": "pos|p1", "asset": "points", "amount": 1, "now_ms": NOW}
    for instants in (
        {"expires_at_ms": 0},
        {"expires_at_ms": NOW},
        {"expires_at_ms": NOW + 2, "pending_ms": NOW + 2},
        {"pending_ms": NOW + 400 * DAY_MS},
        {"earned_ms": NOW + 1},
    ):
        with pytest.raises(InvalidInput, match="check the instant"):
            await earn_amount(members.graph, PROGRAMME, members.call(), **{**earn, **instants})  # type: ignore[arg-type]
    with pytest.raises(NotFound):
        await members.earn("pos|nobody", 5)
    with pytest.raises(InvalidInput):
        await fetch_history(members.graph, PROGRAMME, person, "gold")
    with pytest.raises(NotFound):
        await refund_amount(members.graph, PROGRAMME, members.call(), original="test|no", amount=1, now_ms=NOW)
    assert (await verify_ledger(members.graph, now_ms=NOW)).entries == 0


async def test_spending_from_thousands_of_lots_reads_only_the_first_and_takes_the_soonest(members: Members) -> None:
    person = await members.add("pos|p1", PHONES[0])
    amounts = {days: days % 7 + 1 for days in range(1, 161)}
    for days in sorted(amounts, key=lambda days: days * 37 % 161):
        await members.earn("pos|p1", amounts[days], days=days)
    first = sum(amounts[days] for days in range(1, 121))

    with count_statements() as counter:
        small = await members.spend(person, 1)
    large, again = await asyncio.gather(
        members.spend(person, first - 2, key="large"), members.spend(person, 1, key="large"), return_exceptions=True
    )

    assert counter.total == 4
    assert isinstance(large, Operation)
    assert isinstance(again, KeyReused)
    taken = [part.amount for part in (*small.slices, *large.slices)]
    assert taken == [1, amounts[1] - 1, *(amounts[day] for day in range(2, 120)), amounts[120] - 1]
    await refund_amount(members.graph, PROGRAMME, members.call(), original=large.key, amount=first - 2, now_ms=NOW)
    members.now_ms = NOW + 150 * DAY_MS
    assert (await members.balance(person)).available == sum(amounts[day] for day in range(151, 161))
    await members.spend(person, 5)
    await _verify(members)


async def test_statements_of_each_operation_are_few(members: Members) -> None:
    person = await members.add("pos|p1", PHONES[0])
    await members.add("pos|p2", PHONES[1])
    costs: dict[str, int] = {}

    async def count(name: str, work: Awaitable[_T]) -> _T:
        with count_statements() as counter:
            done = await work
        costs[name] = counter.total
        return done

    graph, call = members.graph, members.call
    earned = await count("earn", members.earn("pos|p1", 100))
    spent = await count("spend", members.spend(person, 30))
    held = await count("hold", members.hold(person, 20))
    other = await members.hold(person, 5)
    await count("balance", members.balance(person))
    on_spent: dict[str, Any] = {"original": spent.key, "now_ms": NOW}
    on_held: dict[str, Any] = {"original": held.key, "now_ms": NOW}
    on_earned: dict[str, Any] = {"original": earned.key, "now_ms": NOW}
    await count("refund", refund_amount(graph, PROGRAMME, call(), amount=5, **on_spent))
    await count("capture", capture_hold(graph, PROGRAMME, call(), amount=5, **on_held))
    await count("release", release_hold(graph, PROGRAMME, call(), original=other.key, now_ms=NOW))
    await count("confirm", confirm_earning(graph, PROGRAMME, call(), pending_ms=NOW + 1, **on_earned))
    await count("reverse", reverse_earning(graph, PROGRAMME, call(), amount=5, **on_earned))
    by_hand: dict[str, Any] = {"record": "pos|p1", "asset": "points", "now_ms": NOW + 1}
    await count("adjust", adjust(graph, PROGRAMME, _by_hand(members), amount=-5, **by_hand))
    given: dict[str, Any] = {"giver": person, "receiver": "pos|p2", "asset": "points", "amount": 5, "now_ms": NOW + 1}
    await count("transfer", transfer_amount(graph, PROGRAMME, call(), **given))
    await count("expire", expire_due(graph, now_ms=NOW + 400 * DAY_MS))

    assert costs == {
        "earn": 2,
        "spend": 2,
        "hold": 2,
        "balance": 1,
        "refund": 4,
        "capture": 4,
        "release": 4,
        "confirm": 4,
        "reverse": 4,
        "adjust": 2,
        "transfer": 3,
        "expire": 5,
    }


def _by_hand(members: Members) -> Call:
    return replace(members.call(), author="a", reason="r")


async def test_a_night_that_is_cut_short_goes_on_where_it_ended(members: Members) -> None:
    for place, phone in enumerate(PHONES[:3]):
        await members.add(f"pos|p{place}", phone)
        await members.earn(f"pos|p{place}", 10 + place, days=1)
    told: list[tuple[int, int]] = []

    def die(done: int, total: int) -> None:
        told.append((done, total))
        raise ProcessDied

    with pytest.raises(ProcessDied):
        await expire_due(members.graph, now_ms=NOW + 2 * DAY_MS, progress=die, at_once=1)
    rest = await expire_due(members.graph, now_ms=NOW + 2 * DAY_MS, at_once=1)

    assert told == [(1, 3)]
    assert (rest.accounts, rest.entries) == (2, 2)
    proof = await _verify(members)
    assert proof.totals["main", "points", "expire"] == -33


async def test_a_copy_of_everything_holds_each_account_with_its_entries(members: Members) -> None:
    person = await members.add("pos|p1", PHONES[0])
    await members.earn("pos|p1", 100)
    await members.spend(person, 30)

    copy = await export_person(members.graph, members.identity, person, requested_by="test", reason="asked for")

    [account] = copy["ledger"]
    assert (account["record"], account["asset"], account["left"], account["owed"]) == ("pos|p1", "points", 70, 0)
    assert [(entry["kind"], entry["amount"]) for entry in account["entries"]] == [("earn", 100), ("spend", -30)]


async def test_an_erased_member_cannot_spend_and_the_totals_stay(members: Members) -> None:
    person = await members.add("pos|p1", PHONES[0])
    earned = await members.earn("pos|p1", 101, key="e")
    spent = await members.spend(person, 1, key="s")
    told = Call("test", "t", cause="call of Zhang San", author="lin", reason="13812345678 complained")
    asked: dict[str, Any] = {"record": "pos|p1", "asset": "points", "now_ms": NOW}
    await adjust(members.graph, PROGRAMME, told, amount=7, **asked)
    await adjust(members.graph, PROGRAMME, replace(told, key="u"), amount=-7, **asked)
    await members.erase(person)

    assert not [line for line in await read_everything(members.graph) if "Zhang" in line or "complained" in line]

    assert (await members.earn("pos|p1", 101, key="e"), await members.spend(person, 1, key="s")) == (earned, spent)
    with pytest.raises(KeyReused):
        await members.spend(person, 2, key="s")
    with pytest.raises(NotFound):
        await members.earn("pos|p1", 1)
    with pytest.raises(Erased):
        await members.spend(person, 1)
    with pytest.raises(Erased):
        await members.balance(person)
    proof = await _verify(members)
    assert proof.totals["main", "points", "worth"] == 100
