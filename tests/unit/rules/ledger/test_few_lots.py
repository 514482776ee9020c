"""What an operation has not read it cannot need: with few lots in sight the ledger is the same as with all."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.core.errors import InvariantBroken
from hub.core.ledger import Account
from hub.core.model import DAY_MS
from rules.ledger.book import Book
from rules.ledger.earning import earn
from rules.ledger.spending import spend
from rules.ledger.terms import Terms
from tests.simulation.shop import Shop
from tests.unit.rules.ledger.test_properties import COMMANDS, TERMS
from tests.unit.rules.ledger.till import Command, Till

_SMALL = st.integers(0, 3)
_LARGE = st.integers(0, 12)
_TAKING = st.one_of(
    # Free at once, so that many small lots can be taken from, up to the end of one.
    st.tuples(st.just("earn"), _SMALL, _SMALL, st.sampled_from([0, 4, 8])),
    st.tuples(st.sampled_from(["spend", "hold", "transfer", "part", "capture", "refund"]), _SMALL, _SMALL, _SMALL),
    st.tuples(st.sampled_from(["spend", "hold"]), _SMALL, _LARGE, _SMALL),
)
_TAKINGS = st.lists(st.tuples(st.integers(0, DAY_MS // 4), _TAKING), max_size=40)


@settings(max_examples=100)
@given(st.one_of(COMMANDS, _TAKINGS), TERMS, st.integers(0, DAY_MS))
def test_few_lots_in_sight_make_the_entries_and_refusals_that_all_lots_make(
    commands: list[tuple[int, Command]], terms: Terms, skew_ms: int
) -> None:
    everything, few, at_ms = Till(terms), Shop(terms), 1_700_000_000_000
    for place, (wait_ms, command) in enumerate(commands):
        at_ms += wait_ms
        # No two clocks agree.
        told_ms = at_ms - place % 2 * skew_ms
        everything.run(command, told_ms)
        few.run(command, told_ms)

    assert few.entries == everything.entries
    assert few.refused == everything.refused
    for name, account in everything.accounts.items():
        assert few.kept[name] == account.lots


def test_lots_that_were_not_read_are_missed_rather_than_less_taken() -> None:
    book = Book([Account("a")], 0)
    earn(book, "a", 5, earned_ms=0)
    unread = replace(book.accounts["a"], lots={})

    with pytest.raises(InvariantBroken):
        spend(Book([unread], 0), 5)
