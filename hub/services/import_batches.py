"""A file as batches that are ready to be stored: read, translated, normalised, hashed and sealed."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from dataclasses import dataclass, field
from typing import Final

from connectors.files.mapping import CustomerMapping, Mapping
from connectors.files.outcomes import Rejected, Translated
from connectors.files.rows import Source
from connectors.files.translate import translate
from graph.order_states import PreparedOrder
from hub.core.clock import MAX_AHEAD_MS
from hub.core.errors import InvalidInput
from hub.core.model import CustomerEvent, OrderEvent, StatedTier, System
from hub.services.facts import CustomerFact, UnusableEvent, state_customer, state_order
from hub.services.guests import name_guest
from hub.services.identity import Identity
from hub.services.ledger.request import find_asset
from hub.services.packed_facts import PackedFact, pack_fact
from rules.programme import Programme

MAX_EVENTS: Final = 2000
MAX_ROWS: Final = 20_000


@dataclass(slots=True)
class Batch:
    """Consecutive rows of a file; `position` is where the next batch begins, `rows` how many rows it came from.

    `packed` is what its customers are, instead of `customers`, where they were asked for so. `guests` is what its
    orders say of buyers who are no customers of the system. `observed_ms` is the newest instant that it speaks of.
    """

    position: int
    rows: int = 0
    customers: list[CustomerFact] = field(default_factory=list)
    packed: list[PackedFact] = field(default_factory=list)
    orders: list[PreparedOrder] = field(default_factory=list)
    guests: list[CustomerFact] = field(default_factory=list)
    rejected: list[Rejected] = field(default_factory=list)
    observed_ms: int = 0

    @property
    def accepted(self) -> int:
        """Events to be stored."""
        return len(self.customers) + len(self.packed) + len(self.orders)

    @property
    def full(self) -> bool:
        """Whether it is large enough to be stored."""
        return self.accepted + len(self.rejected) >= MAX_EVENTS or self.rows >= MAX_ROWS


@dataclass(frozen=True, slots=True)
class FileReader:
    """How one file becomes batches.

    Attributes:
        now_ms: the hub's clock as it begins to read; rows that are far ahead of it are rejected.
        programme: whose assets the balances are that the mapping names.
        packed: whether customers are wanted as `pack_fact` gives them.
    """

    source: Source
    mapping: Mapping
    system: System
    identity: Identity
    timezone: str
    now_ms: int
    programme: Programme
    packed: bool = False

    def check(self) -> None:
        """Raise InvalidInput if the mapping does not fit the file or the system; reads no row."""
        self.read(skip=0, default_ms=0).close()

    def read(self, *, skip: int, default_ms: int) -> Generator[Batch, None, None]:
        """Batches of all rows after the first `skip`; `default_ms` stands in for an instant that they do not carry.

        Raises:
            InvalidInput: at once: the mapping does not fit the file, the system or the policy of identifiers.
        """
        self._check_identifiers()
        self._check_balances()
        self._check_tiers()
        latest_ms = self.now_ms + MAX_AHEAD_MS
        outcomes = translate(
            self.source, self.mapping, self.system, timezone=self.timezone, latest_ms=latest_ms, skip=skip
        )
        name = f"file:{self.source.digest[:12]}"
        return self._collect(outcomes, skip, default_ms, name)

    def _check_identifiers(self) -> None:
        """Refuse here what would otherwise reject every row: only the policy knows which types there are."""
        types = self.identity.policy.types
        for part in self.mapping.identifiers if isinstance(self.mapping, CustomerMapping) else ():
            kind = types.get(part.type)
            if kind is None:
                raise InvalidInput(
                    f"The mapping has an identifier of the type {part.type}, which does not exist. "
                    f"Known types: {', '.join(sorted(types))}."
                )
            if kind.scoped and not part.scope:
                raise InvalidInput(
                    f"The mapping gives the {part.type} in column {part.column} no `scope`: name the app, shop or "
                    "account that it belongs to, or $system."
                )

    def _check_balances(self) -> None:
        """Refuse here what only the programme knows: which assets there are, and what they are counted in."""
        for name, part in self.mapping.balances.items() if isinstance(self.mapping, CustomerMapping) else ():
            units = ("point",) if find_asset(self.programme, name).unit == "point" else ("yuan", "fen")
            if part.unit not in units:
                raise InvalidInput(
                    f"The mapping gives the balance {name} in column {part.column} the unit {part.unit}: expected "
                    f"{' or '.join(units)}."
                )

    def _check_tiers(self) -> None:
        """Refuse here a table that gives tiers which the programme has not."""
        part = self.mapping.tier if isinstance(self.mapping, CustomerMapping) else None
        for name in (part.values or {}).values() if part else ():
            if name is not None and (wrong := self._refuse_tier(name)):
                raise InvalidInput(f"In the mapping's table of tiers {wrong}")

    def _check_tier(self, stated: StatedTier | None) -> None:
        if stated is not None and (wrong := self._refuse_tier(stated.tier)):
            raise UnusableEvent(wrong, stated.column, stated.tier)

    def _refuse_tier(self, name: str) -> str | None:
        """What is wrong with a tier, if anything is."""
        tiers = self.programme.tiers
        if tiers.rank(name) is not None:
            return None
        known = ", ".join(tier.name for tier in tiers.ladder)
        return f"{name[:50]!r} is no tier of the programme {self.programme.name}: expected {known}."

    def _collect(
        self, outcomes: Iterator[Translated | Rejected], skip: int, default_ms: int, name: str
    ) -> Generator[Batch, None, None]:
        batch = Batch(skip)
        for outcome in outcomes:
            batch.position = outcome.position
            batch.rows += len(outcome.rows)
            if isinstance(outcome, Rejected):
                batch.rejected.append(outcome)
            else:
                self._state(batch, outcome, default_ms, name)
            if batch.full:
                yield batch
                batch = Batch(batch.position)
        if batch.rows:
            yield batch

    def _state(self, batch: Batch, outcome: Translated, default_ms: int, name: str) -> None:
        event = outcome.event
        try:
            if isinstance(event, CustomerEvent):
                self._check_tier(event.tier)
                self._keep(batch, state_customer(self.identity, event, default_ms=default_ms, source=name))
            else:
                self._state_order(batch, event, default_ms, name)
            batch.observed_ms = max(batch.observed_ms, _date(event, default_ms))
        except UnusableEvent as error:
            line = outcome.rows[0].line
            batch.rejected.append(
                Rejected(outcome.rows, line, error.column, error.value, error.safe_message, outcome.position)
            )

    def _keep(self, batch: Batch, fact: CustomerFact) -> None:
        if self.packed:
            batch.packed.append(pack_fact(fact, self.identity.policy.links))
        else:
            batch.customers.append(fact)

    def _state_order(self, batch: Batch, event: OrderEvent, default_ms: int, name: str) -> None:
        event, guest = name_guest(self.identity, event)
        order = state_order(event, default_ms=default_ms)
        if guest is not None:
            batch.guests.append(state_customer(self.identity, guest, default_ms=default_ms, source=name))
        batch.orders.append(order)


def _date(event: CustomerEvent | OrderEvent, default_ms: int) -> int:
    """What an event speaks of: when it was stated, or placed, or when its file was first seen."""
    if event.observed_ms is not None:
        return event.observed_ms
    placed_ms = event.placed_ms if isinstance(event, OrderEvent) else None
    return default_ms if placed_ms is None else placed_ms
