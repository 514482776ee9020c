"""What follows a request may be none: it is refused, and does not take the place of an answer that is still owed.

uvicorn writes its 400 at once. Whoever sent a whole request before would take that for its answer, though a write may
have been committed.
"""

from __future__ import annotations

from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle


class OwingProtocol(HttpToolsProtocol):
    """uvicorn's own; answers what it has read as a whole, and closes then, where no request follows."""

    _running: RequestResponseCycle | None = None

    def send_400_response(self, msg: str) -> None:
        owed: RequestResponseCycle | None = self.cycle
        if owed is not None and owed.more_body and self.pipeline:
            # It broke off itself, and nobody has begun with it.
            self.pipeline.popleft()
            owed = self.pipeline[0][0] if self.pipeline else self._running
            self.cycle = owed  # type: ignore[assignment]
        if owed is None or owed.response_complete or owed.more_body:
            super().send_400_response(msg)
        else:
            owed.keep_alive = False

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: Any) -> None:
        self._running = cycle
        super()._start_asgi_task(cycle, app)
