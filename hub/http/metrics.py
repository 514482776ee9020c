"""What Prometheus reads: requests by route and status, how long they and the graph's statements took."""

from __future__ import annotations

from contextlib import AbstractContextManager
from time import perf_counter
from typing import Final

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.gc_collector import GCCollector
from prometheus_client.platform_collector import PlatformCollector
from prometheus_client.process_collector import ProcessCollector
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_SECONDS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)


class Metrics:
    """One application's measurements, in a registry of its own."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        for collect in (ProcessCollector, PlatformCollector, GCCollector):
            collect(registry=self.registry)
        self._requests = Counter(
            "memberhub_http_requests", "Answered requests.", ("method", "route", "status"), registry=self.registry
        )
        self._durations = Histogram(
            "memberhub_http_request_duration_seconds",
            "From the request's head to the end of its answer.",
            ("route",),
            buckets=_SECONDS,
            registry=self.registry,
        )
        self._running = Gauge("memberhub_http_requests_running", "Requests being worked on.", registry=self.registry)
        self._statements = Histogram(
            "memberhub_graph_statement_duration_seconds",
            "Cypher statements by name.",
            ("statement",),
            buckets=_SECONDS,
            registry=self.registry,
        )

    def observe_statement(self, name: str, duration_s: float) -> None:
        """To be told of each Cypher statement that ended."""
        self._statements.labels(name).observe(duration_s)

    def observe_request(self, method: str, route: str, status: int, duration_s: float) -> None:
        """To be told of each request that ended."""
        self._requests.labels(method, route, str(status)).inc()
        self._durations.labels(route).observe(duration_s)

    async def answer(self, request: Request) -> Response:
        """`GET /metrics`."""
        return Response(generate_latest(self.registry), media_type=CONTENT_TYPE_LATEST)

    def track_running(self) -> AbstractContextManager[None]:
        """Counts as one running request while it is open."""
        return self._running.track_inprogress()


class Measured:
    """Measure requests by route template, so that what callers invent makes no new series."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self._app = app
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        status = 500

        async def send_noted(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        started = perf_counter()
        with self._metrics.track_running():
            try:
                await self._app(scope, receive, send_noted)
            finally:
                route = getattr(scope.get("route"), "path", "unmatched")
                method = scope["method"] if scope["method"] in _METHODS else "other"
                self._metrics.observe_request(method, route, status, perf_counter() - started)
