"""SIGINT, SIGTERM and SIGHUP as a cancelled scope, so that a stop runs the same way as an error's."""

from __future__ import annotations

import signal
from typing import Final

import anyio
from anyio.abc import TaskStatus

_STOPPING: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


async def cancel_on_signal(
    scope: anyio.CancelScope, *, task_status: TaskStatus[None] = anyio.TASK_STATUS_IGNORED
) -> None:
    """Cancel the scope at the first signal; the task counts as started when signals are watched."""
    with anyio.open_signal_receiver(*_STOPPING) as arriving:
        task_status.started()
        async for _ in arriving:
            scope.cancel()
