"""A name for every request, in its answer and in every line that is logged on its behalf."""

from __future__ import annotations

import os
import re
from time import time_ns
from typing import Final

HEADER: Final = "X-Request-Id"
_SANE: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{7,63}")
_DIGITS: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_PAIRS: Final = [first + second for first in _DIGITS for second in _DIGITS]
_SHIFTS: Final = range(120, -1, -10)


def choose_request_id(sent: str) -> str:
    """The caller's id where it is 8 to 64 plain characters and cannot spoil a log, else a new one."""
    return sent if _SANE.fullmatch(sent) else make_request_id()


def make_request_id() -> str:
    """A ULID: 48 bits of milliseconds and 80 random ones. Two of one millisecond are in no order."""
    number = time_ns() // 1_000_000 << 80 | int.from_bytes(os.urandom(10))
    return "".join([_PAIRS[number >> shift & 1023] for shift in _SHIFTS])
