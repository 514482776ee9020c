"""What an operation has not read it cannot need: with few lots in sight the ledger is the same as with all."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from hub.core.model import DAY_MS
from rules.ledger.terms import Terms
from tests.simulation.shop import Shop
from tests.unit.rules.ledger.test_properties import COMMANDS, TERMS
from tests.unit.rules.ledger.till import Command, Till


@settings(max_examples=150)
@given(COMMANDS, TERMS, st.integers(0, DAY_MS))
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
