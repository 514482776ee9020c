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
from hub.core.course import ORDER_STATUSES, Course, Reached, StatedExchange, StatedRefund
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
    StatedTier,
)
from hub.services.identity import Identity
from rules.evidence import Assertion, Profile, merge_profile, weave
from rules.orders.lifecycle import find_paid_ms, find_stage, rank_stage

_NEVER = 0
"""When something was stated that has to be there and was not: anybody's word outdoes it."""


class UnusableEvent(InvalidInput):
    """An event with an identifier that cannot be of its type, or from the future.

    `column` and `value` say where that stood, if the event knows it.
    """

    def __init__(self, reason: str, column: str = "", value: str = "") -> None:
        super().__init__(reason)
        self.column = column
        self.value = value


class Holdings(NamedTuple):
    """What an event says that a record holds, and which tier it has: when, in which delivery."""

    observed_ms: int
    source: str
    balances: tuple[StatedBalance, ...]
    tier: StatedTier | None = None


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
    holds = event.balances or event.tier is not None
    holdings = Holdings(observed_ms, source, event.balances, event.tier) if holds else None
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
    if event.placed_ms is not None:
        _refuse_ahead(event.placed_ms, "This order was placed")
    dated_ms = event.observed_ms if event.observed_ms is not None else event.placed_ms
    header = OrderHeader(
        placed_ms=(observed_ms, _NEVER) if event.placed_ms is None else (event.placed_ms, observed_ms),
        status=_status(event, observed_ms),
        customer=None if event.external_id is None else (event.external_id, observed_ms),
        total_fen=None if event.amount_fen is None else (event.amount_fen, observed_ms),
        store=None if event.store is None else (event.store, observed_ms),
        course=_course(event, observed_ms, observed_ms if dated_ms is None else dated_ms),
    )
    stated = tuple([StatedLine(observed_ms, line) for line in sorted(event.lines)])
    return make_ready(OrderState(event.system, event.order_id, header, stated))


def make_ready(order: OrderState) -> PreparedOrder:
    """The order, ready to be stored, with what the graph cannot work out by itself."""
    return prepare_order(order, find_stage(order), find_paid_ms(order))


def _status(event: OrderEvent, observed_ms: int) -> tuple[str, int]:
    """As stated, else the furthest stage that it is said to have come to."""
    if event.status is not None:
        return event.status, observed_ms
    if event.reached:
        return max((stage for stage, _ in event.reached), key=rank_stage), observed_ms
    return ORDER_STATUSES[0], _NEVER


def _course(event: OrderEvent, observed_ms: int, dated_ms: int) -> Course:
    """A stage whose instant nobody states was come to when that was first said, or when the order was placed."""
    reached = [Reached(stage, at_ms, observed_ms, True) for stage, at_ms in event.reached]
    for one in reached:
        _refuse_ahead(one.at_ms, f"This order was {one.stage}")
    stated = event.status
    if stated is not None and stated != ORDER_STATUSES[0] and all(one.stage != stated for one in reached):
        reached.append(Reached(stated, dated_ms, 0, False))
    if not (event.refunds or event.exchanges or event.deposit_fen is not None):
        return Course(reached=tuple(sorted(reached)))
    return Course(
        None if event.deposit_fen is None else (event.deposit_fen, observed_ms),
        tuple(sorted(reached)),
        tuple(StatedRefund(observed_ms, one) for one in sorted(event.refunds)),
        tuple(StatedExchange(observed_ms, one) for one in sorted(event.exchanges)),
    )


def _observe(event: CustomerEvent | OrderEvent, default_ms: int) -> int:
    if event.observed_ms is None:
        return default_ms
    _refuse_ahead(event.observed_ms, "This was stated")
    return event.observed_ms


def _refuse_ahead(instant_ms: int, what: str) -> None:
    """What is stated of the future would outlast all that is stated until then."""
    if instant_ms > now_ms() + MAX_AHEAD_MS:
        raise UnusableEvent(f"{what} {AHEAD}.")
