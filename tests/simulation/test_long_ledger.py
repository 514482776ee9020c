"""Years of the pure ledger under a seeded enemy: deliveries come twice, late and out of order, and processes die.

`make simulate SEED=7 OPERATIONS=1000000` makes it as long as is wanted; any part of it can be run again by its seed.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Final

import pytest

from hub.core.model import DAY_MS
from rules.ledger.terms import Terms
from tests.simulation.asked import OPERATIONS, choose_seeds
from tests.simulation.shop import Shop
from tests.unit.rules.ledger.till import Command

_LONG: Final = OPERATIONS or 4_000
_OF_A_SHOP: Final = 1_000
_WORDS: Final = ("earn",) * 4 + ("spend",) * 3 + ("refund", "hold", "hold", "capture", "release", "reverse")
_MORE: Final = ("confirm", "adjust", "transfer", "part", "tick")
_ABOUT_EARLIER: Final = frozenset({"refund", "capture", "release", "reverse", "confirm"})


@pytest.mark.timeout(0)
@pytest.mark.parametrize("seed", choose_seeds(2))
def test_nothing_is_lost_or_doubled_however_long_it_goes_on(seed: int) -> None:
    chooser = random.Random(seed)
    crashes = refused = done = 0
    for _ in range(0, _LONG, _OF_A_SHOP):
        shop = _run_shop(chooser)
        shop.check()
        crashes, refused, done = crashes + shop.crashes, refused + shop.refused, done + len(shop.done)
    assert min(crashes, refused) > _LONG // 50
    assert done > _LONG // 2
    print(f"seed {seed}: {_LONG} operations, {done} done, {refused} times refused, {crashes} crashes")


def _run_shop(chooser: random.Random) -> Shop:
    terms = Terms(
        chooser.choice(("debt", "cap", "refuse")), grace_days=chooser.randrange(3), transfers=chooser.random() < 0.8
    )
    shop, at_ms = Shop(terms, chooser=chooser), 1_700_000_000_000
    for key, command in _deliver(chooser):
        at_ms += chooser.randrange(DAY_MS // 4)
        # No two clocks agree.
        shop.deliver(key, command, at_ms - chooser.randrange(DAY_MS // 12))
    shop.deliver("last", ("tick", 0, 0, 0), at_ms + 30 * DAY_MS)
    return shop


def _deliver(chooser: random.Random) -> Iterator[tuple[str, Command]]:
    """Operations under keys, each at least once, in an order that is not quite theirs."""
    waiting: list[tuple[str, Command]] = []
    for number in range(_OF_A_SHOP):
        waiting.append((f"k{number}", _choose(chooser)))
        while len(waiting) > 8 or (waiting and number == _OF_A_SHOP - 1):
            place = chooser.randrange(len(waiting))
            yield waiting[place]
            if chooser.random() < 0.8:
                del waiting[place]


def _choose(chooser: random.Random) -> Command:
    word = chooser.choice(_WORDS + _MORE)
    first = -1 - int(chooser.expovariate(0.1)) if word in _ABOUT_EARLIER else chooser.randrange(3)
    return word, first, chooser.randrange(60 if word == "spend" else 20), chooser.randrange(13)
