"""Taking back what should not have been earned: a returned order's points, or part of them."""

from __future__ import annotations

from graph.database import Graph, Transaction
from hub.core.ledger import Operation
from hub.services.ledger.desk import finish, open_original, run_once
from hub.services.ledger.request import Call, Request, check_amount, find_asset
from rules.ledger.book import Book
from rules.ledger.reversing import reverse
from rules.programme import Programme


async def reverse_earning(
    graph: Graph, programme: Programme, call: Call, *, original: str, amount: int, now_ms: int
) -> Operation:
    """Take back part of what an operation (by key) brought in; where it was spent, by the programme's claw-back.

    Raises:
        ExceedsOriginal: less of it was not taken back yet.
        AlreadySpent: the account cannot pay, and the programme lets nobody owe.
        UnknownOperation, InvalidInput, KeyReused: as for `earn_amount`.
    """
    request = Request("reverse", call, programme, "", check_amount(amount), original)
    return await run_once(graph, _reverse, request, now_ms)


async def _reverse(tx: Transaction, request: Request, at_ms: int) -> Operation:
    original, before = await open_original(tx, request, ("earn", "opening", "adjust"), at_ms, whole=True)
    book = Book(before, at_ms)
    [part] = original.slices
    reverse(book, part.account, part.lot, request.amount, find_asset(request.programme, original.asset).terms)
    return await finish(tx, request, book, before, original.person, original=original)
