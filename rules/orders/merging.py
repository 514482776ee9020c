"""One order from all that was said of it, late, repeated or in parts."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable
from dataclasses import replace
from typing import Any, TypeVar

from hub.core.course import Course, Reached, StatedExchange, StatedRefund
from hub.core.model import GUEST, OrderHeader, OrderState, StatedLine
from rules.orders.lifecycle import rank_stage

_V = TypeVar("_V", int, str)
_S = TypeVar("_S", StatedLine, StatedRefund, StatedExchange)


def merge_order(states: Iterable[OrderState]) -> OrderState:
    """All that was said of one order: each field of the header and each line as stated last.

    Of two values stated at one instant the greater wins, of two statuses the one that is further, so that the result is
    the same for every order of arrival and for any repeats. `states` holds at least one.
    """
    known = list(states)
    headers = [state.header for state in known]
    header = OrderHeader(
        placed_ms=max((one.placed_ms for one in headers), key=_rank),
        status=max((one.status for one in headers), key=_rank_status),
        customer=max((one.customer for one in headers if one.customer), key=_rank_customer, default=None),
        total_fen=_latest(one.total_fen for one in headers),
        store=_latest(one.store for one in headers),
        course=_merge_courses([one.course for one in headers]),
    )
    lines = _keep_latest((one for state in known for one in state.lines), lambda one: one.line.line_id)
    return replace(known[0], header=header, lines=lines)


def _merge_courses(courses: list[Course]) -> Course:
    return Course(
        _latest(one.deposit_fen for one in courses),
        _merge_reached(stage for one in courses for stage in one.reached),
        _keep_latest(
            (refund for one in courses for refund in one.refunds),
            lambda one: (one.refund.refund_id, one.refund.line_id),
        ),
        _keep_latest((swap for one in courses for swap in one.exchanges), lambda one: one.exchange.line_id),
    )


def _merge_reached(stages: Iterable[Reached]) -> tuple[Reached, ...]:
    """Each stage as dated last; where no source dates it, as stated first."""
    found: dict[str, Reached] = {}
    for stage in stages:
        held = found.get(stage.stage)
        if held is None or _rank_reached(stage) > _rank_reached(held):
            found[stage.stage] = stage
    return tuple(found[stage] for stage in sorted(found))


def _rank_reached(one: Reached) -> tuple[bool, int, int]:
    return (True, one.stated_ms, one.at_ms) if one.dated else (False, -one.at_ms, 0)


def _keep_latest(stated: Iterable[_S], name: Callable[[_S], Any]) -> tuple[_S, ...]:
    """Of each name what was stated last, by name."""
    found: dict[Hashable, _S] = {}
    for one in stated:
        key = name(one)
        held = found.get(key)
        if held is None or one > held:
            found[key] = one
    return tuple(found[key] for key in sorted(found))  # type: ignore[type-var]


def _latest(values: Iterable[tuple[_V, int] | None]) -> tuple[_V, int] | None:
    return max((value for value in values if value is not None), key=_rank, default=None)


def _rank(stated: tuple[_V, int]) -> tuple[int, _V]:
    value, instant = stated
    return instant, value


def _rank_status(stated: tuple[str, int]) -> tuple[int, int]:
    status, instant = stated
    return instant, rank_stage(status)


def _rank_customer(stated: tuple[str, int]) -> tuple[bool, int, str]:
    """A guest's record stands in until a customer is stated, however late that was said of the guest."""
    customer, instant = stated
    return not customer.startswith(GUEST), instant, customer
