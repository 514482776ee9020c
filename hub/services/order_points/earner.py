"""What has to be known of a programme to settle orders: its terms, how it works out points, who its buyers are."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol, TypeAlias

from graph.database import Transaction
from hub.core.settings import Settings
from hub.services.ledger.shipped import shipped_programme
from rules.earning import Award, Buyer, Earning, PaidOrder, PerFen, Rule, work_out
from rules.programme import Programme


class WorkOut(Protocol):
    """What an order earns by the version of the programme that is named, which stays the order's for good."""

    def __call__(self, version: int, order: PaidOrder, buyer: Buyer, /, *, earned_today: int) -> Award: ...


class Purchase(NamedTuple):
    """Who paid when: a person's id and an instant."""

    person: str
    paid_ms: int


FindBuyers: TypeAlias = Callable[[Transaction, Sequence[Purchase]], Awaitable[Sequence[Buyer]]]
"""The buyers behind purchases, each as of its instant, in their order."""


@dataclass(frozen=True, slots=True)
class Earner:
    """A programme at work on orders.

    Attributes:
        version: of the programme, for orders that have not earned yet.
        capped: whether what a day's other orders have earned matters, which has to be looked up.
    """

    programme: Programme
    version: int
    work_out: WorkOut
    find_buyers: FindBuyers
    capped: bool = False


async def find_nobody(_: Transaction, purchases: Sequence[Purchase]) -> Sequence[Buyer]:
    """Buyers of whom nothing is known, for a programme without tiers."""
    return [Buyer()] * len(purchases)


_A_POINT_A_YUAN = Earning((Rule("base", PerFen(1, 100)),))


def shipped_earner(settings: Settings) -> Earner:
    """The programme that ships: a point for every yuan."""
    programme = shipped_programme(settings)

    def earn(_: int, order: PaidOrder, buyer: Buyer, *, earned_today: int) -> Award:
        return work_out(_A_POINT_A_YUAN, order, buyer, programme.zone, earned_today=earned_today)

    return Earner(programme, 0, earn, find_nobody)
