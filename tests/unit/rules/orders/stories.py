"""Events of one invented order, in every shape that sources give them."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import strategies as st

from hub.core.course import ORDER_STATUSES, Exchange, Refund
from hub.core.model import DAY_MS, OrderEvent, OrderLine, OrderState
from hub.services.facts import state_order

lines = st.builds(
    OrderLine, st.sampled_from("123"), st.just("sku"), st.just("name"), st.integers(0, 3), st.integers(0, 500)
)
refunds = st.builds(
    Refund, st.sampled_from(["", "R1", "R2"]), st.sampled_from(["", "1", "2"]), st.integers(0, 3), st.integers(0, 600)
)
exchanges = st.builds(Exchange, st.sampled_from("123"), st.sampled_from("123"))
instants = st.integers(1, 9).map(lambda day: day * DAY_MS)

events = st.builds(
    OrderEvent,
    system=st.just("pos"),
    order_id=st.just("T1"),
    external_id=st.sampled_from([None, "c1", "c2", "guest:x"]),
    placed_ms=st.sampled_from([None, DAY_MS, 2 * DAY_MS]),
    status=st.sampled_from([None, *ORDER_STATUSES]),
    amount_fen=st.sampled_from([None, 0, 700, 1_000]),
    store=st.sampled_from([None, "S1"]),
    observed_ms=st.one_of(st.none(), instants),
    lines=st.lists(lines, max_size=2, unique_by=lambda line: line.line_id).map(tuple),
    deposit_fen=st.sampled_from([None, 300]),
    reached=st.dictionaries(st.sampled_from(["deposit_paid", "paid", "received"]), instants, max_size=2).map(
        lambda found: tuple(sorted(found.items()))
    ),
    refunds=st.lists(refunds, max_size=2, unique_by=lambda one: (one.refund_id, one.line_id)).map(tuple),
    exchanges=st.lists(exchanges, max_size=1).map(tuple),
)


def tell(event: OrderEvent) -> OrderState:
    """What is stored of an event alone."""
    return state_order(event, default_ms=5 * DAY_MS).state


def split(event: OrderEvent) -> list[OrderEvent]:
    """The same said in parts: each line, refund, exchange and stage by itself."""
    silent = replace(
        event, placed_ms=None, status=None, lines=(), refunds=(), exchanges=(), reached=(), deposit_fen=None
    )
    return [
        replace(event, lines=(), refunds=(), exchanges=(), reached=(), deposit_fen=None),
        *(replace(silent, lines=(line,)) for line in event.lines),
        *(replace(silent, refunds=(one,)) for one in event.refunds),
        *(replace(silent, exchanges=(one,)) for one in event.exchanges),
        replace(silent, deposit_fen=event.deposit_fen),
        replace(event, lines=(), refunds=(), exchanges=(), deposit_fen=None),
    ]
