"""Balances as they are read: the accounts of a person, without their lots."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import Any, Final, NamedTuple

from graph.database import Graph
from graph.ledger_rows import read_account, read_sums
from graph.reading import Reader, read_list, read_rows
from graph.statement import Statement
from hub.core.ledger import Account
from hub.core.model import RecordKey

ACCOUNTS: Final = """
    [(r)-[:HOLDS]->(a:Account) |
     [a.programme, a.asset, a.key, a.entries, a.at_ms, a.debt, a.due_ms, a.free, a.holds]]
"""
"""What a statement returns of a record `r` as its accounts, for `read_held_accounts`."""

_FETCH: Final = Statement(
    "balances.fetch",
    "read",
    """
    MATCH (:Record {birth_id: $person})-[:OF]->(p:Person)
    OPTIONAL MATCH (p)<-[:OF]-(:Record)-[:HOLDS]->(a:Account)
    WHERE a.programme = $programme
    RETURN p.id, a.asset, a.key, a.debt, a.free, a.holds
    """,
)
_FETCH_ALL: Final = Statement(
    "balances.fetch_all",
    "read",
    """
    UNWIND $persons AS person
    MATCH (:Record {birth_id: person})-[:OF]->(p:Person)
    MATCH (p)<-[:OF]-(r:Record)
    WITH person, p, r, """
    + ACCOUNTS
    + """ AS accounts
    RETURN collect([person, p.id, r.system, r.external_id, accounts])
    """,
)
_FETCH_OF_RECORDS: Final = Statement(
    "balances.fetch_of_records",
    "read",
    """
    UNWIND $records AS record
    MATCH (:Record {key: record})-[:HOLDS]->(a:Account)
    RETURN record, a.key, a.entries, a.at_ms, a.debt, a.due_ms, a.free, a.holds
    ORDER BY a.key
    """,
)
_FIND_DUE: Final = Statement(
    "balances.find_due",
    "read",
    "MATCH (a:Account) WHERE a.due_ms <= $at_ms RETURN a.key AS key LIMIT $limit",
)
_COUNT_DUE: Final = Statement(
    "balances.count_due", "read", "MATCH (a:Account) WHERE a.due_ms <= $at_ms RETURN count(*) AS due"
)
_FETCH_DUE: Final = Statement(
    "balances.fetch_due",
    "read",
    """
    MATCH (a:Account)
    WHERE a.due_ms <= $until_ms AND a.key > $after AND a.programme = $programme AND a.asset = $asset
    WITH a ORDER BY a.key LIMIT $limit
    OPTIONAL MATCH (a)<-[:HOLDS]-(:Record)-[:OF]->(p:Person)
    RETURN p.id, a.key, a.entries, a.at_ms, a.debt, a.due_ms, a.free, a.holds
    """,
)


class PersonAccounts(NamedTuple):
    """A living person's accounts in one programme, by asset: what balances are added up from, and no more."""

    person: str
    accounts: dict[str, list[Account]]


class HeldAccount(NamedTuple):
    """An account with the record that holds it; `whole` if it comes with all of its lots."""

    record: RecordKey
    programme: str
    asset: str
    account: Account
    whole: bool = False


class HeldAccounts(NamedTuple):
    """All accounts of a living person, by key."""

    person: str
    accounts: list[HeldAccount]


class DueAccount(NamedTuple):
    """An account on which something falls due; `person` is None where its record is erased."""

    person: str | None
    account: Account


async def fetch_accounts(graph: Graph, person: str, programme: str) -> PersonAccounts | None:
    """The accounts behind any id that was given out; None where nobody living is."""
    rows = await graph.read(_FETCH, person=person, programme=programme)
    if not rows:
        return None
    found: dict[str, list[Account]] = {}
    for _, asset, *sums in rows:
        if asset is not None:
            found.setdefault(asset, []).append(read_sums(*sums))
    return PersonAccounts(rows[0][0], found)


async def fetch_all(graph: Graph, persons: Iterable[str]) -> dict[str, HeldAccounts]:
    """All accounts behind ids that were given out, by these; ids behind which nobody living is are left out."""
    rows: dict[tuple[str, str], list[list[Any]]] = {}
    for person, living, *row in await read_list(graph, _FETCH_ALL, persons=list(persons)):
        rows.setdefault((person, living), []).append(row)
    return {person: read_held_accounts(living, told) for (person, living), told in rows.items()}


def read_held_accounts(person: str, rows: Iterable[Sequence[Any]]) -> HeldAccounts:
    """The accounts of one person, from what is told of each record: its key's parts and accounts."""
    held = [
        HeldAccount(RecordKey(system, external_id), programme, asset, read_account(account))
        for system, external_id, accounts in rows
        for programme, asset, *account in accounts
    ]
    return HeldAccounts(person, sorted(held, key=lambda one: one.account.key))


async def fetch_of_records(reader: Reader, records: Collection[str]) -> list[tuple[str, Account]]:
    """The accounts of records (by key), each with its record, by the accounts' keys."""
    rows = await read_rows(reader, _FETCH_OF_RECORDS, records=sorted(records))
    return [(record, read_account(account)) for record, *account in rows]


async def find_due(graph: Graph, at_ms: int, *, limit: int) -> list[str]:
    """Some accounts on which something fell due, by key."""
    return [row["key"] for row in await graph.read(_FIND_DUE, at_ms=at_ms, limit=limit)]


async def count_due(graph: Graph, at_ms: int) -> int:
    """On how many accounts something fell due."""
    [row] = await graph.read(_COUNT_DUE, at_ms=at_ms)
    return int(row["due"])


async def fetch_due(
    graph: Graph, programme: str, asset: str, *, until_ms: int, after: str, limit: int
) -> list[DueAccount]:
    """The next accounts after a key on which something falls due until an instant, by key."""
    rows = await graph.read(_FETCH_DUE, programme=programme, asset=asset, until_ms=until_ms, after=after, limit=limit)
    return [DueAccount(person, read_account(account)) for person, *account in rows]
