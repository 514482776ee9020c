"""Who bought which basket where: each basket of a person is sold exactly once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import Final, Literal

from hub.demo.history import Basket, History
from hub.demo.people import BASE_DAY, Kind, Person
from hub.demo.records import APPS, list_external_ids

Status = Literal["created", "paid", "shipped", "received", "closed", "refunded"]

SPAN_DAYS: Final = 366
"""The history covers a year and four hours: its first day is moved this far before `BASE_DAY`, a Sunday as well."""

_START: Final = datetime.combine(BASE_DAY, datetime.min.time()) - timedelta(days=SPAN_DAYS)
_SPAN_S: Final = SPAN_DAYS * 86400
_TURN_S: Final = 77 * 86400
_GUEST_SHARE: Final = 0.3


@dataclass(frozen=True, slots=True)
class Sale:
    """A basket sold in one system; the time is local.

    Attributes:
        customer: the external id of the buyer; empty for a guest at a till.
        app: the mini program that it was bought in; empty elsewhere.
    """

    basket: Basket
    turn: int
    customer: str
    app: str
    placed: datetime
    status: Status


def list_sales(person: Person, kind: Kind, history: History, *, seed: int) -> Iterator[Sale]:
    """What a person bought in one of their systems; all their systems together give each of their baskets once."""
    rng = Random(f"{seed}/sales/{person.number}")  # noqa: S311 - reproducible on purpose
    ids = list_external_ids(person, kind, seed=seed)
    for basket in history.baskets(person.household):
        # the same draws in every system, so that all of them agree on where the basket was sold
        where, which, who, how = rng.random(), rng.random(), rng.random(), rng.random()
        if person.kinds[sum(where >= share for share in person.affinity[:-1])] != kind:
            continue
        slot = int(which * len(ids))
        second = (basket.second + person.turn * _TURN_S) % _SPAN_S
        yield Sale(
            basket=basket,
            turn=person.turn,
            customer="" if kind == "pos" and who < _GUEST_SHARE else ids[slot],
            app=APPS[slot] if kind == "wechat" else "",
            placed=_START + timedelta(seconds=second),
            status=_status(how, (_SPAN_S - second) / 86400, kind),
        )


def _status(draw: float, age_days: float, kind: Kind) -> Status:
    if kind == "pos":
        return "refunded" if draw < 0.01 else "received"
    if draw < 0.02:
        return "closed"
    if draw < 0.04:
        return "refunded"
    if age_days > 12:
        return "received"
    if age_days > 4:
        return "shipped" if draw < 0.6 else "received"
    return "created" if draw < 0.3 else "paid" if draw < 0.7 else "shipped"
