"""Who publishes a document, and why."""

from __future__ import annotations

from typing import Final, NamedTuple

from hub.core.errors import InvalidInput

_MOST_AUTHOR_CHARS: Final = 100
_MOST_REASON_CHARS: Final = 500


class Signature(NamedTuple):
    """What is kept with a version."""

    author: str
    reason: str


def sign(author: str, reason: str) -> Signature:
    """Both, without blanks around them; raises InvalidInput where one is missing, too long or not one line."""
    return Signature(
        _check_line(author, "The author", _MOST_AUTHOR_CHARS), _check_line(reason, "The reason", _MOST_REASON_CHARS)
    )


def _check_line(text: str, what: str, most: int) -> str:
    text = text.strip()
    if not text or len(text) > most or not text.isprintable():
        raise InvalidInput(f"{what} of a publication is one line of 1 to {most} characters.")
    return text
