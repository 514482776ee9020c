"""Keeping the hub's own processes running."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import anyio

from hub.core.error_groups import one_error
from hub.core.errors import Unavailable
from hub.embedded.process import Process

Notify = Callable[[str, str], None]
"""Told of a service by name, and in words what became of it."""

_STEADY_S = 60.0
_FIRST_PAUSE_S = 0.5
_LONGEST_PAUSE_S = 30.0
_FAILURES_IN_A_ROW = 6


async def become_ready(process: Process, probe: Callable[[], Awaitable[None]]) -> None:
    """Return when the probe does; raises Unavailable with the reason as soon as the process ends instead."""
    with one_error():
        async with anyio.create_task_group() as race:
            race.start_soon(process.raise_at_end)
            await probe()
            race.cancel_scope.cancel()


async def supervise(process: Process, start: Callable[[], Awaitable[Process]], notify: Notify) -> None:
    """Start a process again whenever it ends, after a pause that doubles while it keeps failing.

    Raises:
        Unavailable: it ended six times, none of them after a steady minute; with the last lines of its log.
    """
    failures = 0
    while True:
        started = anyio.current_time()
        code = await process.wait()
        failures = 1 if anyio.current_time() - started > _STEADY_S else failures + 1
        await process.stop(0)  # what it may have left of its own children
        if failures == _FAILURES_IN_A_ROW:
            raise Unavailable(process.explain_end(code))
        pause_s = min(_FIRST_PAUSE_S * 2 ** (failures - 1), _LONGEST_PAUSE_S)
        notify(process.name, f"{process.describe_end(code)}; it starts again in {pause_s:g} s (log: {process.log})")
        await anyio.sleep(pause_s)
        process = await start()
