"""The points of an order under events in any order, settled after any of them, spent in between."""

from __future__ import annotations

import random
from dataclasses import replace
from itertools import count

from hypothesis import given
from hypothesis import strategies as st

from hub.core.ledger import Account, Entry
from hub.core.order_points import OrderPoints
from rules.ledger.book import Book
from rules.ledger.posting import post
from rules.ledger.reversing import reverse
from rules.ledger.spending import spend
from rules.ledger.terms import Terms
from rules.orders.difference import Give, Target, find_steps
from rules.orders.posting import LotTerms, Poster

ACCOUNTS = ("a", "b")
FRESH = OrderPoints(0, "x", 1, {}, "main@0/base")
LOTS = LotTerms(1, 10**6, "pos|T1")

targets = st.builds(
    Target,
    st.sampled_from([*ACCOUNTS, None]),
    st.dictionaries(st.sampled_from("12"), st.integers(1, 50)),
    st.sampled_from([5, 500, 10**5]),
)


class Desk:
    """Two accounts, and one order's points."""

    def __init__(self, terms: Terms) -> None:
        self.accounts = {name: Account(name) for name in ACCOUNTS}
        self.entries: list[Entry] = []
        self.points = FRESH
        self._poster_terms = terms
        self._names = count(1)

    def settle(self, target: Target, at_ms: int) -> int:
        books = {name: Book([account], at_ms) for name, account in self.accounts.items()}
        steps = list(find_steps(self.points, target, at_ms))
        names = (f"o{number}" for number in self._names)
        self.points, done = Poster(books, self._poster_terms).post(self.points, target, steps, LOTS, names)
        for name, book in books.items():
            self.accounts[name] = book.accounts[name]
            self.entries += book.entries
        assert [entry for one in done for entry in one.entries] or not any(isinstance(one, Give) for one in steps)
        return len(done)

    def spend(self, account: str, amount: int, at_ms: int) -> None:
        book = Book([self.accounts[account]], at_ms)
        if amount <= book.available():
            spend(book, amount)
        self.accounts[account] = book.accounts[account]
        self.entries += book.entries

    def net(self, account: str) -> int:
        return sum(lot.net for lot in self.points.lots if lot.account == account)


@given(
    st.lists(targets, min_size=1, max_size=8),
    st.sampled_from(["debt", "cap", "refuse"]),
    st.randoms(use_true_random=False),
)
def test_whatever_was_posted_before_the_last_target_is_what_stands(
    wanted: list[Target], claw_back: str, chance: random.Random
) -> None:
    desk = Desk(Terms(claw_back))  # type: ignore[arg-type]
    for at_ms, target in enumerate(wanted, 10):
        desk.settle(target, at_ms)
        assert desk.settle(target, at_ms) == 0
        desk.spend(chance.choice(ACCOUNTS), chance.randrange(1, 40), at_ms)

    last = wanted[-1]
    if last.account is None:
        assert sum(desk.net(name) for name in ACCOUNTS) <= sum(last.kept.values())
    else:
        assert desk.net(last.account) == sum(last.kept.values())
        assert sum(lot.net for lot in desk.points.lots) == sum(last.kept.values())
        now_ms = 9 + len(wanted)
        for lot in desk.points.lots:
            assert not lot.net or lot.pending_ms == last.pending_ms or lot.pending_ms <= now_ms < last.pending_ms
    again = {name: Account(name) for name in ACCOUNTS}
    for entry in desk.entries:
        again[entry.account] = post(again[entry.account], entry)
    for name, account in again.items():
        assert {lot.id: lot.amount - lot.reversed for lot in account.lots.values()} == {
            lot.lot: lot.net for lot in desk.points.lots if lot.account == name
        }
        if claw_back != "debt":
            assert account.debt == 0


def test_what_was_taken_back_by_hand_is_not_taken_twice() -> None:
    desk = Desk(Terms())
    desk.settle(Target("a", {"1": 50}, 5), 10)
    book = Book([desk.accounts["a"]], 11)
    reverse(book, "a", desk.points.lots[0].lot, 30, Terms())
    desk.accounts["a"] = book.accounts["a"]

    desk.settle(Target("a", {}, 5), 12)

    assert desk.accounts["a"].worth == 0
    assert desk.net("a") == 0


@given(
    st.integers(0, 100),
    st.lists(st.integers(0, 100), min_size=1, max_size=6),
)
def test_what_was_taken_back_by_hand_is_never_given_again(by_hand: int, kept: list[int]) -> None:
    desk = Desk(Terms())
    desk.points = replace(FRESH, by_line={"1": 100})
    desk.settle(Target("a", {"1": 100}, 5), 10)
    if by_hand:
        book = Book([desk.accounts["a"]], 11)
        reverse(book, "a", desk.points.lots[0].lot, by_hand, Terms())
        desk.accounts["a"] = book.accounts["a"]

    for at_ms, points in enumerate(kept, 12):
        desk.settle(Target("a", {"1": points}, 5), at_ms)
        assert desk.settle(Target("a", {"1": points}, 5), at_ms) == 0
        assert desk.accounts["a"].worth == min(points, 100 - by_hand)


def test_a_reversal_says_which_lines_it_comes_from() -> None:
    desk = Desk(Terms())
    desk.settle(Target("a", {"1": 50, "2": 20}, 5), 10)
    books = {"a": Book([desk.accounts["a"]], 11)}
    target = Target("a", {"1": 20}, 5)

    _, [done] = Poster(books, Terms()).post(desk.points, target, find_steps(desk.points, target, 11), LOTS, iter("n"))

    assert (done.kind, done.amount, done.reason) == ("reverse", 50, "line 1 -30; line 2 -20")


def test_what_can_be_spent_stays_so_though_the_order_was_received_later() -> None:
    desk = Desk(Terms())
    desk.settle(Target("a", {"1": 50}, 20), 10)

    assert desk.settle(Target("a", {"1": 50}, 500), 19) == 1
    assert desk.settle(Target("a", {"1": 50}, 20), 19) == 1
    assert desk.settle(Target("a", {"1": 50}, 500), 20) == 0
    desk.spend("a", 50, 20)
    assert desk.accounts["a"].worth == 0
