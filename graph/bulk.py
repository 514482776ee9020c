"""What a first load writes: nodes that nobody knows yet, created in one statement that looks nothing up.

The uniqueness constraints refuse whatever another writer created meanwhile; the transaction is then run again, and
finds it known.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from typing import Any, Final

from graph.database import Transaction
from graph.evidence import IdentifierState, NewIdentifier
from graph.first_accounts import CREATE_FIRST, FirstAccount, hold_rows
from graph.partition import NewRecord, record_row
from graph.statement import Statement

_KNOWS_RECORD: Final = Statement(
    "bulk.knows_record", "read", "UNWIND $keys AS key MATCH (r:Record {key: key}) RETURN r.key AS key LIMIT 1"
)
_KNOWS_IDENTIFIER: Final = Statement(
    "bulk.knows_identifier", "read", "UNWIND $keys AS key MATCH (i:Identifier {key: key}) RETURN i.key AS key LIMIT 1"
)
# Claims name their identifiers by the place among those just created: nothing has to be looked up.
# So the statement is planned once, where one that matches is planned anew whenever the graph has grown.
_CREATE: Final = Statement(
    "bulk.create",
    "write",
    """
    UNWIND $identifiers AS row
    CREATE (i:Identifier {key: row[0], type: row[1], scope: row[2], masked: row[3], sealed: row[4], blocked: row[5],
                          live: row[6], releases: row[7], cases: 0, revision: 0})
    WITH collect(i) AS identifiers
    UNWIND $persons AS person
    CREATE (p:Person {id: person[0], golden: person[1], revision: 0})
    WITH identifiers, p, person
    UNWIND person[2] AS said
    CREATE (r:Record {key: said[0], system: said[1], external_id: said[2], birth_id: said[3], created_ms: said[4],
                      profile: said[5], revision: 0})-[:OF {since_ms: said[4]}]->(p)
    WITH identifiers, r, said, said[7] AS held
    """
    + CREATE_FIRST
    + """
    WITH identifiers, r, said
    UNWIND said[6] AS claim
    WITH r, claim, identifiers[claim[0]] AS i
    CREATE (r)-[:CLAIMS {valid_from_ms: claim[1], observed_ms: claim[2], valid_to_ms: claim[3], source: claim[4],
                         verified: claim[5], stated_ms: claim[6], sources: claim[7], proofs: claim[8]}]->(i)
    """,
)


async def knows_any(tx: Transaction, *, records: Collection[str], identifiers: Collection[str]) -> bool:
    """Whether any of these is in the graph."""
    asked = ((_KNOWS_RECORD, records), (_KNOWS_IDENTIFIER, identifiers))
    for statement, keys in asked:
        if keys and await tx.run(statement, keys=sorted(keys)):
            return True
    return False


async def create_persons(
    tx: Transaction,
    named: Mapping[str, NewIdentifier],
    states: Mapping[str, IdentifierState],
    golden: Mapping[str, str | None],
    placed: Iterable[tuple[NewRecord, str]],
    accounts: Mapping[str, Iterable[FirstAccount]],
) -> None:
    """Create identifiers, and persons with all their records, whose claims on other identifiers are left out.

    Args:
        named: identifiers by key, born with what `states` says of them.
        golden: the stored text of the golden record, by person id.
        placed: records, each with its person's id.
        accounts: what some records hold, by their keys.
    """
    places = {key: place for place, key in enumerate(sorted(named))}
    held: dict[str, list[list[Any]]] = defaultdict(list)
    for record, person in placed:
        *row, claims = record_row(record)
        claimed = [[places[key], *said] for key, *said in claims if key in places]
        held[person].append([*row, claimed, hold_rows(accounts.get(row[0], ()))])
    await tx.run(
        _CREATE,
        identifiers=[_identifier_row(named[key], states[key]) for key in places],
        persons=[[person, golden[person], records] for person, records in sorted(held.items())],
    )


def _identifier_row(one: NewIdentifier, born: IdentifierState) -> list[Any]:
    return [one.key, one.type, one.scope, one.masked, one.sealed, one.blocked, born.live, list(born.releases)]
