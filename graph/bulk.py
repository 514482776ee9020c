"""What a first load writes: nodes that nobody knows yet, created instead of merged, which takes half the time.

The uniqueness constraints refuse whatever another writer created meanwhile; the transaction is then run again, and
finds it known.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from typing import Any, Final

from graph.database import Transaction
from graph.evidence import IdentifierState, NewIdentifier
from graph.partition import CREATE_RECORD, NewRecord, record_row
from graph.statement import Statement

_KNOWS_RECORD: Final = Statement(
    "bulk.knows_record", "read", "UNWIND $keys AS key MATCH (r:Record {key: key}) RETURN r.key AS key LIMIT 1"
)
_KNOWS_IDENTIFIER: Final = Statement(
    "bulk.knows_identifier", "read", "UNWIND $keys AS key MATCH (i:Identifier {key: key}) RETURN i.key AS key LIMIT 1"
)
_CREATE_IDENTIFIERS: Final = Statement(
    "bulk.create_identifiers",
    "write",
    """
    UNWIND $rows AS row
    CREATE (:Identifier {key: row[0], type: row[1], scope: row[2], masked: row[3], sealed: row[4], blocked: row[5],
                         live: row[6], releases: row[7], cases: 0, revision: 0})
    """,
)
_CREATE_PERSONS: Final = Statement(
    "bulk.create_persons",
    "write",
    """
    UNWIND $rows AS person
    CREATE (p:Person {id: person[0], golden: person[1], revision: 0})
    WITH p, person
    UNWIND person[2] AS row
    """
    + CREATE_RECORD,
)


async def knows_any(tx: Transaction, *, records: Collection[str], identifiers: Collection[str]) -> bool:
    """Whether any of these is in the graph."""
    asked = ((_KNOWS_RECORD, records), (_KNOWS_IDENTIFIER, identifiers))
    for statement, keys in asked:
        if keys and await tx.run(statement, keys=sorted(keys)):
            return True
    return False


async def create_identifiers(
    tx: Transaction, named: Mapping[str, NewIdentifier], states: Mapping[str, IdentifierState]
) -> None:
    """Create identifiers with the live claims and the releases that they are born with."""
    rows = [
        [key, one.type, one.scope, one.masked, one.sealed, one.blocked, states[key].live, list(states[key].releases)]
        for key, one in sorted(named.items())
    ]
    if rows:
        await tx.run(_CREATE_IDENTIFIERS, rows=rows)


async def create_persons(
    tx: Transaction,
    golden: Mapping[str, str | None],
    records: Iterable[NewRecord],
    places: Mapping[str, str],
) -> None:
    """Create persons with all their records; the identifiers must be there.

    Args:
        golden: the stored text of the golden record, by person id.
        places: the person id of each record, by the record's key.
    """
    rows: dict[str, list[list[Any]]] = defaultdict(list)
    for record in records:
        rows[places[str(record.key)]].append(record_row(record))
    if rows:
        await tx.run(_CREATE_PERSONS, rows=[[person, golden[person], held] for person, held in sorted(rows.items())])
