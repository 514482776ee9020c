"""A read whose course a test decides."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence


class Doubling:
    """Doubles numbers when it is let; -13 it cannot."""

    def __init__(self) -> None:
        self.asked: list[list[int]] = []
        self.let = asyncio.Event()
        self.let.set()
        self.begun, self.ended = asyncio.Event(), asyncio.Event()

    async def load(self, keys: list[int]) -> Sequence[int]:
        self.asked.append(keys)
        self.begun.set()
        try:
            await self.let.wait()
        except asyncio.CancelledError:
            self.ended.set()
            raise
        if -13 in keys:
            raise ValueError("no")
        return [2 * key for key in keys]
