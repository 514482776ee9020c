"""A till at the hub, which does to its members whatever chance says and keeps what it was told of each operation."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from hub.core.errors import InvalidInput
from hub.core.ledger import LedgerRefused, Operation
from hub.core.model import DAY_MS
from hub.services.ledger.earning import earn_amount
from hub.services.ledger.holding import capture_hold, hold_amount, release_hold
from hub.services.ledger.reversing import reverse_earning
from hub.services.ledger.spending import refund_amount, spend_amount, transfer_amount
from tests.support.ledger import PROGRAMME, Members

_WORDS: Final = (
    "earn",
    "earn",
    "spend",
    "spend",
    "spend",
    "refund",
    "hold",
    "capture",
    "release",
    "reverse",
    "transfer",
)
_SIGNS: Final = {"earn": 1, "refund": 1, "spend": -1, "capture": -1, "reverse": -1}


@dataclass
class Checkout:
    """One till.

    Attributes:
        births: the ids that the members' records brought, by record.
        told: what came of each kind of operation, in points.
        done, refused: how many operations.
    """

    members: Members
    births: dict[str, str]
    chooser: random.Random
    told: Counter[str] = field(default_factory=Counter[str])
    done: int = 0
    refused: int = 0
    _kept: dict[str, list[str]] = field(default_factory=lambda: {"earn": [], "spend": [], "hold": []})

    @property
    def worth(self) -> int:
        """What all that it was told adds up to."""
        return sum(sign * self.told[word] for word, sign in _SIGNS.items())

    async def do_something(self) -> None:
        """One operation, now and then sent twice; a refusal is an answer, too."""
        word = self.chooser.choice(_WORDS)
        ask = getattr(self, f"_{word}")()
        if ask is None:
            return
        try:
            done = await ask()
            if self.chooser.random() < 0.2:
                assert await ask() == done
        except (LedgerRefused, InvalidInput):
            self.refused += 1
            return
        self.done += 1
        self.told[word] += done.amount
        kept = "spend" if word == "capture" else word
        if kept in self._kept:
            self._kept[kept].append(done.key)

    def _ask(self, service: Callable[..., Awaitable[Operation]], **asked: Any) -> Callable[[], Awaitable[Operation]]:
        call, now_ms = self.members.call(), self.members.now_ms
        return lambda: service(self.members.graph, PROGRAMME, call, now_ms=now_ms, **asked)

    def _about(self, kind: str, service: Callable[..., Awaitable[Operation]], **asked: Any) -> Any:
        """An operation on one of the last of a kind, if there are any."""
        known: Sequence[str] = self._kept[kind][-40:]
        return self._ask(service, original=self.chooser.choice(known), **asked) if known else None

    def _earn(self) -> Any:
        return self._ask(earn_amount, record=self.chooser.choice(list(self.births)), asset="points", amount=self._few())

    def _spend(self) -> Any:
        return self._ask(spend_amount, person=self._person(), asset="points", amount=self._few())

    def _hold(self) -> Any:
        asked = {"asset": "points", "amount": self._few(), "lasts_ms": 30 * DAY_MS}
        return self._ask(hold_amount, person=self._person(), **asked)

    def _transfer(self) -> Any:
        receiver = self.chooser.choice(list(self.births))
        return self._ask(transfer_amount, giver=self._person(), receiver=receiver, asset="points", amount=self._few())

    def _refund(self) -> Any:
        return self._about("spend", refund_amount, amount=self._few())

    def _reverse(self) -> Any:
        return self._about("earn", reverse_earning, amount=self._few())

    def _capture(self) -> Any:
        return self._about("hold", capture_hold, amount=self._few(), final=self.chooser.random() < 0.5)

    def _release(self) -> Any:
        return self._about("hold", release_hold)

    def _person(self) -> str:
        return self.chooser.choice(list(self.births.values()))

    def _few(self) -> int:
        return self.chooser.randrange(1, 40)
