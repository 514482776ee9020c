"""One order from all that was said of it, late, repeated or in parts."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import TypeVar

from hub.core.model import OrderHeader, OrderState, StatedLine

_V = TypeVar("_V", int, str)


def merge_order(states: Iterable[OrderState]) -> OrderState:
    """All that was said of one order: each field of the header and each line as stated last.

    Of two values stated at one instant the greater wins, so that the result is the same for every order of arrival and
    for any repeats. `states` holds at least one.
    """
    known = list(states)
    lines: dict[str, StatedLine] = {}
    for state in known:
        for stated in state.lines:
            held = lines.get(stated.line.line_id)
            if held is None or stated > held:
                lines[stated.line.line_id] = stated
    headers = [state.header for state in known]
    header = OrderHeader(
        placed_ms=max((one.placed_ms for one in headers), key=_rank),
        status=max((one.status for one in headers), key=_rank),
        customer=_latest(one.customer for one in headers),
        total_fen=_latest(one.total_fen for one in headers),
        store=_latest(one.store for one in headers),
    )
    return replace(known[0], header=header, lines=tuple(lines[line_id] for line_id in sorted(lines)))


def _latest(values: Iterable[tuple[_V, int] | None]) -> tuple[_V, int] | None:
    return max((value for value in values if value is not None), key=_rank, default=None)


def _rank(stated: tuple[_V, int]) -> tuple[int, _V]:
    value, instant = stated
    return instant, value
