"""Attempts to come in that failed: so many an address and a client, and then no more for a while.

Neither secrets nor tokens can be guessed; working out that a guess is wrong is what costs.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from time import monotonic
from typing import Final

from hub.core.errors import Unavailable
from hub.http.buckets import Buckets
from resolvers.metering import Throttled

# In seconds of one attempt: each flows back within 30.
_PRICE: Final = 30
_ADDRESS: Final = 20 * _PRICE
# One that is attacked from many addresses is locked out late, and for half a minute at a time.
_CLIENT: Final = 200 * _PRICE


class Attempts:
    """Counts failures by address and by client; what succeeds costs nothing."""

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        self._buckets = {"address": Buckets(_ADDRESS, 1, clock), "client": Buckets(_CLIENT, 1, clock)}

    def begin(self, address: str, client: str) -> None:
        """Reserve for a failure; raises Unavailable, with how long to wait, after too many."""
        self.fail(address)
        try:
            self._take("client", client)
        except Unavailable:
            self._buckets["address"].give_back(address, _PRICE)
            raise

    def fail(self, address: str) -> None:
        """One more failure of nobody in particular; raises as `begin`."""
        self._take("address", address)

    def succeed(self, address: str, client: str) -> None:
        """It was no failure."""
        self._buckets["address"].give_back(address, _PRICE)
        self._buckets["client"].give_back(client, _PRICE)

    def _take(self, kind: str, name: str) -> None:
        try:
            self._buckets[kind].take(name, _PRICE)
        except Throttled as error:
            wait_s = math.ceil(error.retry_after_s)
            words = f"Too many attempts failed for this {kind}. Try again in {wait_s} s."
            raise Unavailable(words, retry_after_s=wait_s) from None
