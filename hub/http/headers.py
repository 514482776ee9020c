"""Headers that keep browsers from doing with an answer what it was not meant for."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

# GraphiQL styles elements inline and embeds its fonts; nothing may come from or go to another host.
_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "font-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_HEADERS: Final = {
    "Content-Security-Policy": _POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}
# As they go over the line.
_SENT: Final = [(name.lower().encode(), value.encode()) for name, value in _HEADERS.items()]
_NAMES: Final = frozenset(name for name, _ in _SENT)

Sent = tuple[bytes, bytes]
"""A header as it goes over the line."""


def guard(headers: Iterable[Sent]) -> list[Sent]:
    """An answer's headers with each of these, unless the route has chosen its own value."""
    chosen = [*headers]
    if _NAMES.isdisjoint([name for name, _ in chosen]):
        return chosen + _SENT
    taken = {name for name, _ in chosen}
    return chosen + [header for header in _SENT if header[0] not in taken]
