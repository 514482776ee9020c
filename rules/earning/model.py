"""Rules of earning, what they are given, and what comes of them. Money is fen, points are whole numbers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, NamedTuple, TypeAlias


class PaidLine(NamedTuple):
    """A line of an order; `amount_fen` is what was paid for the whole line."""

    line_id: str
    sku: str
    name: str
    quantity: int
    amount_fen: int


@dataclass(frozen=True, slots=True)
class PaidOrder:
    """An order that was paid; `amount_fen` is its total, which its lines need not add up to."""

    system: str
    order_id: str
    store: str | None
    paid_ms: int
    amount_fen: int
    lines: tuple[PaidLine, ...] = ()

    @property
    def channel(self) -> str:
        """The kind of its system."""
        return self.system.partition(":")[0]


@dataclass(frozen=True, slots=True)
class Buyer:
    """Who bought, as of the order; None where that is not known. `birthday` is an ISO date."""

    tier: str | None = None
    joined_ms: int | None = None
    birthday: str | None = None


@dataclass(frozen=True, slots=True)
class Award:
    """What an order earns.

    Attributes:
        by_line: by line id; adds up to the amount. Of an order without lines all of it is under the empty id.
        rules: ids of the rules that it comes from, in the document's order.
    """

    amount: int
    by_line: Mapping[str, int]
    rules: tuple[str, ...] = ()


class PerFen(NamedTuple):
    """So many points for every so many fen: the base, which percentages are of."""

    points: int
    fen: int


class PerItem(NamedTuple):
    """So many points for every so many pieces of a line."""

    points: int
    items: int


class Fixed(NamedTuple):
    """So many points for the order or the line."""

    points: int


class Percent(NamedTuple):
    """The base becomes so many percent of itself: 150 adds half of it."""

    percent: int


Effect: TypeAlias = PerFen | PerItem | Fixed | Percent


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule.

    Attributes:
        each: what it is asked for: the order once, or each of its lines.
        when: a condition that `check_condition` has taken; empty for always.
        best_of: a group of rules of which the one that gives most counts; empty: it counts besides all others.
        most_per_order: the most that it gives for an order.
    """

    id: str
    effect: Effect
    each: Literal["order", "line"] = "order"
    when: str = ""
    best_of: str = ""
    most_per_order: int | None = None


@dataclass(frozen=True, slots=True)
class Earning:
    """All rules of a programme, and the most that they give together, for an order and for a buyer's day."""

    rules: tuple[Rule, ...] = ()
    most_per_order: int | None = None
    most_per_day: int | None = None
