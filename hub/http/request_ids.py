"""A name for every request, in its answer and in every line that is logged on its behalf."""

from __future__ import annotations

import re
from secrets import token_hex
from typing import Final

HEADER: Final = "X-Request-Id"
_SANE: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{7,63}")


def choose_request_id(sent: str) -> str:
    """The caller's id where it is 8 to 64 plain characters and cannot spoil a log, else a new one."""
    return sent if _SANE.fullmatch(sent) else make_request_id()


def make_request_id() -> str:
    """104 random bits: nobody guesses one, and no two requests share one."""
    return token_hex(13)
