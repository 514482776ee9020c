"""One order from all that was said of it, late, repeated or in parts."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from hub.core.model import OrderState, StatedLine


def merge_order(states: Iterable[OrderState]) -> OrderState:
    """All that was said of one order: the header stated last, and each line as stated last, by line id.

    The same for every order of arrival and for any repeats. `states` holds at least one.
    """
    known = list(states)
    lines: dict[str, StatedLine] = {}
    for state in known:
        for stated in state.lines:
            held = lines.get(stated.line.line_id)
            if held is None or stated > held:
                lines[stated.line.line_id] = stated
    return replace(max(known, key=_rank), lines=tuple(lines[line_id] for line_id in sorted(lines)))


def _rank(state: OrderState) -> tuple[object, ...]:
    """What decides between two headers: the later one, and at one instant any rule that is always the same."""
    optional = (state.external_id, state.store)
    return (
        state.observed_ms,
        state.placed_ms,
        state.status,
        *((value is not None, value or "") for value in optional),
        (state.stated_fen is not None, state.stated_fen or 0),
    )
