"""A crowd of invented persons, created by plain batches: the graph that as many imported customers would have left.

Person n has two records, a till's and a mini program's, that share a phone; each holds an id of its own besides. Their
values, texts and counts are what ingest stores, but nothing is looked up or decided.
"""

from __future__ import annotations

from dataclasses import dataclass
from random import Random
from typing import Any, Final

from graph.database import Graph, Transaction
from graph.evidence import NewIdentifier, claim_properties, encode_profile
from graph.statement import Statement
from hub.core.model import CustomerEvent, RawIdentifier, RecordKey
from hub.demo.phones import mobile
from hub.services.facts import CustomerFact, state_customer
from hub.services.golden import GoldenSource, encode_golden
from hub.services.identity import Identity
from rules.evidence import weave

KINDS: Final = ("new record", "changed record", "new person")
_BATCH: Final = 2000
_NAMES: Final = ("张伟", "王芳", "李娜", "刘洋", "陈静", "杨磊", "赵敏", "黄强")
_CREATE: Final = Statement(
    "bench.create_crowd",
    "write",
    """
    UNWIND $rows AS row
    CREATE (p:Person {id: row[0], golden: row[1], revision: 0})
    CREATE (i:Identifier {key: row[2][0], type: row[2][1], scope: row[2][2], masked: row[2][3], sealed: row[2][4],
                          blocked: row[2][5], live: 2, releases: [], cases: 0, revision: 0})
    WITH p, i, row
    UNWIND row[3] AS one
    CREATE (r:Record {key: one[0], system: one[1], external_id: one[2], birth_id: one[3], created_ms: 0,
                      profile: one[4], revision: 0})-[:OF {since_ms: 0}]->(p)
    CREATE (own:Identifier {key: one[5][0], type: one[5][1], scope: one[5][2], masked: one[5][3], sealed: one[5][4],
                            blocked: one[5][5], live: 1, releases: [], cases: 0, revision: 0})
    CREATE (r)-[:CLAIMS {valid_from_ms: one[6][1], observed_ms: one[6][2], valid_to_ms: one[6][3], source: one[6][4],
                         verified: one[6][5], stated_ms: one[6][6], sources: one[6][7], proofs: one[6][8]}]->(i)
    CREATE (r)-[:CLAIMS {valid_from_ms: one[7][1], observed_ms: one[7][2], valid_to_ms: one[7][3], source: one[7][4],
                         verified: one[7][5], stated_ms: one[7][6], sources: one[7][7], proofs: one[7][8]}]->(own)
    """,
)


@dataclass(frozen=True, slots=True)
class Crowd:
    """Persons 0, 1, 2 and so on, as events and as stored."""

    identity: Identity

    def events(self, number: int) -> tuple[CustomerEvent, CustomerEvent]:
        """What the two systems say of a person."""
        return (
            self.event(number, "pos", f"8{number:011d}", ("card", "pos", f"8{number:011d}")),
            self.event(number, "wechat:mini", f"o{number:027d}", ("openid", "wx1", f"o{number:027d}")),
        )

    def event(self, number: int, system: str, external_id: str, own: tuple[str, str, str]) -> CustomerEvent:
        """A record of that person with an id of its own."""
        identifiers = (RawIdentifier("phone", "", mobile(number, seed=0)), RawIdentifier(*own))
        profile = {"name": _NAMES[number % len(_NAMES)], "city": "上海市"}
        return CustomerEvent(RecordKey(system, external_id), 1_700_000_000_000 + number, identifiers, profile)

    def draw_event(self, turn: int, size: int) -> CustomerEvent:
        """By turns one of `KINDS`, on one of the first `size` persons or on another."""
        known, kind = Random(turn).randrange(size), KINDS[turn % len(KINDS)]
        if kind == "new person":
            return self.events(size + turn)[0]
        if kind == "new record":
            return self.event(known, "erp", f"C{turn:08d}", ("erp_code", "erp", f"C{turn:08d}"))
        said = self.events(known)[0]
        profile = {**said.profile, "city": "北京市"}
        return CustomerEvent(said.record, (said.observed_ms or 0) + 86_400_000 + turn, said.identifiers, profile)

    async def create(self, graph: Graph, start: int, end: int) -> None:
        """Store the persons from `start` up to `end`, who must not be there."""
        for first in range(start, end, _BATCH):
            rows = [self._row(number) for number in range(first, min(first + _BATCH, end))]
            await graph.write(_create, rows)

    def _row(self, number: int) -> list[Any]:
        facts = [self.fact(event) for event in self.events(number)]
        person = min(fact.birth_id for fact in facts)
        golden = encode_golden(self.identity.policy, [GoldenSource(str(fact.record), fact.profile) for fact in facts])
        return [person, golden, _identifier(facts[0].identifiers[0]), [_record(fact) for fact in facts]]

    def fact(self, event: CustomerEvent) -> CustomerFact:
        """The event, ready to be stored."""
        return state_customer(self.identity, event, default_ms=0, source="bench")


def _record(fact: CustomerFact) -> list[Any]:
    phone, own = fact.identifiers
    claims = {claim.identifier: claim_properties(claim) for claim in weave((), fact.assertions)}
    return [
        str(fact.record), fact.record.system, fact.record.external_id, fact.birth_id,
        encode_profile(dict(fact.profile)), _identifier(own), claims[phone.key], claims[own.key],
    ]  # fmt: skip


def _identifier(item: NewIdentifier) -> list[Any]:
    return [item.key, item.type, item.scope, item.masked, item.sealed, item.blocked]


async def _create(tx: Transaction, rows: list[list[Any]]) -> None:
    await tx.run(_CREATE, rows=rows)
