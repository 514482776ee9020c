"""Traces: what an operation or a job was made of, for who runs a collector of OpenTelemetry.

Where no collector is named a span is one look at a variable, and nothing of OpenTelemetry is imported.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from typing import Final, Literal, Protocol, TypeAlias

from hub.core.errors import InvalidSettings
from hub.core.settings import Settings

Kind: TypeAlias = Literal["internal", "server", "client", "consumer"]
Attributes: TypeAlias = Mapping[str, str]
"""By the names of OpenTelemetry's semantic conventions. Never a document's text, a value, or what names a person."""


class Span(Protocol):
    """A step while it goes on."""

    def note(self, attributes: Attributes, *, failed: bool = False) -> None:
        """Say more of it."""


class Tracer(Protocol):
    """Where spans go."""

    def begin(
        self, name: str, kind: Kind, attributes: Attributes, caller: Mapping[str, str] | None
    ) -> AbstractContextManager[Span]:
        """A step below the one that is going on, or below that of a caller's headers."""

    def stop(self) -> None:
        """Send what is left, and then nothing more."""


class _Nothing:
    """The span of who traces nothing."""

    def __enter__(self) -> Span:
        return self

    def __exit__(self, *_: object) -> None:
        return None

    def note(self, attributes: Attributes, *, failed: bool = False) -> None:
        return None


_NOTHING: Final = _Nothing()
_tracer: Tracer | None = None


def span(
    name: str, kind: Kind = "internal", attributes: Attributes | None = None, caller: Mapping[str, str] | None = None
) -> AbstractContextManager[Span]:
    """A step that takes as long as the block; what raises in it has failed.

    Args:
        caller: headers of a request, of which `traceparent` (W3C) says where the step belongs.
    """
    return _NOTHING if _tracer is None else _tracer.begin(name, kind, attributes or {}, caller)


@contextmanager
def tracing(settings: Settings) -> Iterator[None]:
    """Send the spans of the block to the settings' collector, if they name one. A collector that fails hurts nobody.

    Raises:
        InvalidSettings: there is a collector, and not what is needed to talk to it.
    """
    global _tracer
    before = _tracer
    _tracer = _connect(settings)
    try:
        yield
    finally:
        if _tracer is not None:
            _tracer.stop()
        _tracer = before


def _connect(settings: Settings) -> Tracer | None:
    if settings.traces_endpoint is None:
        return None
    try:
        from hub.core.telemetry import Telemetry
    except ImportError:
        raise InvalidSettings(
            "HUB_TRACES_ENDPOINT is set, but OpenTelemetry is not installed: pip install 'memberhub[telemetry]'."
        ) from None
    return Telemetry(settings.traces_endpoint, settings.traces_share)
