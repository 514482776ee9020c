"""What a person uses, in one phase: spending, its refund, and giving to another."""

from __future__ import annotations

from graph.database import Graph, Transaction
from graph.open_lots import is_due
from hub.core.errors import InvalidInput
from hub.core.ledger import ExceedsOriginal, Operation
from hub.services.ledger.desk import finish, open_original, open_person, open_record, run_once
from hub.services.ledger.request import Call, Request, check_amount, find_asset
from hub.services.ledger.taking import Taking, take_from_person
from rules.ledger.book import Book
from rules.ledger.spending import refund, spend, transfer
from rules.programme import Programme


async def spend_amount(
    graph: Graph,
    programme: Programme,
    call: Call,
    *,
    person: str,
    asset: str,
    amount: int,
    now_ms: int,
    where: str | None = None,
    said: str | None = None,
) -> Operation:
    """Use up an amount of whatever a person's records hold; the soonest to expire goes first.

    Args:
        person: any id that the hub gave out.
        where: the store, channel or brand, if the caller says so.
        said: how the caller named the person, if not by an id: a repeat in the same words is one though they mean
            another id by then, as after a merge.

    Raises:
        NotHonoured: the programme does not honour the asset there.
        InsufficientBalance: less is available; says how much.
        UnknownPerson, Erased: there is no such person, or not any more.
        InvalidInput, KeyReused: as for `earn_amount`.
    """
    found = find_asset(programme, asset)
    request = Request("spend", call, programme, found.name, check_amount(amount), person, said=said, where=where)
    return await take_from_person(graph, Taking(request, now_ms, lambda book: spend(book, request.amount)))


async def refund_amount(
    graph: Graph, programme: Programme, call: Call, *, original: str, amount: int, now_ms: int
) -> Operation:
    """Give back part of what an operation (by key) spent or captured, to the very lots that it came from.

    Raises:
        ExceedsOriginal: less of it is left to give back.
        UnknownOperation, InvalidInput, KeyReused: as for `earn_amount`.
    """
    request = Request("refund", call, programme, "", check_amount(amount), original)
    return await run_once(graph, refund_within, request, now_ms)


async def transfer_amount(
    graph: Graph,
    programme: Programme,
    call: Call,
    *,
    giver: str,
    receiver: str,
    asset: str,
    amount: int,
    now_ms: int,
    said: str | None = None,
) -> Operation:
    """Give an amount from a person to a record of another; every lot keeps its expiry.

    Raises:
        TransferForbidden: the programme does not allow it.
        InvalidInput: the record is the giver's own.
        as `spend_amount`.
    """
    found, details = find_asset(programme, asset), {"receiver": receiver}
    request = Request("transfer", call, programme, found.name, check_amount(amount), giver, details, said)
    return await run_once(graph, _transfer, request, now_ms, receiver)


async def refund_within(tx: Transaction, request: Request, at_ms: int) -> Operation:
    """As `refund_amount`, in a transaction of something else; an amount of 0 stands for all that is left."""
    original, before = await open_original(tx, request, ("spend", "capture"), at_ms)
    amount = request.amount or original.amount - original.used
    if not amount:
        raise ExceedsOriginal(0)
    book = Book(before, at_ms)
    terms, zone = find_asset(request.programme, original.asset).terms, request.programme.zone
    refund(book, original.slices, original.used, amount, terms, zone)
    return await finish(tx, request, book, before, original.person, original=original, uses=amount, amount=amount)


async def _transfer(tx: Transaction, request: Request, at_ms: int, receiver: str) -> Operation:
    given = await open_person(tx, request, request.subject, at_ms)
    got = await open_record(tx, request, receiver, max([at_ms, *(account.at_ms for account in given.accounts)]))
    later_ms = got.accounts[0].at_ms
    if any(is_due(account, later_ms) for account in given.accounts):
        # The receiver's account is ahead: by then something is due to the giver, which takes all of the lots to see.
        given = await open_person(tx, request, request.subject, later_ms)
    if got.person == given.person:
        raise InvalidInput("That record belongs to the same person: there is nothing to give.")
    before = [*given.accounts, *got.accounts]
    book = Book(before, at_ms)
    terms = find_asset(request.programme, request.asset).terms
    slices = transfer(book, [one.key for one in given.accounts], got.accounts[0].key, request.amount, terms)
    return await finish(tx, request, book, before, given.person, slices)
