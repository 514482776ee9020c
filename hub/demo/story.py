"""A story about one customer's points: earned on Tmall, spent in the store, merged with WeChat, and parted again.

Every step has a key of its own, so that a story that was told before is told again without being done again, and one
that was broken off goes on where it was.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator
from dataclasses import dataclass
from typing import Final, NamedTuple

from graph import operations
from graph.database import Graph
from graph.ledger_history import TracedEntry
from hub.core.errors import NotFound
from hub.core.ledger import Operation
from hub.core.model import CustomerEvent, RawIdentifier, RecordKey
from hub.services.decisions import Decision, fetch_decisions, make_decision, request_link, withdraw_decision
from hub.services.facts import state_customer
from hub.services.find_person import PersonFinder
from hub.services.identity import Identity
from hub.services.ingest import apply_facts
from hub.services.ledger.balance import Balance, get_holdings
from hub.services.ledger.earning import earn_amount
from hub.services.ledger.history import fetch_history
from hub.services.ledger.request import Call
from hub.services.ledger.spending import refund_amount, spend_amount
from rules.programme import Programme

CALLER: Final = "story"
PHONE: Final = "19900000701"
"""Of a range from which the demo's exports take none."""

_TMALL: Final = RecordKey("tmall:flagship", "story-tmall")
_CARD: Final = RecordKey("pos", "story-card")
_WECHAT: Final = RecordKey("wechat:mini", "story-wechat")
_STATED_MS: Final = 1_767_196_800_000  # the first instant of 2026 in China
_TOGETHER: Final = "5-spend-together"


class Holder(NamedTuple):
    """A person of the story: their records, and what they hold."""

    person: str
    records: tuple[str, ...]
    balance: Balance


@dataclass(frozen=True, slots=True)
class Step:
    """What happened.

    Attributes:
        entries: what it added to the ledger, oldest first.
        records: whose each account is, by its key.
        holders: everyone's points after it; empty where the story was told before, because they are today's.
    """

    title: str
    entries: tuple[TracedEntry, ...]
    records: dict[str, str]
    holders: tuple[Holder, ...]


@dataclass(frozen=True, slots=True)
class Story:
    """Tells the story in a graph.

    Attributes:
        now_ms: when it is told.
    """

    graph: Graph
    identity: Identity
    programme: Programme
    now_ms: int

    async def tell(self) -> AsyncGenerator[Step, None]:
        """Step by step, each done before it is given; the last one has everyone's points whatever was done before.

        Raises:
            UnknownRecord: its customer was erased.
            Conflict: a steward has decided that its records are two customers'.
        """
        known = await self._is_told()
        await self._introduce()
        earned = await self._earn("1-earn", _TMALL, 120, "tmall:flagship|STORY-T1")
        yield await self._step("Earns 120 points with an order on Tmall", known, earned)
        spent = await self._spend("2-spend", _CARD, 50, "pos|STORY-R1")
        yield await self._step("Spends 50 in the store: the card has the phone of the Tmall record", known, spent)
        yield await self._step(
            "Gives a part back, which returns 20 to the lot they came from", known, await self._refund()
        )
        other = await self._earn("4-earn-wechat", _WECHAT, 30, "wechat:mini|STORY-W1")
        yield await self._step("Somebody without a phone earns 30 in the mini program", known, other)
        together = await operations.find(self.graph, f"{CALLER}|{_TOGETHER}")
        if together is None:
            await self._merge()
            yield await self._step("A steward finds that the two are one customer: one balance", known)
            together = await self._spend(_TOGETHER, _WECHAT, 100, "pos|STORY-R2")
        yield await self._step("Spends 100 of the common balance, the earliest earned first", known, together)
        await self._part()
        yield await self._step("The steward was wrong and withdraws: every lot goes home with its record", False)

    async def _is_told(self) -> bool:
        return await operations.find(self.graph, f"{CALLER}|{_TOGETHER}") is not None and not await self._decisions()

    async def _introduce(self) -> None:
        phone = RawIdentifier("phone", "", PHONE)
        said = {
            _TMALL: (RawIdentifier("ouid", "tmall:flagship", "AAstory0000000001"), phone),
            _CARD: (RawIdentifier("card", "pos", "story-card"), phone),
            _WECHAT: (RawIdentifier("openid", "wxstory", "oStory0000000000000000000001"),),
        }
        facts = [
            state_customer(
                self.identity,
                CustomerEvent(record, _STATED_MS, identifiers, {"name": "沈知秋"}),
                default_ms=_STATED_MS,
                source=CALLER,
            )
            for record, identifiers in said.items()
        ]
        await self.graph.write(apply_facts, self.identity, facts, [])

    async def _earn(self, key: str, record: RecordKey, amount: int, cause: str) -> Operation:
        call = Call(CALLER, key, cause=cause)
        return await earn_amount(
            self.graph, self.programme, call, record=str(record), asset="points", amount=amount, now_ms=self.now_ms
        )

    async def _spend(self, key: str, record: RecordKey, amount: int, cause: str) -> Operation:
        return await spend_amount(
            self.graph,
            self.programme,
            Call(CALLER, key, cause=cause),
            person=await self._owner(record),
            said=str(record),
            asset="points",
            amount=amount,
            now_ms=self.now_ms,
        )

    async def _refund(self) -> Operation:
        call = Call(CALLER, "3-refund", cause="pos|STORY-R1")
        return await refund_amount(
            self.graph, self.programme, call, original=f"{CALLER}|2-spend", amount=20, now_ms=self.now_ms
        )

    async def _merge(self) -> None:
        reason = "the same name, and the customer says so"
        request = request_link(str(_TMALL), str(_WECHAT), apart=False, author=CALLER, reason=reason)
        await make_decision(self.graph, self.identity, request)

    async def _part(self) -> None:
        for decision in await self._decisions():
            await withdraw_decision(self.graph, self.identity, decision.id, CALLER, "another customer of that name")

    async def _decisions(self) -> list[Decision]:
        """The story's own that hold: a steward's on the same records is left alone."""
        found = await fetch_decisions(self.graph, record=str(_WECHAT))
        return [decision for decision in found if decision.author == CALLER]

    async def _step(self, title: str, known: bool, done: Operation | None = None) -> Step:
        entries: dict[tuple[str, int], TracedEntry] = {}
        records: dict[str, str] = {}
        holders: list[Holder] = []
        for person, owned in await self._persons():
            history = await fetch_history(self.graph, self.programme, person, "points")
            records |= history.records
            told = (one for one in history.entries if done is not None and one.operation == done.key)
            entries |= {(one.entry.account, one.entry.number): one for one in told}
            holdings = await get_holdings(self.graph, self.programme, person, now_ms=self.now_ms)
            holders.append(Holder(person, owned, holdings.balances[0]))
        return Step(title, tuple(one for _, one in sorted(entries.items())), records, () if known else tuple(holders))

    async def _persons(self) -> list[tuple[str, tuple[str, ...]]]:
        """The persons of the story's records, each with these."""
        owned: dict[str, list[str]] = {}
        for record in (_TMALL, _CARD, _WECHAT):
            owned.setdefault(await self._owner(record), []).append(str(record))
        return [(person, tuple(records)) for person, records in owned.items()]

    async def _owner(self, record: RecordKey) -> str:
        person = await PersonFinder(self.graph, self.identity).find_by_record(record)
        if person is None:
            raise NotFound(f"The story's record {record} is not there: was its customer erased?")
        return person
