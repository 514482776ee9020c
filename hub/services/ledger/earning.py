"""What one record gets: earnings and adjustments; and the confirmation of what was earned."""

from __future__ import annotations

from graph.database import Graph, Transaction
from hub.core.errors import InvalidInput
from hub.core.ledger import FOREVER_MS, Kind, Operation, Slice
from hub.services.ledger.desk import finish, open_original, open_record, run_once
from hub.services.ledger.request import Call, Request, check_amount, check_signed, find_asset
from rules.ledger.book import Book
from rules.ledger.earning import adjust_down, confirm, earn
from rules.ledger.expiry import expires_ms
from rules.programme import Programme

_EARNINGS = ("earn", "opening", "adjust")


async def earn_amount(
    graph: Graph,
    programme: Programme,
    call: Call,
    *,
    record: str,
    asset: str,
    amount: int,
    now_ms: int,
    earned_ms: int | None = None,
    pending_ms: int | None = 0,
    expires_at_ms: int | None = None,
) -> Operation:
    """Give a record an amount; the operation's one slice is its lot.

    Args:
        earned_ms: when it was earned, by which its expiry is reckoned; not later than now. None for now, which a
            repeat need not know.
        pending_ms: from when it can be spent; None while that is not known (`confirm_earning`).
        expires_at_ms: overrules the programme's expiry.

    Raises:
        InvalidInput: an amount or an instant that cannot be, or a time of its own in which nobody could spend it.
        UnknownRecord: no such record.
        KeyReused: the key belongs to another request.
        AmountTooLarge: the balance would be more than the ledger can hold.
    """
    at_ms = now_ms if earned_ms is None else earned_ms
    if not 0 <= at_ms <= now_ms:
        raise InvalidInput("What is earned was earned in the past: check the instant.")
    found = find_asset(programme, asset)
    details = {"earned_ms": earned_ms, "pending_ms": pending_ms, "expires_at_ms": expires_at_ms}
    request = Request("earn", call, programme, found.name, check_amount(amount), record, details)
    expiry = expires_ms(found.expiry, at_ms, programme.zone) if expires_at_ms is None else expires_at_ms
    pending = FOREVER_MS if pending_ms is None else pending_ms
    return await run_once(graph, _earn, request, now_ms, Kind.EARN, at_ms, pending, expiry)


async def adjust(
    graph: Graph, programme: Programme, call: Call, *, record: str, asset: str, amount: int, now_ms: int
) -> Operation:
    """Correct a record's account by hand, up or down; the call names who does it and why.

    Raises:
        as `earn_amount`; InsufficientBalance where less can be taken.
    """
    check_signed(call)
    check_amount(abs(amount))
    found = find_asset(programme, asset)
    request = Request("adjust", call, programme, found.name, amount, record)
    expiry = expires_ms(found.expiry, now_ms, programme.zone)
    if amount > 0:
        return await run_once(graph, _earn, request, now_ms, Kind.ADJUST, now_ms, 0, expiry)
    return await run_once(graph, _adjust_down, request, now_ms)


async def confirm_earning(
    graph: Graph, programme: Programme, call: Call, *, original: str, pending_ms: int, now_ms: int
) -> Operation:
    """Say from when something earned can be spent; `original` is the key of the operation that earned it.

    Raises:
        as `earn_amount`.
    """
    request = Request("confirm", call, programme, "", 0, original, {"pending_ms": pending_ms})
    return await run_once(graph, _confirm, request, now_ms, pending_ms)


async def _earn(
    tx: Transaction, request: Request, at_ms: int, kind: Kind, earned_ms: int, pending_ms: int, expiry_ms: int
) -> Operation:
    opened = await open_record(tx, request, request.subject, at_ms)
    over = request.details.get("expires_at_ms") is not None and expiry_ms <= at_ms
    if over or at_ms < expiry_ms <= pending_ms < FOREVER_MS:
        raise InvalidInput("What is earned expires in the future, and after it can be spent: check the instants.")
    book = Book(opened.accounts, at_ms)
    [account] = book.accounts
    lot = earn(
        book,
        account,
        request.amount,
        kind=kind,
        earned_ms=earned_ms,
        pending_ms=pending_ms,
        expires_ms=expiry_ms,
        origin=request.call.cause,
    )
    return await finish(tx, request, book, opened.accounts, opened.person, [Slice(account, lot, request.amount)])


async def _adjust_down(tx: Transaction, request: Request, at_ms: int) -> Operation:
    opened = await open_record(tx, request, request.subject, at_ms, whole=True)
    book = Book(opened.accounts, at_ms)
    [account] = book.accounts
    adjust_down(book, account, -request.amount)
    return await finish(tx, request, book, opened.accounts, opened.person, [])


async def _confirm(tx: Transaction, request: Request, at_ms: int, pending_ms: int) -> Operation:
    original, before = await open_original(tx, request, _EARNINGS, at_ms)
    book = Book(before, at_ms)
    [part] = original.slices
    lot = book.accounts[part.account].lots[part.lot]
    confirm(book, part.account, part.lot, pending_ms=pending_ms, expires_ms=lot.expires_ms)
    return await finish(tx, request, book, before, original.person, original=original)
