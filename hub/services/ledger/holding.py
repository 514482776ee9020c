"""Spending in two phases: an amount is held for a till, then captured or released, or its deadline passes."""

from __future__ import annotations

from graph.database import Graph, Transaction
from hub.core.errors import InvalidInput
from hub.core.ledger import Operation
from hub.core.model import DAY_MS
from hub.services.ledger.desk import finish, open_original, run_once
from hub.services.ledger.request import Call, Request, check_amount, find_asset
from hub.services.ledger.taking import Taking, take_from_person
from rules.ledger.book import Book
from rules.ledger.holding import capture, hold, release
from rules.programme import Programme

MOST_HELD_MS = 90 * DAY_MS
"""The longest that something can be held."""


async def hold_amount(
    graph: Graph,
    programme: Programme,
    call: Call,
    *,
    person: str,
    asset: str,
    amount: int,
    lasts_ms: int,
    now_ms: int,
    where: str | None = None,
    said: str | None = None,
) -> Operation:
    """Keep an amount of a person's for the caller, for so long from when it takes effect.

    Raises:
        InvalidInput: longer than 90 days, or not at all; or there are too many holds.
        as `spend_amount`.
    """
    if not 0 < lasts_ms <= MOST_HELD_MS:
        raise InvalidInput("A hold lasts longer than no time and at most 90 days.")
    found, details = find_asset(programme, asset), {"lasts_ms": lasts_ms}
    request = Request("hold", call, programme, found.name, check_amount(amount), person, details, said, where)
    # It begins when it takes effect, which others who wait for the person may put off.
    taking = Taking(request, now_ms, lambda book: hold(book, call.operation, amount, book.at_ms + lasts_ms))
    return await take_from_person(graph, taking)


async def capture_hold(
    graph: Graph,
    programme: Programme,
    call: Call,
    *,
    original: str,
    amount: int,
    now_ms: int,
    final: bool = True,
) -> Operation:
    """Use up part of what an operation (by key) holds; the `final` capture frees the rest.

    Raises:
        HoldEnded: nothing is held any more.
        ExceedsOriginal: less is held.
        UnknownOperation, InvalidInput, KeyReused: as for `earn_amount`.
    """
    request = Request("capture", call, programme, "", check_amount(amount), original, {"final": final})
    return await run_once(graph, _capture, request, now_ms, final)


async def release_hold(graph: Graph, programme: Programme, call: Call, *, original: str, now_ms: int) -> Operation:
    """Free what an operation (by key) still holds; where nothing is, nothing changes."""
    request = Request("release", call, programme, "", 0, original)
    return await run_once(graph, _release, request, now_ms)


async def _capture(tx: Transaction, request: Request, at_ms: int, final: bool) -> Operation:
    original, before = await open_original(tx, request, ("hold",), at_ms)
    book = Book(before, at_ms)
    terms = find_asset(request.programme, original.asset).terms
    used = capture(book, original.key, original.slices, request.amount, terms, final=final)
    return await finish(tx, request, book, before, original.person, used, original=original, uses=request.amount)


async def _release(tx: Transaction, request: Request, at_ms: int) -> Operation:
    original, before = await open_original(tx, request, ("hold",), at_ms)
    book = Book(before, at_ms)
    freed = release(book, original.key, original.slices)
    return await finish(tx, request, book, before, original.person, original=original, amount=freed)
