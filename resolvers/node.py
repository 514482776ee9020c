"""Objects by their global ids."""

from __future__ import annotations

from graph import operations, orders
from graph.ledger_history import fetch_last
from hub.core.errors import InvalidInput
from hub.core.model import RecordKey
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
    """
    kind, key = read_global_id(written)
    find = {
        Kind.PERSON: _find_person,
        Kind.RECORD: _find_record,
        Kind.ORDER: _find_order,
        Kind.ENTRY: _find_entry,
        Kind.OPERATION: _find_operation,
    }[kind]
    return await find(context, key)


async def _find_person(context: Context, key: str) -> Person | None:
    person = await context.finder.find_by_id(key)
    return None if person is None else Person.of(person)


async def _find_record(context: Context, key: str) -> Record | None:
    system, _, external_id = key.partition("|")
    person = await context.finder.find_by_record(RecordKey(system, external_id))
    if person is None:
        return None
    held = (await context.loaders.describe(person)).records
    return next((show_record(one) for one in held if (one.system, one.external_id) == (system, external_id)), None)


async def _find_order(context: Context, key: str) -> Order | None:
    found = await orders.find(context.graph, key)
    return None if found is None else Order.of(found)


async def _find_operation(context: Context, key: str) -> LedgerOperation | None:
    found = await operations.find(context.graph, key)
    return None if found is None else LedgerOperation.of(found)


async def _find_entry(context: Context, key: str) -> LedgerEntry | None:
    account, _, number = key.rpartition("|")
    if not (number.isdecimal() and number.isascii()):
        raise InvalidInput("This id is not one of ours: pass the id of a Node unchanged.")
    person = await context.finder.find_by_id(account.rpartition("|")[2])
    held = None if person is None else await context.loaders.accounts.load(person)
    owner = next((one for one in held.accounts if one.account.key == account), None) if held else None
    entries = await fetch_last(context.graph, [(account, int(number))], each=1) if owner else []
    return show_entry(entries[0], owner) if owner and entries else None
