"""What every operation does around its decision: lock, look for a repeat, write."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from typing import Concatenate, ParamSpec

from graph import accounts, operations
from graph.accounts import Opened
from graph.database import Graph, Transaction
from graph.postings import Posting, write_accounts
from graph.reading import Reader
from hub.core.errors import InvalidInput
from hub.core.ledger import FOREVER_MS, Account, Operation, Slice, UnknownOperation, UnknownRecord
from hub.services.ledger.balance import explain_absence
from hub.services.ledger.request import Request
from rules.ledger.book import Book

_P = ParamSpec("_P")
_Work = Callable[Concatenate[Transaction, Request, _P], Awaitable[Operation]]


class Done(Exception):
    """Ends a transaction whose work was done before, so that its locks leave no trace."""

    def __init__(self, operation: Operation) -> None:
        super().__init__(operation.key)
        self.operation = operation


async def run_once(graph: Graph, work: _Work[_P], request: Request, *args: _P.args, **kwargs: _P.kwargs) -> Operation:
    """Run an operation in a transaction, or return what was done for its key before."""
    try:
        return await graph.write(work, request, *args, **kwargs)
    except Done as done:
        return done.operation


async def open_person(tx: Transaction, request: Request, person: str, at_ms: int) -> Opened:
    """A person's accounts, locked, with the lots that the request's amount is taken from.

    Raises:
        Done: a repeat, also where the person was erased since.
        UnknownPerson, Erased: the hub never gave out this id, or its person is erased.
        KeyReused: the key belongs to another request.
    """
    opened = await accounts.open_person(
        tx,
        person,
        programme=request.programme.name,
        asset=request.asset,
        at_ms=at_ms,
        amounts={request.call.operation: request.amount},
    )
    if opened is None:
        _end_repeat(request, await operations.find(tx, request.call.operation))
        raise await explain_absence(tx, person)
    _end_repeat(request, opened.done.get(request.call.operation))
    return opened


async def open_record(tx: Transaction, request: Request, record: str, at_ms: int, *, whole: bool = False) -> Opened:
    """A record's account, locked; raises UnknownRecord, and as `open_person`."""
    opened = await accounts.open_record(
        tx,
        record,
        programme=request.programme.name,
        asset=request.asset,
        key=request.call.operation,
        at_ms=at_ms,
        never_ms=FOREVER_MS,
        whole=whole,
    )
    if opened is None:
        _end_repeat(request, await operations.find(tx, request.call.operation))
        raise UnknownRecord("There is no such record. Records are written system|external_id.")
    _end_repeat(request, opened.done.get(request.call.operation))
    return opened


async def open_original(
    tx: Transaction, request: Request, kinds: Sequence[str], at_ms: int, *, whole: bool = False
) -> tuple[Operation, tuple[Account, ...]]:
    """An earlier operation of one of these kinds and the accounts of its lots, locked; raises as `open_person`.

    UnknownOperation where there is none, InvalidInput where it is of another kind or programme.
    """
    original = await get_operation(tx, request.subject)
    if original.kind in kinds and not original.slices:
        raise InvalidInput("That operation took away, so there is nothing of it to take back: correct the account.")
    if original.kind not in kinds or original.programme != request.programme.name:
        raise InvalidInput(
            f"That is an operation of the kind {original.kind} in the programme {original.programme}. Name one of the "
            f"kind {' or '.join(kinds)} in {request.programme.name}."
        )
    opened = await accounts.open_original(tx, original, key=request.call.operation, at_ms=at_ms, whole=whole)
    _end_repeat(request, opened.done)
    return opened.operation, opened.accounts


async def get_operation(reader: Reader, key: str) -> Operation:
    """What was done under a key; raises UnknownOperation."""
    found = await operations.find(reader, key)
    if found is None:
        raise UnknownOperation("There is no operation under the key that you gave. Keys are written caller|key.")
    return found


async def finish(
    tx: Transaction,
    request: Request,
    book: Book,
    before: Sequence[Account],
    person: str,
    slices: Sequence[Slice] = (),
    *,
    original: Operation | None = None,
    uses: int = 0,
    amount: int | None = None,
) -> Operation:
    """Write what a book holds, and the operation.

    Args:
        uses: so much of the original is refunded or captured by it.
        amount: where the request named none.
    """
    operation = request.to_operation(person, book.at_ms, tuple(slices), original)
    if amount is not None:
        operation = replace(operation, amount=amount)
    known = {account.key: account for account in before}
    earned = original is None or original.kind == "earn"
    await write_accounts(tx, known, book.accounts, [Posting(operation, book.entries, uses, earned)])
    return operation


def _end_repeat(request: Request, done: Operation | None) -> None:
    if done is not None:
        raise Done(request.repeat(done))
