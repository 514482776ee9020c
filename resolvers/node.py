"""Objects by their global ids."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from typing import Final

from graph import operations, orders
from graph.balances import HeldAccount
from graph.ledger_history import fetch_last
from hub.core.access import Scope
from hub.core.errors import InvalidInput
from hub.core.model import RecordKey
from resolvers.cases import show_case
from resolvers.context import Context
from resolvers.global_ids import Kind, Node, read_global_id
from resolvers.ledger.entries import LedgerEntry, show_entry
from resolvers.ledger.operations import LedgerOperation
from resolvers.order import Order
from resolvers.person import Person, Record, show_record


async def find_node(context: Context, written: str) -> Node | None:
    """What an id stands for; None for what is not there (any more), or whose holder the hub does not know.

    Raises:
        InvalidInput: the id cannot be one that was given out.
        Erased: it was there, and its person is erased.
        Forbidden: the caller may not read what the id stands for, whether it is there or not.
    """
    kind, key = read_global_id(written)
    find, scopes = _FINDERS[kind]
    context.grant.require(*scopes)
    return await find(context, key)


async def _find_person(context: Context, key: str) -> Person | None:
    person = await context.finder.find_by_id(key)
    return None if person is None else Person.of(person)


async def _find_record(context: Context, key: str) -> Record | None:
    record = RecordKey.parse(key)
    person = await context.finder.find_by_record(record)
    if person is None:
        return None
    context.trail.persons.add(person)
    held = (await context.loaders.describe(person)).records
    return next((show_record(one) for one in held if RecordKey(one.system, one.external_id) == record), None)


async def _find_order(context: Context, key: str) -> Order | None:
    found = await orders.find(context.graph, key)
    return None if found is None else Order.of(found)


async def find_operation(context: Context, key: str) -> LedgerOperation | None:
    """The operation of a key; None where there is none, or none of a programme that the caller's grant reaches."""
    found = await operations.find(context.graph, key)
    return LedgerOperation.of(found) if found is not None and context.grant.reaches(found.programme) else None


async def _find_entry(context: Context, key: str) -> LedgerEntry | None:
    account, _, number = key.rpartition("|")
    if not (number.isdecimal() and number.isascii()):
        raise InvalidInput("This id is not one of ours: pass the id of a Node unchanged.")
    person = await context.finder.find_by_id(account.rpartition("|")[2])
    held = None if person is None else await context.loaders.accounts.load(person)
    owner = _pick(context, held.accounts, account) if held else None
    entries = await fetch_last(context.graph, [(account, int(number))], each=1) if owner else []
    return show_entry(entries[0], owner) if owner and entries else None


def _pick(context: Context, held: Iterable[HeldAccount], account: str) -> HeldAccount | None:
    found = next((one for one in held if one.account.key == account), None)
    return found if found is not None and context.grant.reaches(found.programme) else None


_OPERATIONS: Final = (Scope.POINTS_READ, Scope.MEMBERSHIP_READ)
# What a field's type would need is only known once it was found, which already tells something: the id says its type.
_FINDERS: Final[dict[Kind, tuple[Callable[[Context, str], Awaitable[Node | None]], tuple[Scope, ...]]]] = {
    Kind.PERSON: (_find_person, (Scope.PERSON_READ,)),
    Kind.RECORD: (_find_record, (Scope.PERSON_READ,)),
    Kind.ORDER: (_find_order, (Scope.ORDERS_READ,)),
    Kind.ENTRY: (_find_entry, (Scope.POINTS_READ,)),
    Kind.OPERATION: (find_operation, _OPERATIONS),
    Kind.CASE: (show_case, (Scope.CASES_READ,)),
}
