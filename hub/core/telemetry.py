"""Spans by OpenTelemetry, sent in the background by OTLP over HTTP. Imported only where a collector is named."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from typing import Final

from opentelemetry import context, trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.trace.sampling import ParentBased, TraceIdRatioBased
from opentelemetry.trace import SpanKind, StatusCode
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from hub.core.traces import Attributes, Kind

_PATIENCE_S: Final = 3
_MOST_WAITING: Final = 8192
"""Spans; what comes while a collector is away is dropped beyond them."""
_KINDS: Final[dict[Kind, SpanKind]] = {
    "internal": SpanKind.INTERNAL,
    "server": SpanKind.SERVER,
    "client": SpanKind.CLIENT,
    "consumer": SpanKind.CONSUMER,
}
_PARENTS: Final = TraceContextTextMapPropagator()


@dataclass(frozen=True, slots=True)
class _Step:
    raw: trace.Span

    def note(self, attributes: Attributes, *, failed: bool = False) -> None:
        self.raw.set_attributes(dict(attributes))
        if failed:
            self.raw.set_status(StatusCode.ERROR)


class Telemetry:
    """One collector's spans.

    Args:
        share: of the traces that begin here so many are kept; what a caller traces is traced.
    """

    def __init__(self, endpoint: str, share: float) -> None:
        self._provider = TracerProvider(
            sampler=ParentBased(TraceIdRatioBased(share)),
            resource=Resource.create({"service.name": "memberhub", "service.version": _version()}),
            shutdown_on_exit=False,
        )
        exporter = OTLPSpanExporter(endpoint=endpoint, timeout=_PATIENCE_S)
        self._provider.add_span_processor(
            BatchSpanProcessor(exporter, max_queue_size=_MOST_WAITING, schedule_delay_millis=1000)
        )
        self._tracer = self._provider.get_tracer("memberhub")

    @contextmanager
    def begin(self, name: str, kind: Kind, attributes: Attributes, caller: Mapping[str, str] | None) -> Iterator[_Step]:
        """As `Tracer` says. What an exception says may be personal: only its type is told.

        A statement that belongs to no operation and no job, as when the process looks for new documents, is not traced.
        """
        if kind == "client" and not trace.get_current_span().get_span_context().is_valid:
            yield _Step(trace.INVALID_SPAN)
            return
        parent = None if caller is None else _PARENTS.extract({key.lower(): caller[key] for key in caller})
        raw = self._tracer.start_span(name, parent, _KINDS[kind], dict(attributes), record_exception=False)
        token = context.attach(trace.set_span_in_context(raw))
        step = _Step(raw)
        try:
            yield step
        except BaseException as error:
            step.note({"error.type": type(error).__name__}, failed=True)
            raise
        finally:
            context.detach(token)
            raw.end()

    def stop(self) -> None:
        """As `Tracer` says; a collector that is away is not waited for longer than it may take once."""
        self._provider.force_flush(_PATIENCE_S * 1000)
        self._provider.shutdown()


def _version() -> str:
    try:
        return version("memberhub")
    except PackageNotFoundError:
        return "unknown"
