"""Taking from a person: whoever waits for the same one is served in one transaction, in the order in which they came.

A till chain's hot member costs a transaction a turn, not one a till. Other processes wait for the locks in the graph as
ever; what this one does together is what it would have done one after the other, at the latest instant that is named.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from graph import accounts, operations
from graph.database import Graph, Transaction
from graph.deadlines import work_within
from graph.postings import Posting, write_accounts
from hub.core.errors import HubError
from hub.core.ledger import KeyReused, Operation, Slice
from hub.services.ledger.balance import explain_absence
from hub.services.ledger.gathering import Gathering
from hub.services.ledger.request import Request
from rules.ledger.book import Book
from rules.sharing import Thing

Answer = Operation | Exception


@dataclass(frozen=True, slots=True)
class Taking:
    """A request about a person, when it is to take effect, and what posts it to a book and says what it took."""

    request: Request
    at_ms: int
    post: Callable[[Book], list[Slice]]


class _Unchanged(Exception):
    """Ends a transaction that has nothing to write, so that its locks leave no trace."""

    def __init__(self, answers: Sequence[Answer]) -> None:
        super().__init__()
        self.answers = answers


async def take_from_person(graph: Graph, taking: Taking) -> Operation:
    """What was taken, or was before for the same key.

    Raises:
        UnknownPerson, Erased: the hub never gave out this id, or its person is erased.
        KeyReused: the key belongs to another request.
        NotHonoured: the programme does not honour the asset at the request's place.
        LedgerRefused: as the rule says that posts it.
    """
    request = taking.request
    key = graph, request.programme.name, request.asset, request.subject
    return await _gathering.do(key, (graph, taking))


async def _take(pieces: Sequence[tuple[Graph, Taking]]) -> Sequence[Answer]:
    graph, _ = pieces[0]
    try:
        # A turn is nobody's own: the time that one of them has left is not the others'.
        with work_within(None):
            return await graph.write(_take_all, [taking for _, taking in pieces])
    except _Unchanged as unchanged:
        return unchanged.answers


_gathering: Final = Gathering(_take)
"""All that wait in this process; nothing is kept of those that do not wait any more."""


async def _take_all(tx: Transaction, takings: Sequence[Taking]) -> Sequence[Answer]:
    request, at_ms = takings[0].request, max(taking.at_ms for taking in takings)
    amounts = Counter[str]()
    for taking in takings:
        # A key may come twice, with another amount: either may turn out to be the first.
        amounts[taking.request.call.operation] += taking.request.amount
    opened = await accounts.open_person(
        tx,
        request.subject,
        programme=request.programme.name,
        asset=request.asset,
        at_ms=at_ms,
        amounts=amounts,
    )
    if opened is None:
        raise _Unchanged(await _answer_absent(tx, takings))
    book = Book(opened.accounts, at_ms)
    answers, postings = serve(book, takings, opened.person, opened.done)
    if not postings:
        raise _Unchanged(answers)
    await write_accounts(tx, {account.key: account for account in opened.accounts}, book.accounts, postings)
    return answers


async def _answer_absent(tx: Transaction, takings: Sequence[Taking]) -> list[Answer]:
    """What was done before where it was, and why nothing can be where nobody living is meant any more."""
    absence = await explain_absence(tx, takings[0].request.subject)
    answers: list[Answer] = []
    for taking in takings:
        done = await operations.find(tx, taking.request.call.operation)
        try:
            answers.append(absence if done is None else taking.request.repeat(done))
        except KeyReused as refused:
            answers.append(refused)
    return answers


def serve(
    book: Book, takings: Sequence[Taking], person: str, done: Mapping[str, Operation]
) -> tuple[list[Answer], list[Posting]]:
    """Post takings to a book, one after the other: an answer for each, and what is to be written.

    A refused one leaves no trace in the book; what was due before belongs to the first that is not. `done` is what was
    done before, by key.
    """
    known, postings, answers = dict(done), list[Posting](), list[Answer]()
    for taking in takings:
        request, posted = taking.request, sum(len(posting.entries) for posting in postings)
        before, entries = dict(book.accounts), len(book.entries)
        try:
            if (repeated := known.get(request.call.operation)) is not None:
                answers.append(request.repeat(repeated))
                continue
            request.check_honoured(Thing("asset", request.asset))
            operation = request.to_operation(person, book.at_ms, tuple(taking.post(book)))
        except HubError as error:
            book.accounts = before
            del book.entries[entries:]
            answers.append(error)
            continue
        known[operation.key] = operation
        postings.append(Posting(operation, book.entries[posted:]))
        answers.append(operation)
    return answers, postings
