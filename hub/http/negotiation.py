"""Which form an answer has, by the GraphQL-over-HTTP specification."""

from __future__ import annotations

from functools import lru_cache
from typing import Final

JSON: Final = "application/json"
GRAPHQL: Final = "application/graphql-response+json"


@lru_cache(maxsize=256)
def choose_media_type(accept: str) -> str | None:
    """The form of the answer for an Accept header; None where neither form is wanted. No header wants JSON.

    What stands first wins among equal weights; `q=0` is a refusal.
    """
    wanted = [_read_range(part) for part in accept.split(",") if part.strip()]
    if not wanted:
        return JSON
    refused = {name for name, weight in wanted if weight == 0}
    for name, _ in sorted((one for one in wanted if one[1] > 0), key=lambda one: -one[1]):
        for form in (JSON, GRAPHQL):
            if name in (form, "*/*", "application/*") and form not in refused:
                return form
    return None


def _read_range(part: str) -> tuple[str, float]:
    """A media range and its weight; a weight that is none counts as 1."""
    name, *parameters = (piece.strip().lower() for piece in part.split(";"))
    for parameter in parameters:
        key, _, value = parameter.partition("=")
        if key.strip() == "q":
            try:
                return name, max(0.0, min(1.0, float(value)))
            except ValueError:
                break
    return name, 1.0
