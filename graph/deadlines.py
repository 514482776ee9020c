"""How long the work that is going on may still take; its statements are told, and ended by the server after that."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Final

# A server takes 0 for no limit at all.
_LEAST_S: Final = 0.001
_ends_s: ContextVar[float | None] = ContextVar("work_ends_s", default=None)


@contextmanager
def work_within(seconds: float | None) -> Iterator[None]:
    """Give what runs inside, in this task and in those that it starts, so many seconds in all; None: no one's time."""
    token = _ends_s.set(None if seconds is None else asyncio.get_running_loop().time() + seconds)
    try:
        yield
    finally:
        _ends_s.reset(token)


def left_of(limit_s: float) -> float:
    """The time that a statement may take which is allowed `limit_s` by itself."""
    ends_s = _ends_s.get()
    if ends_s is None:
        return limit_s
    return max(_LEAST_S, min(limit_s, ends_s - asyncio.get_running_loop().time()))
