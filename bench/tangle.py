"""One large component: households of three records each that share a phone, every household tied to another by its.

Household n's first record also tells the phone of household (n - 1) // 8: a tree of households, of which no phone is in
more than eleven hands. All have names that keep them apart, but for one in a hundred that tells none and becomes a
case. It is stored undecided, each record a person of its own, as it stands when only the background job may decide.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Final

from graph import evidence, partition, unsettled
from graph.database import Graph, Transaction
from graph.partition import NewRecord
from hub.core.model import CustomerEvent, RawIdentifier, RecordKey
from hub.demo.phones import mobile
from hub.services.facts import CustomerFact, state_customer
from hub.services.golden import GoldenSource, encode_golden
from hub.services.identity import Identity
from rules.evidence import weave

_BATCH: Final = 2000
_HOUSEHOLD: Final = 3
_CHILDREN: Final = 8
_NAMELESS: Final = 100
_SURNAMES: Final = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗"
_GIVEN: Final = "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超兰霞平"


@dataclass(frozen=True, slots=True)
class Tangle:
    """A component of about `size` records; another `number` makes another one."""

    identity: Identity
    number: int
    size: int

    def list_facts(self) -> list[CustomerFact]:
        """All of its records."""
        return [self._fact(place) for place in range(self.size)]

    def newcomer(self, turn: int) -> CustomerFact:
        """One more record on the phone of a household that others are tied to."""
        return self._state(f"n{turn}", (turn % max(1, self.size // 30),), at_ms=self.size + turn)

    def _fact(self, place: int) -> CustomerFact:
        household, member = divmod(place, _HOUSEHOLD)
        tied = household > 0 and member == 0
        households = (household, (household - 1) // _CHILDREN) if tied else (household,)
        return self._state(f"m{place}", households, at_ms=place)

    def _state(self, name: str, households: tuple[int, ...], *, at_ms: int) -> CustomerFact:
        own, *_ = households
        external_id = f"t{self.number}-{name}"
        phones = (mobile(10**9 + self.number * 10**7 + household, seed=0) for household in households)
        identifiers = (
            RawIdentifier("card", "pos", external_id),
            *(RawIdentifier("phone", "", phone) for phone in phones),
        )
        known = own % _NAMELESS != _NAMELESS - 1
        full = f"{_SURNAMES[own % 20]}{_GIVEN[own // 20 % 20]}{_GIVEN[own // 400 % 20]}"
        event = CustomerEvent(RecordKey("pos", external_id), at_ms, identifiers, {"name": full} if known else {})
        return state_customer(self.identity, event, default_ms=0, source="bench")

    async def create(self, graph: Graph) -> None:
        """Store it, and put it on the background job's list."""
        facts = self.list_facts()
        holders = Counter(item.key for fact in facts for item in fact.identifiers)
        named = [(item, holders[item.key]) for item in {i.key: i for fact in facts for i in fact.identifiers}.values()]
        for start in range(0, len(named), _BATCH):
            rows = [(item, live, ()) for item, live in named[start : start + _BATCH]]
            await graph.write(evidence.touch_identifiers, rows, ())
        for start in range(0, len(facts), _BATCH):
            await graph.write(self._create, facts[start : start + _BATCH])
        await graph.write(unsettled.mark, [str(facts[0].record)], now_ms=0)

    async def _create(self, tx: Transaction, facts: list[CustomerFact]) -> None:
        records = [
            NewRecord(one.record, one.birth_id, 0, dict(one.profile), weave((), one.assertions)) for one in facts
        ]
        golden = {
            one.birth_id: encode_golden(self.identity.policy, [GoldenSource(str(one.record), one.profile)])
            for one in facts
        }
        await partition.put_persons(tx, golden, ())
        await partition.create_records(tx, [(record, record.birth_id) for record in records])
