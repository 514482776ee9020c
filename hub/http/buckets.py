"""How much each client may ask for: a bucket that every operation takes from and that fills up again.

Kept in this process, so that no operation waits for it: with several processes a client has as much from each.
"""

from __future__ import annotations

import math
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import IPv6Address, ip_address
from time import monotonic
from typing import Final

from starlette.requests import Request

from resolvers.metering import Throttled

# A client that was forgotten begins with a full bucket; whoever has that many addresses is not held up by this anyway.
_MOST_CLIENTS: Final = 20_000


@dataclass(slots=True)
class _Level:
    available: float
    at_s: float


class Buckets:
    """One bucket a client: `size` at most, `restore_per_s` flow back each second. A size of 0 limits nobody."""

    def __init__(self, size: int, restore_per_s: int, clock: Callable[[], float] = monotonic) -> None:
        self.size = size
        self.restore_per_s = restore_per_s
        self._clock = clock
        self._levels: OrderedDict[str, _Level] = OrderedDict()

    def take(self, client: str, cost: int) -> None:
        """Take a cost before it is incurred; raises Throttled, and takes nothing, where there is less."""
        level = self._refill(client)
        if cost > level.available:
            wait_s = (min(cost, self.size) - level.available) / self.restore_per_s
            raise Throttled(
                f"This costs up to {cost}, and {int(level.available)} are left of {self.size}. "
                f"{self.restore_per_s} flow back each second: wait, or ask for less.",
                retry_after_s=math.ceil(wait_s),
            )
        level.available -= cost

    def give_back(self, client: str, cost: int) -> None:
        """Return what was taken and not used up."""
        level = self._refill(client)
        level.available = min(self.size, level.available + cost)

    def available(self, client: str) -> int:
        """What a client may use up now."""
        return int(self._refill(client).available)

    def _refill(self, client: str) -> _Level:
        now_s = self._clock()
        level = self._levels.setdefault(client, _Level(self.size, now_s))
        self._levels.move_to_end(client)
        if len(self._levels) > _MOST_CLIENTS:
            self._levels.popitem(last=False)
        level.available = min(self.size, level.available + (now_s - level.at_s) * self.restore_per_s)
        level.at_s = now_s
        return level


def name_client(request: Request) -> str:
    """Whose bucket a request takes from: its address, of which IPv6 gives everyone 2^64."""
    return _name_host(request.client.host) if request.client else ""


@lru_cache(maxsize=1024)
def _name_host(host: str) -> str:
    try:
        address = ip_address(host)
    except ValueError:
        return host
    return str(int(address) >> 64) if isinstance(address, IPv6Address) else host
