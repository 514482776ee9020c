"""The worker process: one arq worker with the tasks of this package, rebuilt when the queue's server goes away."""

from __future__ import annotations

import signal
from contextlib import suppress
from typing import Any, Final, cast
from zoneinfo import ZoneInfo

import anyio
import orjson
import redis.exceptions
import structlog
from arq.connections import RedisSettings
from arq.constants import health_check_key_suffix
from arq.cron import CronJob, cron
from arq.worker import Worker, async_check_health, func
from tenacity import AsyncRetrying, retry_if_exception_type, wait_exponential_jitter

from graph.database import Graph
from hub.core.error_groups import one_error
from hub.core.errors import Unavailable
from hub.core.settings import Settings
from hub.core.traces import tracing
from hub.services.check_installation import check_installation
from hub.services.identity import Identity
from workers.candidates import find_candidates
from workers.cases import weigh_open_cases
from workers.changes import keep_relaying
from workers.ledger import expire_lots, prove_ledger
from workers.orders import settle_points
from workers.patrol import patrol_persons
from workers.settle import settle_components
from workers.tiers import review_all_tiers

_JOB_TIMEOUT_S: Final = 120
_SETTLE_TIMEOUT_S: Final = 1800
_CANDIDATES_TIMEOUT_S: Final = 4 * 3600
_GONE: Final = (redis.exceptions.ConnectionError, redis.exceptions.TimeoutError, OSError, Unavailable)


async def run_worker(settings: Settings) -> None:
    """Work until SIGTERM or SIGINT; a job that is cut off then runs again later.

    Raises:
        InvalidSettings: a setting is wrong or missing, or the graph refuses the credentials.
        Conflict: the graph lacks migrations, or is ahead of this code.
    """
    settings.require_queue_uri()
    settings.require_identity_key()
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(_stop_on_signal, tasks.cancel_scope)
        retrying = AsyncRetrying(
            wait=wait_exponential_jitter(initial=0.5, max=15),
            retry=retry_if_exception_type(_GONE),
            before_sleep=lambda state: structlog.get_logger(__name__).warning(
                "worker waits for graph and queue", attempt=state.attempt_number
            ),
        )
        await retrying(_work, settings)


async def is_healthy(settings: Settings) -> bool:
    """Whether a worker of this queue has reported within the last seconds."""
    redis_settings = RedisSettings.from_dsn(settings.require_queue_uri())
    with suppress(redis.exceptions.RedisError, OSError):
        return await async_check_health(redis_settings, None, settings.queue_name) == 0
    return False


async def _work(settings: Settings) -> None:
    with tracing(settings):
        await _work_traced(settings)


async def _work_traced(settings: Settings) -> None:
    async with Graph.open(settings) as graph:
        identity = await Identity.load(graph, settings)
        await check_installation(graph, identity)
        context = {"graph": graph, "identity": identity, "settings": settings, "queue_name": settings.queue_name}
        worker = _make_worker(settings, context)
        structlog.get_logger(__name__).info("worker is up", queue=settings.queue_name)
        try:
            with one_error():
                async with anyio.create_task_group() as beside:
                    beside.start_soon(keep_relaying, graph, settings)
                    await worker.async_run()
                    beside.cancel_scope.cancel()
        finally:
            with anyio.CancelScope(shield=True), suppress(redis.exceptions.RedisError, OSError):
                await worker.close()


def _make_worker(settings: Settings, context: dict[str, Any]) -> Worker:
    return Worker(
        functions=[
            func(patrol_persons, name="persons.patrol", timeout=_JOB_TIMEOUT_S, keep_result=0),
            func(settle_components, name="components.settle", timeout=_SETTLE_TIMEOUT_S, keep_result=0),
            func(weigh_open_cases, name="cases.weigh", timeout=_JOB_TIMEOUT_S, keep_result=0),
            func(find_candidates, name="candidates.suggest", timeout=_CANDIDATES_TIMEOUT_S, keep_result=0),
            func(expire_lots, name="ledger.expire", timeout=_SETTLE_TIMEOUT_S, keep_result=0),
            func(prove_ledger, name="ledger.verify", timeout=_SETTLE_TIMEOUT_S, keep_result=0),
            func(settle_points, name="orders.settle_points", timeout=_SETTLE_TIMEOUT_S, keep_result=0),
            func(review_all_tiers, name="tiers.review", timeout=_SETTLE_TIMEOUT_S, keep_result=0),
        ],
        cron_jobs=[
            cron(patrol_persons, name="persons.patrol", second=0, timeout=_JOB_TIMEOUT_S, keep_result=0),
            cron(
                settle_components,
                name="components.settle",
                second=set(range(0, 60, 10)),
                timeout=_SETTLE_TIMEOUT_S,
                keep_result=0,
            ),
            cron(
                settle_points,
                name="orders.settle_points",
                second=set(range(5, 60, 10)),
                timeout=_SETTLE_TIMEOUT_S,
                keep_result=0,
            ),
            cron(weigh_open_cases, name="cases.weigh", second=30, timeout=_JOB_TIMEOUT_S, keep_result=0),
            *_nightly(settings),
            cron(expire_lots, name="ledger.expire", minute={5, 35}, timeout=_SETTLE_TIMEOUT_S, keep_result=0),
            cron(prove_ledger, name="ledger.verify", hour=3, minute=20, timeout=_SETTLE_TIMEOUT_S, keep_result=0),
            cron(review_all_tiers, name="tiers.review", hour=4, minute=10, timeout=_SETTLE_TIMEOUT_S, keep_result=0),
        ],
        timezone=cast(Any, ZoneInfo(settings.timezone)),  # any zone will do, whatever arq's types say
        redis_settings=RedisSettings.from_dsn(settings.require_queue_uri()),
        queue_name=settings.queue_name,
        health_check_key=settings.queue_name + health_check_key_suffix,
        health_check_interval=10,
        handle_signals=False,
        # A read of only a few ids would let orphans at the head of the queue starve what is behind them.
        queue_read_limit=1000,
        poll_delay=0.05,
        keep_result=0,
        job_timeout=_JOB_TIMEOUT_S,
        job_serializer=lambda job: orjson.dumps(job, default=str),
        job_deserializer=orjson.loads,
        on_job_start=_begin_job,
        ctx=context,
    )


def _nightly(settings: Settings) -> list[CronJob]:
    hour = settings.candidates_hour
    if hour is None:
        return []
    timeout = _CANDIDATES_TIMEOUT_S
    return [cron(find_candidates, name="candidates.suggest", hour=hour, minute=0, timeout=timeout, keep_result=0)]


async def _begin_job(ctx: dict[str, Any]) -> None:
    structlog.contextvars.bind_contextvars(job_id=ctx["job_id"])
    ctx["identity"] = await ctx["identity"].renewed(ctx["graph"], ctx["settings"])


async def _stop_on_signal(scope: anyio.CancelScope) -> None:
    with anyio.open_signal_receiver(signal.SIGTERM, signal.SIGINT) as signals:
        async for _ in signals:
            scope.cancel()
            return
