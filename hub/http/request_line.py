"""The line that the log has of each request."""

from __future__ import annotations

import logging
from typing import Final

from hub.core.redaction import redact_text
from hub.core.safe_lines import log_safe
from hub.http.metrics import METHODS

_QUIET: Final = frozenset({"/healthz", "/readyz", "/metrics"})


def log_request(method: str, route: str, status: int, duration_s: float) -> None:
    """Write it; `route` is a template of ours, never a path."""
    log_safe(
        "hub.http",
        logging.DEBUG if route in _QUIET else logging.INFO,
        "request",
        method=method if method in METHODS else redact_text(method),
        route=route,
        status=status,
        duration_ms=round(duration_s * 1000, 1),
    )
