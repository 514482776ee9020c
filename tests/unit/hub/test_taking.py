"""Taking together is taking one after the other."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from hub.core.ledger import Account, Operation
from hub.core.model import DAY_MS
from hub.services.ledger.request import Call, Request
from hub.services.ledger.taking import Taking, serve
from rules.ledger.book import Book
from rules.ledger.earning import earn
from rules.ledger.holding import hold
from rules.ledger.spending import spend
from tests.support.ledger import NOW, PROGRAMME

_ASKED = st.lists(
    st.tuples(st.integers(0, 9), st.integers(1, 60), st.booleans(), st.integers(0, 3 * DAY_MS)), max_size=12
)
"""Key, amount, whether it is a hold, when."""


def _accounts(amounts: list[int]) -> list[Account]:
    accounts: list[Account] = []
    for number, amount in enumerate(amounts):
        book = Book([Account(f"main|points|{number}")], NOW)
        for part in range(3):
            expires_ms = NOW + (number + part) * DAY_MS + 1
            earn(book, f"main|points|{number}", amount + part, earned_ms=NOW, expires_ms=expires_ms)
        accounts += book.accounts.values()
    return accounts


def _taking(key: int, amount: int, holds: bool, later_ms: int) -> Taking:
    call = Call("test", f"k{key}")
    request = Request("hold" if holds else "spend", call, PROGRAMME, "points", amount, "person")
    if holds:
        return Taking(request, NOW + later_ms, lambda book: hold(book, call.operation, amount, NOW + 9 * DAY_MS))
    return Taking(request, NOW + later_ms, lambda book: spend(book, amount))


def _say(answers: list[Operation | Exception]) -> list[object]:
    return [(type(one), str(one)) if isinstance(one, Exception) else one for one in answers]


@given(st.lists(st.integers(1, 30), min_size=1, max_size=3), _ASKED)
def test_together_gives_the_answers_entries_and_accounts_of_one_after_the_other(
    amounts: list[int], asked: list[tuple[int, int, bool, int]]
) -> None:
    takings = [_taking(*one) for one in asked]
    at_ms = max((taking.at_ms for taking in takings), default=NOW)
    before = _accounts(amounts)

    book = Book(before, at_ms)
    answers, postings = serve(book, takings, "person", {})

    accounts, done = before, dict[str, Operation]()
    alone_answers: list[Operation | Exception] = []
    written: list[tuple[str | None, object]] = []
    for taking in takings:
        single = Book(accounts, at_ms)
        [answer], posted = serve(single, [taking], "person", done)
        alone_answers.append(answer)
        for posting in posted:
            assert posting.operation is not None
            done[posting.operation.key] = posting.operation
            written += [(posting.operation.key, entry) for entry in posting.entries]
            accounts = list(single.accounts.values())
    assert _say(answers) == _say(alone_answers)
    assert [(one.operation and one.operation.key, entry) for one in postings for entry in one.entries] == written
    if postings:
        assert list(book.accounts.values()) == accounts


def test_what_was_done_before_is_answered_as_it_was_then() -> None:
    taking = _taking(1, 5, False, 0)
    book = Book(_accounts([20]), NOW)
    [answer], _ = serve(book, [taking], "person", {})
    assert isinstance(answer, Operation)
    done = {answer.key: replace(answer, used=3)}

    again, postings = serve(Book(_accounts([20]), NOW), [taking, _taking(1, 6, False, 0)], "person", done)

    assert again[0] == answer
    assert type(again[1]).__name__ == "KeyReused"
    assert not postings
