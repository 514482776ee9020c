"""A programme, and the shortest way to earn and spend in it."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import count
from zoneinfo import ZoneInfo

from graph.database import Graph
from hub.core.ledger import Operation
from hub.core.model import DAY_MS
from hub.services.identity import Identity
from hub.services.ledger.balance import Balance, get_holdings
from hub.services.ledger.earning import earn_amount
from hub.services.ledger.holding import hold_amount
from hub.services.ledger.request import Call
from hub.services.ledger.spending import spend_amount
from hub.services.personal_data.erase import erase_person
from rules.ledger.expiry import Expiry
from rules.ledger.terms import Terms
from rules.programme import Asset, Programme
from tests.support.stewardship import put, read_births, said

NOW = 1_000 * DAY_MS

PROGRAMME = Programme(
    "main",
    ZoneInfo("Asia/Shanghai"),
    {
        "points": Asset("points", "point", Expiry("days", 365), Terms(transfers=True)),
        "stored_value": Asset("stored_value", "fen", terms=Terms("refuse")),
    },
)


@dataclass
class Members:
    """Records with accounts; every call has a key of its own unless one is given."""

    graph: Graph
    identity: Identity
    now_ms: int = NOW
    _keys: count[int] = field(default_factory=count)

    def call(self, key: str | None = None) -> Call:
        return Call("test", key or f"k{next(self._keys)}")

    async def add(self, record: str, phone: str) -> str:
        """A record with a phone; returns the id that it brings."""
        await put(self.graph, self.identity, said(record, ("phone", phone)))
        return (await read_births(self.graph))[record]

    async def earn(self, record: str, amount: int, *, key: str | None = None, days: int | None = None) -> Operation:
        return await earn_amount(
            self.graph,
            PROGRAMME,
            self.call(key),
            record=record,
            asset="points",
            amount=amount,
            earned_ms=self.now_ms,
            now_ms=self.now_ms,
            expires_at_ms=None if days is None else self.now_ms + days * DAY_MS,
        )

    async def spend(self, person: str, amount: int, *, key: str | None = None) -> Operation:
        return await spend_amount(
            self.graph, PROGRAMME, self.call(key), person=person, asset="points", amount=amount, now_ms=self.now_ms
        )

    async def hold(self, person: str, amount: int) -> Operation:
        """Keep an amount for a day."""
        return await hold_amount(
            self.graph,
            PROGRAMME,
            self.call(),
            person=person,
            asset="points",
            amount=amount,
            lasts_ms=DAY_MS,
            now_ms=self.now_ms,
        )

    async def balance(self, person: str) -> Balance:
        holdings = await get_holdings(self.graph, PROGRAMME, person, now_ms=self.now_ms)
        return holdings.balances[0]

    async def erase(self, person: str) -> None:
        """Have the hub forget a person."""
        await erase_person(self.graph, self.identity, person, requested_by="test", reason="asked for")
