"""The ledger under random operations: nothing is lost, doubled or overdrawn, whatever happens in between."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from hub.core.ledger import FOREVER_MS, Account
from hub.core.model import DAY_MS
from rules.ledger.terms import Terms
from tests.unit.rules.ledger.till import Command, Till, tell_account

_WORDS = ("earn", "earn", "earn", "spend", "spend", "refund", "hold", "capture", "release", "reverse", "confirm")
_MORE = ("adjust", "transfer", "part")
_NUMBER = st.integers(0, 12)
COMMANDS = st.lists(
    st.tuples(st.integers(0, 2 * DAY_MS), st.tuples(st.sampled_from(_WORDS + _MORE), _NUMBER, _NUMBER, _NUMBER)),
    max_size=40,
)
TERMS = st.builds(
    Terms,
    claw_back=st.sampled_from(["debt", "cap", "refuse"]),
    grace_days=st.integers(0, 2),
    transfers=st.booleans(),
)


def _run(commands: list[tuple[int, Command]], terms: Terms, *, tick: bool = False) -> Till:
    till, at_ms = Till(terms), 1_700_000_000_000
    for wait_ms, command in commands:
        if tick:
            till.tick(at_ms + wait_ms // 2)
        at_ms += wait_ms
        till.run(command, at_ms)
        _check(till)
    till.tick(at_ms + 30 * DAY_MS)
    return till


def _check(till: Till) -> None:
    for account in till.accounts.values():
        free = sum(lot.free for lot in account.lots.values())
        assert sum(account.free.values()) == free
        assert account.held == sum(lot.held for lot in account.lots.values())
        assert not (account.debt and free)
        assert (
            account.available(account.at_ms)
            == sum(lot.available(account.at_ms) for lot in account.lots.values()) - account.debt
        )


@settings(max_examples=300, deadline=None)
@given(COMMANDS, TERMS)
def test_accounts_are_the_sum_of_their_entries(commands: list[tuple[int, Command]], terms: Terms) -> None:
    till = _run(commands, terms)

    again = till.add_up()

    assert {name: _timeless(account) for name, account in again.items()} == {
        name: _timeless(account) for name, account in till.accounts.items()
    }
    for name, account in till.accounts.items():
        assert account.worth == sum(entry.amount for entry in till.entries if entry.account == name)


def _timeless(account: Account) -> Account:
    """Without the hint on when to look next, which may be early."""
    return replace(account, due_ms=0)


@settings(max_examples=300, deadline=None)
@given(COMMANDS, TERMS)
def test_a_job_that_runs_late_writes_the_same_ledger(commands: list[tuple[int, Command]], terms: Terms) -> None:
    punctual, late = _run(commands, terms, tick=True), _run(commands, terms)

    for name in punctual.accounts:
        assert [entry for entry in punctual.entries if entry.account == name] == [
            entry for entry in late.entries if entry.account == name
        ]


@settings(max_examples=300, deadline=None)
@given(COMMANDS, TERMS)
def test_a_balance_needs_no_job(commands: list[tuple[int, Command]], terms: Terms) -> None:
    till, at_ms = Till(terms), 1_700_000_000_000
    for wait_ms, command in commands:
        at_ms += wait_ms
        till.run(command, at_ms)
    foretold = {name: account.available(at_ms + DAY_MS) for name, account in till.accounts.items()}

    till.tick(at_ms + DAY_MS)

    # A hold that lapses pays a debt before it is free, which both ways of counting take off.
    assert {name: account.available(at_ms + DAY_MS) for name, account in till.accounts.items()} == foretold


@settings(max_examples=300, deadline=None)
@given(COMMANDS, TERMS)
def test_what_was_seen_at_an_instant_is_what_the_entries_until_then_add_up_to(
    commands: list[tuple[int, Command]], terms: Terms
) -> None:
    till, at_ms, seen = Till(terms), 1_700_000_000_000, dict[int, dict[str, tuple[int, ...]]]()
    for wait_ms, command in commands:
        # Also while nobody has written yet what fell due.
        seen[at_ms + wait_ms // 2] = _look(till, at_ms + wait_ms // 2)
        at_ms += wait_ms
        till.run(command, at_ms)
        seen[at_ms] = _look(till, at_ms)
    till.tick(at_ms + 30 * DAY_MS)

    for then_ms in seen:
        again = Till(terms, entries=[entry for entry in till.entries if entry.at_ms <= then_ms])
        again.accounts |= again.add_up()
        assert _look(again, then_ms) == seen[then_ms]


def _look(till: Till, at_ms: int) -> dict[str, tuple[int, ...]]:
    return {name: tell_account(account, at_ms) for name, account in till.accounts.items()}


@settings(max_examples=200, deadline=None)
@given(COMMANDS, TERMS)
def test_nothing_due_is_missed(commands: list[tuple[int, Command]], terms: Terms) -> None:
    till = _run(commands, terms)

    for account in till.accounts.values():
        due = [lot.expires_ms for lot in account.lots.values() if lot.free]
        due += [hold.deadline_ms for hold in account.holds.values()]
        assert account.due_ms <= min(due, default=FOREVER_MS)


_FAIR = ("earn", "earn", "earn", "spend", "spend", "refund", "hold", "capture", "release")


@settings(max_examples=300, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 2 * DAY_MS), st.tuples(st.sampled_from(_FAIR), *[_NUMBER] * 3)), max_size=40),
    TERMS,
    st.integers(0, 5 * DAY_MS),
)
def test_who_gives_everything_back_owes_nothing_and_has_nothing(
    commands: list[tuple[int, Command]], terms: Terms, wait_ms: int
) -> None:
    till = _run(commands, terms)

    till.undo_all(1_700_000_000_000 + 200 * DAY_MS, wait_ms)

    for account in till.accounts.values():
        assert (account.worth, account.debt, account.held) == (0, 0, 0)


@settings(max_examples=300, deadline=None)
@given(COMMANDS, st.integers(0, 2))
def test_who_owes_nothing_by_the_terms_never_keeps_more_than_what_was_earned_for_good(
    commands: list[tuple[int, Command]], grace_days: int
) -> None:
    till = _run([one for one in commands if one[1][0] not in _MORE], Terms("cap", grace_days=grace_days))

    till.refund_all(1_700_000_000_000 + 200 * DAY_MS)

    for account in till.accounts.values():
        for lot in account.lots.values():
            assert lot.forgiven == 0
        assert account.worth <= sum(lot.amount - lot.reversed for lot in account.lots.values())
