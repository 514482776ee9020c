"""How operations go: how many, how they end, how long they take, and which were slow; never what they were about."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from time import perf_counter
from typing import Any, Final

import structlog
from prometheus_client import CollectorRegistry, Counter, Histogram

from hub.core.traces import Span, span
from hub.http.answers import Answer
from hub.http.parameters import Operation
from hub.http.refusals import Refused

_SECONDS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
_MOST_NAMES: Final = 200
_NAME: Final = re.compile(r"[_A-Za-z][_0-9A-Za-z]{0,79}")


@dataclass(slots=True)
class Course:
    """One operation while it runs.

    Attributes:
        answer: what came of it, None while nothing did.
        writes: whether it is a mutation that was let in.
    """

    answer: Answer | None = None
    writes: bool = False

    @property
    def outcome(self) -> str:
        """`OK`, or the code of its first error."""
        if self.answer is None:
            return "CANCELLED"
        errors: list[dict[str, Any]] = self.answer.body.get("errors") or []
        return str(errors[0].get("extensions", {}).get("code", "INTERNAL")) if errors else "OK"


class Operations:
    """The measurements of one application. Callers choose the names: only the first hundreds become series."""

    def __init__(self, registry: CollectorRegistry, *, slow_s: float) -> None:
        self._slow_s = slow_s
        self._names: set[str] = set()
        self._ended = cache(
            Counter(
                "memberhub_graphql_operations",
                "Operations by name, and `OK` or the code of their first error.",
                ("operation", "outcome"),
                registry=registry,
            ).labels
        )
        self._durations = cache(
            Histogram(
                "memberhub_graphql_operation_duration_seconds",
                "Operations by name, without reading and writing HTTP.",
                ("operation",),
                buckets=_SECONDS,
                registry=registry,
            ).labels
        )

    @contextmanager
    def watch(self, operation: Operation, headers: Mapping[str, str] | None = None) -> Iterator[Course]:
        """Measure and trace what runs in the block, which says what came of it; `headers` are the request's."""
        name, course, began = self._name(operation), Course(), perf_counter()
        try:
            with span("GraphQL Operation", "server", {"graphql.operation.name": name}, headers) as step:
                yield course
                _tell(step, course)
        except Refused as refused:
            course.answer = Answer(refused.status, refused.as_body())
            raise
        finally:
            duration_s = perf_counter() - began
            self._ended(name, course.outcome).inc()
            self._durations(name).observe(duration_s)
            if 0 < self._slow_s <= duration_s:
                self._tell_slow(name, operation, course, duration_s)

    def _name(self, operation: Operation) -> str:
        name = operation.name or "(unnamed)"
        if name in self._names:
            return name
        if operation.name and (len(self._names) >= _MOST_NAMES or not _NAME.fullmatch(name)):
            return "(other)"
        self._names.add(name)
        return name

    def _tell_slow(self, name: str, operation: Operation, course: Course, duration_s: float) -> None:
        structlog.get_logger(__name__).warning(
            "slow operation",
            operation=name,
            document_sha256=sha256(operation.query.encode()).hexdigest(),
            outcome=course.outcome,
            cost=(course.answer.body.get("extensions", {}).get("cost") if course.answer else None),
            duration_ms=round(duration_s * 1000),
        )


def _tell(step: Span, course: Course) -> None:
    failed = course.outcome != "OK"
    reason = {"error.type": course.outcome} if failed else {}
    step.note({"graphql.operation.type": "mutation" if course.writes else "query", **reason}, failed=failed)
