"""What Prometheus reads: requests by route and status, how long they and the graph's statements took."""

from __future__ import annotations

from functools import cache
from typing import Final

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.gc_collector import GCCollector
from prometheus_client.platform_collector import PlatformCollector
from prometheus_client.process_collector import ProcessCollector
from starlette.requests import Request
from starlette.responses import Response

METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_SECONDS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)


class Metrics:
    """One application's measurements, in a registry of its own."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        for collect in (ProcessCollector, PlatformCollector, GCCollector):
            collect(registry=self.registry)
        # What `labels` finds is kept: it takes as long as to count.
        self._requests = cache(
            Counter(
                "memberhub_http_requests", "Answered requests.", ("method", "route", "status"), registry=self.registry
            ).labels
        )
        self._durations = cache(
            Histogram(
                "memberhub_http_request_duration_seconds",
                "From the request's head to the end of its answer.",
                ("route",),
                buckets=_SECONDS,
                registry=self.registry,
            ).labels
        )
        self._running = 0
        running = Gauge("memberhub_http_requests_running", "Requests being worked on.", registry=self.registry)
        running.set_function(lambda: self._running)
        self._statements = cache(
            Histogram(
                "memberhub_graph_statement_duration_seconds",
                "Cypher statements by name.",
                ("statement",),
                buckets=_SECONDS,
                registry=self.registry,
            ).labels
        )

    def observe_statement(self, name: str, duration_s: float) -> None:
        """To be told of each Cypher statement that ended."""
        self._statements(name).observe(duration_s)

    def begin_request(self) -> None:
        """To be told of each request, once."""
        self._running += 1

    def end_request(self, method: str, route: str, status: int, duration_s: float) -> None:
        """To be told of each request that had begun."""
        self._running -= 1
        self._requests(method if method in METHODS else "other", route, status).inc()
        self._durations(route).observe(duration_s)

    async def answer(self, request: Request) -> Response:
        """`GET /metrics`."""
        return Response(generate_latest(self.registry), media_type=CONTENT_TYPE_LATEST)
