"""Events made ready to be stored: identifiers normalised, hashed and sealed, instants filled in.

This is the costly part of an event (hashing, encryption), and it has no effects: it is done once, outside of the
transaction, which may run twice.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from ulid import ULID

from graph.evidence import NewIdentifier
from graph.order_states import PreparedOrder, prepare_order
from graph.partition import NewRecord
from hub.core.clock import AHEAD, MAX_AHEAD_MS, now_ms
from hub.core.errors import InvalidInput
from hub.core.model import (
    CustomerEvent,
    OrderEvent,
    OrderHeader,
    OrderState,
    RecordKey,
    Stated,
    StatedBalance,
    StatedLine,
)
from hub.services.identity import Identity
from rules.evidence import Assertion, Profile, merge_profile, weave


class UnusableEvent(InvalidInput):
    """An event with an identifier that cannot be of its type, or from the future.

    `column` and `value` say where that stood, if the event knows it.
    """

    def __init__(self, reason: str, column: str = "", value: str = "") -> None:
        super().__init__(reason)
        self.column = column
        self.value = value


class Holdings(NamedTuple):
    """What an event says that a record holds: when, in which delivery."""

    observed_ms: int
    source: str
    balances: tuple[StatedBalance, ...]


@dataclass(frozen=True, slots=True)
class CustomerFact:
    """What an event says of one record. `birth_id` is the person id that the record gets if it is new."""

    record: RecordKey
    birth_id: str
    identifiers: tuple[NewIdentifier, ...] = ()
    assertions: tuple[Assertion, ...] = ()
    profile: Profile = field(default_factory=dict)
    holdings: Holdings | None = None


def state_customer(identity: Identity, event: CustomerEvent, *, default_ms: int, source: str) -> CustomerFact:
    """The fact behind a customer event.

    Args:
        default_ms: stands in for an event without an instant of its own.
        source: names the delivery on the claims that it makes.

    Raises:
        UnusableEvent: an identifier, with its column and value, or an instant of the future.
    """
    observed_ms = _observe(event, default_ms)
    identifiers: list[NewIdentifier] = []
    assertions: list[Assertion] = []
    for raw in event.identifiers:
        try:
            identifier = identity.normalise(raw)
        except InvalidInput as error:
            raise UnusableEvent(error.safe_message, raw.column, raw.raw) from None
        if identifier is None:
            continue
        prepared = identity.prepare(identifier)
        identifiers.append(prepared)
        assertions.append(
            Assertion(prepared.type, prepared.scope, prepared.key, Stated(observed_ms, source, raw.verified))
        )
    profile = {name: (value, observed_ms) for name, value in event.profile.items()}
    holdings = Holdings(observed_ms, source, event.balances) if event.balances else None
    return CustomerFact(event.record, str(ULID()), tuple(identifiers), tuple(assertions), profile, holdings)


def merge_facts(facts: Iterable[CustomerFact]) -> dict[str, CustomerFact]:
    """One fact a record, by its key: deliveries may speak of it several times. The first birth id counts."""
    merged: dict[str, CustomerFact] = {}
    for fact in facts:
        key = str(fact.record)
        held = merged.get(key)
        if held is None:
            merged[key] = fact
        elif fact.assertions or fact.profile:
            merged[key] = replace(
                held,
                identifiers=held.identifiers + fact.identifiers,
                assertions=held.assertions + fact.assertions,
                profile=merge_profile(held.profile, fact.profile),
            )
    return merged


def make_record(fact: CustomerFact, *, now_ms: int) -> NewRecord:
    """The record that a fact on an unknown one makes."""
    return NewRecord(fact.record, fact.birth_id, now_ms, dict(fact.profile), weave((), fact.assertions))


def state_order(event: OrderEvent, *, default_ms: int) -> PreparedOrder:
    """The order behind an event, ready to be stored; `default_ms` stands in for an instant that it lacks.

    Raises:
        UnusableEvent: it was placed or observed in the future.
    """
    observed_ms = _observe(event, default_ms)
    _refuse_ahead(event.placed_ms, "This order was placed")
    lines = sorted(event.lines)
    header = OrderHeader(
        placed_ms=(event.placed_ms, observed_ms),
        status=(event.status, observed_ms),
        customer=None if event.external_id is None else (event.external_id, observed_ms),
        total_fen=None if event.amount_fen is None else (event.amount_fen, observed_ms),
        store=None if event.store is None else (event.store, observed_ms),
    )
    stated = tuple(StatedLine(observed_ms, line) for line in lines)
    return prepare_order(OrderState(event.system, event.order_id, header, stated))


def _observe(event: CustomerEvent | OrderEvent, default_ms: int) -> int:
    if event.observed_ms is None:
        return default_ms
    _refuse_ahead(event.observed_ms, "This was stated")
    return event.observed_ms


def _refuse_ahead(instant_ms: int, what: str) -> None:
    """What is stated of the future would outlast all that is stated until then."""
    if instant_ms > now_ms() + MAX_AHEAD_MS:
        raise UnusableEvent(f"{what} {AHEAD}.")
