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
_FAIR: Final = ("earn",) * 4 + ("spend",) * 3 + ("refund", "hold", "hold", "capture", "release", "tick")
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


@pytest.mark.timeout(0)
@pytest.mark.parametrize("seed", choose_seeds(2))
def test_who_gives_everything_back_has_nothing_and_owes_nothing(seed: int) -> None:
    chooser = random.Random(seed)
    for _ in range(0, _LONG, _OF_A_SHOP):
        shop = _run_shop(chooser, _FAIR)
        _undo(shop, 1_700_000_000_000 + _OF_A_SHOP * DAY_MS, chooser.randrange(3 * DAY_MS))
        shop.check()
        assert [(one.worth, one.debt, one.held) for one in shop.accounts.values()] == [(0, 0, 0)] * 3


def _undo(shop: Shop, at_ms: int, wait_ms: int) -> None:
    """Free all that is held, refund all that was spent, and take back all that was earned, some time later."""
    for place in range(len(shop.holds)):
        shop.deliver(f"free-{place}", ("release", place, 0, 0), at_ms)
    for place, (slices, refunded) in enumerate(shop.spends):
        if left := sum(part.amount for part in slices) - refunded:
            shop.deliver(f"refund-{place}", ("refund", place, left - 1, 0), at_ms)
    for place, (name, lot) in enumerate(shop.lots):
        known = shop.kept[name][lot]
        shop.deliver(f"return-{place}", ("reverse", place, known.amount - known.reversed - 1, 0), at_ms + wait_ms)


def _run_shop(chooser: random.Random, words: tuple[str, ...] = _WORDS + _MORE) -> Shop:
    terms = Terms(
        chooser.choice(("debt", "cap", "refuse")), grace_days=chooser.randrange(3), transfers=chooser.random() < 0.8
    )
    shop, at_ms = Shop(terms, chooser=chooser), 1_700_000_000_000
    for key, command in _deliver(chooser, words):
        at_ms += chooser.randrange(DAY_MS // 4)
        # No two clocks agree.
        shop.deliver(key, command, at_ms - chooser.randrange(DAY_MS // 12))
    shop.deliver("last", ("tick", 0, 0, 0), at_ms + 30 * DAY_MS)
    return shop


def _deliver(chooser: random.Random, words: tuple[str, ...]) -> Iterator[tuple[str, Command]]:
    """Operations under keys, each at least once, in an order that is not quite theirs."""
    waiting: list[tuple[str, Command]] = []
    for number in range(_OF_A_SHOP):
        waiting.append((f"k{number}", _choose(chooser, words)))
        while len(waiting) > 8 or (waiting and number == _OF_A_SHOP - 1):
            place = chooser.randrange(len(waiting))
            yield waiting[place]
            if chooser.random() < 0.8:
                del waiting[place]


def _choose(chooser: random.Random, words: tuple[str, ...]) -> Command:
    word = chooser.choice(words)
    first = -1 - int(chooser.expovariate(0.1)) if word in _ABOUT_EARLIER else chooser.randrange(3)
    return word, first, chooser.randrange(60 if word == "spend" else 20), chooser.randrange(13)
