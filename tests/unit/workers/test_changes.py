"""The worker's relay of changes, whatever fails beneath it."""

from __future__ import annotations

from typing import Any, cast

import anyio
import pytest

from hub.core.errors import Unavailable
from hub.core.settings import Settings
from workers import changes

pytestmark = pytest.mark.anyio


async def test_no_failure_ends_the_relay(monkeypatch: pytest.MonkeyPatch) -> None:
    failures = [Unavailable("The graph does not answer."), ValueError("unforeseen"), KeyError("too")]
    told = anyio.Event()

    async def relay(*_: Any) -> int:
        if failures:
            raise failures.pop()
        told.set()
        return 0

    monkeypatch.setattr(changes, "relay_changes", relay)
    monkeypatch.setattr(changes, "_PAUSE_S", 0)
    async with anyio.create_task_group() as beside:
        beside.start_soon(changes.keep_relaying, cast(Any, None), Settings(queue_uri="redis://127.0.0.1:9"))
        with anyio.fail_after(10):
            await told.wait()
        beside.cancel_scope.cancel()
