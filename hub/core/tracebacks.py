"""Tracebacks fit for a log: where and what, without values.

Each exception keeps its type, its redacted message and the file, line and function of its frames. Local variables and
source lines are left out.
"""

from __future__ import annotations

import traceback
from collections.abc import Iterator
from typing import Final

from hub.core.redaction import UNREADABLE, redact_message, redact_text

_MAX_FRAMES: Final = 40
_MAX_CHAIN: Final = 10


def format_traceback(error: BaseException) -> str:
    """The exception with its causes, oldest first as Python prints them, redacted. Never raises."""
    try:
        return "\n".join(_lines(error, _MAX_CHAIN, set()))
    except Exception:
        return f"{type(error).__name__}: {UNREADABLE}"


def _lines(error: BaseException, budget: int, seen: set[int]) -> Iterator[str]:
    if budget <= 0 or id(error) in seen:
        return
    seen.add(id(error))
    if error.__cause__ is not None:
        yield from _lines(error.__cause__, budget - 1, seen)
        yield "The above exception was the direct cause of the following exception:"
    elif error.__context__ is not None and not error.__suppress_context__:
        yield from _lines(error.__context__, budget - 1, seen)
        yield "During handling of the above exception, another exception occurred:"
    yield from _frames(error)
    yield f"{type(error).__module__}.{type(error).__qualname__}: {redact_message(error)}".removeprefix("builtins.")
    for note in getattr(error, "__notes__", ()):
        yield f"  {redact_text(str(note))}"
    if isinstance(error, BaseExceptionGroup):
        for index, member in enumerate(error.exceptions[:_MAX_CHAIN], start=1):
            yield f"  of the group, {index} of {len(error.exceptions)}:"
            yield from (f"    {line}" for line in _lines(member, budget - 1, seen))


def _frames(error: BaseException) -> Iterator[str]:
    frames = list(traceback.walk_tb(error.__traceback__))
    if frames:
        yield "Traceback (most recent call last):"
    for frame, line in frames[-_MAX_FRAMES:]:
        code = frame.f_code
        yield f'  File "{redact_text(code.co_filename)}", line {line}, in {redact_text(code.co_qualname)}'
