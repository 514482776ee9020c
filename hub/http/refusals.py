"""Requests that are answered without running anything."""

from __future__ import annotations

from typing import Any

from hub.core.errors import InvalidInput


class Refused(Exception):
    """Why a request to the GraphQL endpoint is not run.

    Attributes:
        status: of the answer in either form, unless `by_form`.
        by_form: 200 in plain JSON, for what GraphQL clients expect as an ordinary answer.
    """

    def __init__(
        self,
        status: int,
        message: str,
        *,
        code: str = InvalidInput.code,
        headers: dict[str, str] | None = None,
        by_form: bool = False,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.code = code
        self.headers = headers
        self.by_form = by_form

    def as_body(self) -> dict[str, Any]:
        """The answer's body."""
        extensions: dict[str, Any] = {"code": self.code}
        if self.headers and "Retry-After" in self.headers:
            extensions["retryAfterSeconds"] = int(self.headers["Retry-After"])
        return {"errors": [{"message": self.message, "extensions": extensions}]}
