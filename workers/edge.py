"""Where a task's failure is translated: one retry owner, and a line in the log that people can act on."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from functools import wraps
from typing import Any, cast

import structlog
from arq.typing import WorkerCoroutine
from arq.worker import Retry

from hub.core.errors import HubError, Unavailable
from hub.core.traces import span


def task(function: Callable[..., Coroutine[Any, Any, Any]]) -> WorkerCoroutine:
    """Give a task the hub's way of failing.

    `Unavailable` is tried again by the queue after the time that it names; another `HubError` is logged and ends the
    job, because a repeat would not help; anything else is arq's to log.
    """

    @wraps(function)
    async def guarded(ctx: dict[Any, Any], *args: Any, **kwargs: Any) -> Any:
        try:
            with span(function.__name__, "consumer", {"messaging.system": "arq"}):
                return await function(ctx, *args, **kwargs)
        except Unavailable as error:
            raise Retry(defer=error.retry_after_s) from error
        except HubError as error:
            log = structlog.get_logger(function.__module__)
            log.exception("task failed", task=function.__name__, code=error.code, reason=error.safe_message)
            return None

    return cast(WorkerCoroutine, guarded)
