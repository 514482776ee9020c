"""One order from all that was said of it, late, repeated or in parts."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from hub.core.model import OrderLine


@dataclass(frozen=True, slots=True)
class OrderHeader:
    """An order but for its lines, as stated at one instant; `stated_fen` is None where only the lines tell."""

    observed_ms: int
    placed_ms: int
    status: str
    external_id: str | None
    stated_fen: int | None
    store: str | None

    @property
    def rank(self) -> tuple[object, ...]:
        """What decides between two headers: the later one, and at one instant any rule that is always the same."""
        stated = [value is not None for value in (self.external_id, self.stated_fen, self.store)]
        return (
            self.observed_ms,
            self.placed_ms,
            self.status,
            *stated,
            self.external_id or "",
            self.stated_fen or 0,
            self.store or "",
        )


@dataclass(frozen=True, slots=True, order=True)
class StatedLine:
    """A line as stated at one instant."""

    observed_ms: int
    line: OrderLine


@dataclass(frozen=True, slots=True)
class OrderState:
    """What is known of an order: the header stated last and each line as stated last, in the order of line ids."""

    header: OrderHeader
    lines: tuple[StatedLine, ...]

    @property
    def amount_fen(self) -> int:
        """The total as its system states it, else the sum of the lines."""
        if self.header.stated_fen is not None:
            return self.header.stated_fen
        return sum(stated.line.amount_fen for stated in self.lines)


def merge_order(states: Iterable[OrderState]) -> OrderState:
    """All that was said of one order as one state; the same for every order of arrival."""
    known = list(states)
    lines: dict[str, StatedLine] = {}
    for state in known:
        for stated in state.lines:
            held = lines.get(stated.line.line_id)
            if held is None or stated > held:
                lines[stated.line.line_id] = stated
    header = max((state.header for state in known), key=lambda stated: stated.rank)
    return OrderState(header, tuple(lines[line_id] for line_id in sorted(lines)))
