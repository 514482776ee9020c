"""Objects by their global ids."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Iterable
from typing import Final

from graph import operations
from graph.balances import HeldAccount
from graph.ledger_history import fetch_last
from hub.core.model import RecordKey
from hub.services.find_person import check_person_id
from resolvers.cases import show_case
from resolvers.context import Context
from resolvers.decisions import show_decision
from resolvers.global_ids import Kind, Named, Node, foreign, read_global_id
from resolvers.households import Household, show_household
from resolvers.keys import MemberKey
from resolvers.ledger.entries import LedgerEntry, show_entry
from resolvers.ledger.holds import Hold, show_holds
from resolvers.ledger.lots import HeldLot, Lot
from resolvers.ledger.operations import LedgerOperation
from resolvers.membership.membership import Membership, show_membership
from resolvers.order import Order
from resolvers.person import Person
from resolvers.records import Record, show_record
from resolvers.systems import find_system

_LOT: Final = re.compile(r"[0-9]{10}\.[0-9]+")


async def find_node(context: Context, written: str) -> Node | None:
    """What an id stands for; None for what is not there (any more), or whose holder the hub does not know.

    Raises:
        InvalidInput: the id cannot be one that was given out.
        Erased: it was there, and its person is erased.
        Forbidden: the caller may not read what the id stands for, whether it is there or not.
    """
    return await find_named(context, read_global_id(written))


async def find_named(context: Context, named: Named) -> Node | None:
    """As `find_node`, for an id that was read. What many ask for at once is read together."""
    kind, key = named
    context.grant.require(*kind.scopes)
    return await _FINDERS[kind](context, key)


async def _find_person(context: Context, key: str) -> Person | None:
    found = await context.finder.find_by_id(key)
    return None if found is None else Person.of(found)


async def _find_membership(context: Context, key: str) -> Membership | None:
    programme, _, person_id = key.rpartition("|")
    person = await _find_person(context, check_person_id(person_id))
    if person is None:
        return None
    asked = MemberKey.of(context.programmes.get(programme), person.id)
    return show_membership(asked.programme, await context.loaders.members.load(asked), context.now_ms)


async def _find_record(context: Context, key: str) -> Record | None:
    record = RecordKey.parse(key)
    person = await context.finder.find_by_record(record)
    if person is None:
        return None
    context.trail.persons.add(person)
    held = (await context.loaders.describe(person)).records
    return next((show_record(one) for one in held if RecordKey(one.system, one.external_id) == record), None)


async def _find_order(context: Context, key: str) -> Order | None:
    found = await context.loaders.orders.load(key)
    return None if found is None else Order.of(found)


async def _find_household(context: Context, key: str) -> Household | None:
    found = await context.loaders.households.load(context.ask_policy(key))
    return None if found is None else show_household(key, found, Person.of)


async def find_operation(context: Context, key: str) -> LedgerOperation | None:
    """The operation of a key; None where there is none, or none of a programme that the caller's grant reaches."""
    found = await operations.find(context.graph, key)
    return LedgerOperation.of(found) if found is not None and context.grant.reaches(found.programme) else None


async def _find_entry(context: Context, key: str) -> LedgerEntry | None:
    account, _, number = key.rpartition("|")
    if not (number.isdecimal() and number.isascii()):
        raise foreign()
    owner = await _find_account(context, account)
    entries = await fetch_last(context.graph, [(account, int(number))], each=1) if owner else []
    return show_entry(entries[0], owner) if owner and entries else None


async def _find_lot(context: Context, key: str) -> Lot | None:
    account, _, lot = key.rpartition("|")
    if not _LOT.fullmatch(lot):
        raise foreign()
    owner = await _find_account(context, account)
    found = None if owner is None else await context.loaders.lots.load(key)
    return Lot.of(HeldLot(owner, found, context.now_ms)) if owner and found else None


async def _find_hold(context: Context, key: str) -> Hold | None:
    """A hold that has not ended; afterwards only its operation is there."""
    operation = await operations.find(context.graph, key)
    if operation is None or not context.grant.reaches(operation.programme):
        return None
    person = await context.finder.find_by_id(operation.person)
    held = None if person is None else await context.loaders.accounts.load(person)
    holds = show_holds(held.accounts, context.now_ms) if held else []
    return next((one for one in holds if one.operation == key), None)


async def _find_account(context: Context, account: str) -> HeldAccount | None:
    """The account of a key, if somebody living has it and the caller's grant reaches it."""
    person = await context.finder.find_by_id(account.rpartition("|")[2])
    held = None if person is None else await context.loaders.accounts.load(person)
    return _pick(context, held.accounts, account) if held else None


def _pick(context: Context, held: Iterable[HeldAccount], account: str) -> HeldAccount | None:
    found = next((one for one in held if one.account.key == account), None)
    return found if found is not None and context.grant.reaches(found.programme) else None


_FINDERS: Final[dict[Kind, Callable[[Context, str], Awaitable[Node | None]]]] = {
    Kind.PERSON: _find_person,
    Kind.RECORD: _find_record,
    Kind.ORDER: _find_order,
    Kind.ENTRY: _find_entry,
    Kind.LOT: _find_lot,
    Kind.HOLD: _find_hold,
    Kind.OPERATION: find_operation,
    Kind.MEMBERSHIP: _find_membership,
    Kind.CASE: show_case,
    Kind.SYSTEM: find_system,
    Kind.DECISION: show_decision,
    Kind.HOUSEHOLD: _find_household,
}
