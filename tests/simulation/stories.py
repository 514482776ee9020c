"""What happens to an order, event by event, and what its points come to by hand."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Final

from hub.core.course import Exchange, Refund
from hub.core.model import OrderEvent, OrderLine
from tests.support.ledger import NOW
from tests.support.orders import LINES, bought

COMES_TO: Final = (0, 101, 101, 88, 47, 97, 0, 0)
"""The points of an order after each event of its story: 60 and 41 for its lines, 50 for the one given for the second;
of the first 12.34 yuan of 60 are paid back."""


def tell_story(chooser: random.Random, order_id: str, buyers: Sequence[str]) -> list[OrderEvent]:
    """All that happens to one order, in its order of time."""
    buyer = chooser.choice(buyers)
    story = [
        bought(order_id, "created", by=buyer, at=NOW),
        bought(order_id, "paid", by=buyer, at=NOW + 1),
        bought(order_id, "received", by=buyer, at=NOW + 2),
        bought(order_id, None, by=None, at=NOW + 3, lines=(), refunds=(Refund("R1", "1", 0, 1_234),)),
        bought(order_id, None, by=None, at=NOW + 4, lines=(), refunds=(Refund("R2", "2", 1, 0),)),
        bought(
            order_id,
            "exchanged",
            by=buyer,
            at=NOW + 5,
            lines=(*LINES, OrderLine("3", "K3", "pot", 1, 5_000)),
            exchanges=(Exchange("2", "3"),),
        ),
        bought(order_id, "refunded", by=buyer, at=NOW + 6),
        bought(order_id, "received", by=buyer, at=NOW + 7),
    ]
    return story[: chooser.randrange(2, len(story) + 1)]


def disorder(chooser: random.Random, stories: Sequence[Sequence[OrderEvent]]) -> list[OrderEvent]:
    """The events of stories in no order, one in five of them twice."""
    events = [event for story in stories for event in story]
    events += chooser.choices(events, k=len(events) // 5)
    chooser.shuffle(events)
    return events
