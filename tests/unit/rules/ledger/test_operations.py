"""What each operation does to lots, debts and holds."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import pytest

from hub.core.errors import InvalidInput, InvariantBroken
from hub.core.ledger import (
    FOREVER_MS,
    MAX_AMOUNT,
    Account,
    AlreadySpent,
    AmountTooLarge,
    ExceedsOriginal,
    HoldEnded,
    InsufficientBalance,
    Kind,
    Slice,
    TransferForbidden,
)
from hub.core.model import DAY_MS
from rules.ledger.book import Book
from rules.ledger.earning import adjust_down, confirm, earn, restate
from rules.ledger.holding import MOST_HOLDS, capture, hold, release
from rules.ledger.posting import post
from rules.ledger.reversing import reverse
from rules.ledger.slices import cut
from rules.ledger.spending import refund, spend, transfer
from rules.ledger.terms import Terms

NOW = 1_000 * DAY_MS
ZONE = ZoneInfo("Asia/Shanghai")
DEBT, CAP, REFUSE = Terms("debt"), Terms("cap"), Terms("refuse")


def _book(*names: str) -> Book:
    return Book([Account(name) for name in names or ("a",)], NOW)


def _later(book: Book, days: float) -> Book:
    return Book(book.accounts.values(), NOW + int(days * DAY_MS))


def _earn(book: Book, amount: int, days: int | None = None, account: str = "a", pending: int = 0) -> str:
    expires_ms = FOREVER_MS if days is None else NOW + days * DAY_MS
    return earn(
        book, account, amount, earned_ms=NOW, pending_ms=NOW + pending * DAY_MS if pending else 0, expires_ms=expires_ms
    )


def _left(book: Book, account: str = "a") -> dict[str, int]:
    return {lot.id: lot.left for lot in book.accounts[account].lots.values()}


def test_the_soonest_to_expire_is_spent_first_whatever_account_holds_it() -> None:
    book = _book("a", "b")
    forever, month, week = _earn(book, 5), _earn(book, 5, 30), _earn(book, 5, 7, "b")

    slices = spend(book, 8)

    assert slices == [Slice("b", week, 5), Slice("a", month, 3)]
    assert _left(book) == {forever: 5, month: 2}


def test_nothing_more_than_what_is_available_can_be_spent() -> None:
    book = _book()
    _earn(book, 5)
    _earn(book, 7, pending=3)

    with pytest.raises(InsufficientBalance) as refused:
        spend(book, 6)

    assert refused.value.available == 5
    assert book.entries == book.entries[:2]
    assert spend(_later(book, 3), 12)


def test_a_lot_is_of_no_use_from_the_instant_at_which_it_expires() -> None:
    book = _book()
    lot = _earn(book, 5, 7)

    assert Book(book.accounts.values(), NOW + 7 * DAY_MS - 1).available() == 5
    late = _later(book, 9)

    assert late.available() == 0
    [entry] = late.entries
    assert (entry.kind, entry.at_ms, entry.amount) == (Kind.EXPIRE, NOW + 7 * DAY_MS, -5)
    assert late.accounts["a"].lots[lot].expired == 5


def test_a_refund_goes_back_to_the_lots_that_were_spent_the_last_taken_first() -> None:
    book = _book()
    week, month = _earn(book, 5, 7), _earn(book, 5, 30)
    slices = spend(book, 8)

    refund(book, slices, 0, 4, DEBT, ZONE)
    assert _left(book) == {week: 1, month: 5}
    refund(book, slices, 4, 4, DEBT, ZONE)

    assert _left(book) == {week: 5, month: 5}
    with pytest.raises(ExceedsOriginal):
        refund(book, slices, 8, 1, DEBT, ZONE)


def test_a_refund_after_the_expiry_lives_for_the_days_of_grace() -> None:
    book = _book()
    week = _earn(book, 5, 7)
    slices = spend(book, 5)

    late = _later(book, 10)
    refund(late, slices, 0, 5, Terms(grace_days=3), ZONE)

    assert _left(late) == {week: 5}
    # To the end of the third day in Shanghai.
    assert _later(late, 13.6).available() == 5
    assert _later(late, 13.7).available() == 0


def test_a_refund_after_the_expiry_is_lost_where_there_is_no_grace() -> None:
    book = _book()
    _earn(book, 5, 7)
    slices = spend(book, 5)

    late = _later(book, 10)
    refund(late, slices, 0, 5, DEBT, ZONE)

    assert late.available() == 0
    assert [entry.kind for entry in late.entries] == [Kind.REFUND, Kind.EXPIRE]


def test_what_is_held_cannot_be_spent_and_can_be_captured_in_parts() -> None:
    book = _book()
    _earn(book, 10)
    held = hold(book, "till-1", 8, NOW + DAY_MS)

    assert book.available() == 2
    capture(book, "till-1", held, 3, DEBT, final=False)
    assert book.available() == 2
    capture(book, "till-1", held, 4, DEBT)

    assert book.available() == 3
    assert not book.accounts["a"].holds
    with pytest.raises(HoldEnded):
        capture(book, "till-1", held, 1, DEBT)


def test_no_more_is_captured_than_is_held() -> None:
    book = _book()
    _earn(book, 10)
    held = hold(book, "till-1", 4, NOW + DAY_MS)

    with pytest.raises(ExceedsOriginal) as refused:
        capture(book, "till-1", held, 5, DEBT)

    assert refused.value.left == 4


def test_an_account_has_so_many_holds_and_no_more_until_one_ends() -> None:
    book = _book()
    _earn(book, 1_000)
    for number in range(MOST_HOLDS):
        held = hold(book, f"till-{number}", 1, NOW + DAY_MS)

    with pytest.raises(InvalidInput):
        hold(book, "one-more", 1, NOW + DAY_MS)

    release(book, f"till-{MOST_HOLDS - 1}", held)
    assert hold(book, "one-more", 1, NOW + DAY_MS)


def test_a_hold_ends_with_its_deadline() -> None:
    book = _book()
    _earn(book, 10)
    held = hold(book, "till-1", 8, NOW + DAY_MS)

    late = _later(book, 1)

    assert late.available() == 10
    assert [entry.kind for entry in late.entries] == [Kind.LAPSE]
    with pytest.raises(HoldEnded):
        capture(late, "till-1", held, 1, DEBT)
    assert release(late, "till-1", held) == 0


def test_what_expires_while_it_is_held_can_be_captured_and_is_lost_when_it_is_released() -> None:
    book = _book()
    _earn(book, 10, 1)
    held = hold(book, "till-1", 8, NOW + 5 * DAY_MS)

    late = _later(book, 2)
    capture(late, "till-1", held, 3, DEBT, final=False)
    release(late, "till-1", held)

    [lot] = late.accounts["a"].lots.values()
    assert (lot.left, lot.spent, lot.expired) == (0, 3, 7)


def test_what_was_spent_is_owed_and_paid_by_what_comes_next() -> None:
    book = _book()
    lot = _earn(book, 10)
    spend(book, 7)

    reverse(book, "a", lot, 10, DEBT)
    assert (book.available(), book.accounts["a"].debt) == (-7, 7)
    _earn(book, 4, pending=9)
    _earn(book, 5)

    assert (book.available(), book.accounts["a"].debt) == (2, 0)
    with pytest.raises(ExceedsOriginal):
        reverse(book, "a", lot, 1, DEBT)


def test_a_debt_of_one_record_is_taken_off_what_its_person_can_spend() -> None:
    book = _book("a", "b")
    lot = _earn(book, 10)
    _earn(book, 20, account="b")
    spend(book, 10)

    reverse(book, "a", lot, 10, DEBT)

    assert book.available() == 10
    assert book.accounts["b"].worth == 20
    with pytest.raises(InsufficientBalance):
        spend(book, 11)


def test_a_capped_claw_back_takes_what_is_there_and_forgives_the_rest() -> None:
    book = _book()
    lot = _earn(book, 10, 1)
    spend(book, 10)
    _earn(book, 4)

    reverse(book, "a", lot, 10, CAP)

    assert (book.available(), book.accounts["a"].debt) == (0, 0)
    assert [entry.kind for entry in book.entries[-3:]] == [Kind.REVERSE, Kind.REPAY, Kind.FORGIVE]


def test_a_capped_claw_back_forgives_no_older_debt() -> None:
    book = _book()
    first, second = _earn(book, 10), _earn(book, 5)
    spend(book, 15)
    reverse(book, "a", first, 10, DEBT)

    reverse(book, "a", second, 5, CAP)

    assert book.accounts["a"].debt == 10


def test_a_claw_back_is_refused_where_nobody_may_owe_unless_the_account_can_pay() -> None:
    book = _book()
    lot = _earn(book, 10, 1)
    spend(book, 10)

    with pytest.raises(AlreadySpent):
        reverse(_later(book, 0), "a", lot, 10, REFUSE)
    _earn(book, 10)
    reverse(book, "a", lot, 10, REFUSE)

    assert book.available() == 0


def test_what_expired_unused_is_taken_back_from_nobody() -> None:
    book = _book()
    lot = _earn(book, 10, 1)
    spend(book, 4)

    late = _later(book, 2)
    reverse(late, "a", lot, 6, DEBT)
    assert late.accounts["a"].debt == 0
    reverse(late, "a", lot, 4, DEBT)

    assert late.accounts["a"].debt == 4


def test_a_debt_for_what_is_held_is_paid_when_the_hold_is_released_even_after_the_expiry() -> None:
    book = _book()
    lot = _earn(book, 10, 1)
    held = hold(book, "till-1", 6, NOW + 5 * DAY_MS)
    reverse(book, "a", lot, 10, DEBT)
    assert book.accounts["a"].debt == 6

    late = _later(book, 2)
    release(late, "till-1", held)

    assert (late.accounts["a"].debt, late.available()) == (0, 0)
    assert book.accounts["a"].available(NOW + 6 * DAY_MS) == 0


def test_who_used_nothing_of_a_returned_order_owes_nothing_whatever_expired_meanwhile() -> None:
    book = _book()
    lot = _earn(book, 100, 1)
    slices = spend(book, 100)
    late = _later(book, 2)
    refund(late, slices, 0, 100, Terms(grace_days=7), ZONE)
    returned = _later(late, 20)
    reverse(returned, "a", lot, 100, DEBT)

    assert returned.accounts["a"].debt == 0


def test_what_expired_is_no_debt_also_where_a_part_was_taken_back_before() -> None:
    book = _book()
    lot = _earn(book, 100, 1)
    slices = spend(book, 100)
    reverse(book, "a", lot, 50, DEBT)
    refund(book, slices, 0, 100, DEBT, ZONE)
    returned = _later(book, 2)
    reverse(returned, "a", lot, 50, DEBT)

    assert (returned.available(), returned.accounts["a"].debt) == (0, 0)


def test_what_was_forgiven_of_a_returned_order_is_paid_by_the_refund_of_what_it_was_spent_on() -> None:
    book = _book()
    lot = _earn(book, 100)
    slices = spend(book, 100)
    reverse(book, "a", lot, 100, CAP)
    refund(book, slices, 0, 60, CAP, ZONE)
    refund(book, slices, 60, 40, CAP, ZONE)

    assert (book.available(), book.accounts["a"].debt) == (0, 0)


@pytest.mark.parametrize("captured", [0, 30, 100])
def test_what_is_held_of_a_returned_order_pays_when_it_is_freed_and_is_forgiven_when_it_is_used(captured: int) -> None:
    book = _book()
    lot = _earn(book, 100)
    held = hold(book, "till-1", 100, NOW + DAY_MS)
    reverse(book, "a", lot, 100, CAP)
    if captured:
        used = capture(book, "till-1", held, captured, CAP)
        assert book.accounts["a"].debt == 0
        refund(book, used, 0, captured, CAP, ZONE)
    else:
        release(book, "till-1", held)

    assert (book.available(), book.accounts["a"].debt) == (0, 0)


def test_points_wait_for_their_order() -> None:
    book = _book()
    lot = earn(book, "a", 10, earned_ms=NOW, pending_ms=FOREVER_MS)
    assert (book.available(), book.accounts["a"].pending(NOW)) == (0, 10)

    confirm(book, "a", lot, pending_ms=NOW + DAY_MS, expires_ms=NOW + 9 * DAY_MS)
    posted = len(book.entries)
    confirm(book, "a", lot, pending_ms=NOW + DAY_MS, expires_ms=NOW + 9 * DAY_MS)

    assert len(book.entries) == posted
    assert _later(book, 1).available() == 10
    assert _later(book, 9).available() == 0


def test_what_is_given_keeps_its_expiry() -> None:
    book = _book("a", "b")
    _earn(book, 5, 7)
    _earn(book, 5)

    transfer(book, ["a"], "b", 7, Terms(transfers=True))

    assert book.available(["a"]) == 3
    assert book.available(["b"]) == 7
    assert _later(book, 7).available(["b"]) == 2


def test_nobody_gives_what_the_programme_does_not_let_them() -> None:
    book = _book("a", "b")
    _earn(book, 5)

    with pytest.raises(TransferForbidden):
        transfer(book, ["a"], "b", 1, Terms())


def test_an_adjustment_takes_only_from_its_account() -> None:
    book = _book("a", "b")
    _earn(book, 5)
    _earn(book, 9, account="b")

    adjust_down(book, "a", 3)
    with pytest.raises(InsufficientBalance) as refused:
        adjust_down(book, "a", 3)

    assert refused.value.available == 2
    assert _left(book, "b") == {book.accounts["b"].lots["0000000001.0"].id: 9}


@pytest.mark.parametrize(("terms", "owed"), [(DEBT, 4), (CAP, 0), (REFUSE, 0)])
def test_what_a_system_states_no_longer_is_taken_and_beyond_that_owed_or_let_go(terms: Terms, owed: int) -> None:
    book = _book()
    lot = _earn(book, 5)
    spend(book, 4)

    restate(book, "a", [lot], 5, terms)

    assert book.accounts["a"].debt == owed
    assert book.available() == -owed
    assert {entry.kind for entry in book.entries[2:]} == ({Kind.REVERSE} if owed else {Kind.REVERSE, Kind.FORGIVE})


def test_what_expired_of_what_a_system_stated_is_not_taken_from_anything_else() -> None:
    book = _book()
    lot = _earn(book, 5, days=1)
    later = _later(book, 2)
    _earn(later, 3)

    restate(later, "a", [lot], 5, DEBT)

    assert (later.available(), later.accounts["a"].debt) == (3, 0)


def test_a_statement_about_an_account_without_anything_posts_nothing_where_nobody_may_owe() -> None:
    book = _book()

    restate(book, "a", [], 5, REFUSE)

    assert not book.entries


def test_a_balance_is_never_larger_than_a_number_can_be() -> None:
    book = _book()
    _earn(book, MAX_AMOUNT)

    with pytest.raises(AmountTooLarge):
        _earn(book, 1)


def test_an_entry_fits_its_account_only_once() -> None:
    book = _book()
    _earn(book, 5)
    [entry] = book.entries

    with pytest.raises(InvariantBroken):
        post(book.accounts["a"], entry)


def test_windows_that_have_begun_fall_together() -> None:
    book = _book()
    for days in (1, 2, 3):
        _earn(book, 5, pending=days)
    assert len(book.accounts["a"].free) == 3

    late = _later(book, 4)
    earn(late, "a", 1, earned_ms=NOW)

    assert list(late.accounts["a"].free.values()) == [16]


@pytest.mark.parametrize(
    ("start", "amount", "expected"),
    [(0, 3, [3]), (0, 5, [4, 1]), (3, 2, [1, 1]), (4, 6, [6]), (0, 10, [4, 6]), (2, 0, [])],
)
def test_a_piece_of_what_was_taken_is_found_by_its_place(start: int, amount: int, expected: list[int]) -> None:
    slices = [Slice("a", "1", 4), Slice("b", "2", 6)]

    assert [part.amount for part in cut(slices, start, amount)] == expected
