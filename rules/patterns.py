"""Regular expressions that operators write: tried on every identifier, so none may take for ever."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from re import _parser  # type: ignore[attr-defined]  # how a pattern is built is known nowhere else
from typing import Any, Final

from hub.core.errors import InvalidInput
from hub.core.model import MAX_EXTERNAL_ID_CHARS

MAX_PATTERN_CHARS: Final = 200
_MAX_WAYS: Final = 1_000_000
_ITSELF: Final = 1


def check_pattern(text: str) -> None:
    """Refuse a pattern that is no regular expression, or whose matching may take for ever.

    Counted is in how many ways it may try to match the longest identifier: a repeat inside of a repeat has more than
    there is time for, and so have three repeats without an end in a row.

    Raises:
        InvalidInput: says what is wrong with it.
    """
    if len(text) > MAX_PATTERN_CHARS:
        raise InvalidInput(f"a pattern has at most {MAX_PATTERN_CHARS} characters")
    if not text.isprintable():
        raise InvalidInput("a pattern has printable characters only")
    try:
        re.compile(text)
        parsed = _parser.parse(text)
    except re.error as error:
        raise InvalidInput(f"this is no regular expression: {error}") from None
    except (OverflowError, RecursionError):
        raise InvalidInput("this is no regular expression: a number in it is too large") from None
    if _ways(parsed) > _MAX_WAYS:
        raise InvalidInput(
            "matching this could take for ever: use no repeat inside of a repeat, such as (a+)+, "
            "and at most two repeats without an end"
        )


def matches(text: str, patterns: Sequence[str]) -> bool:
    """Whether one of the patterns, which were checked, matches the text as a whole."""
    return any(_compiled(pattern).fullmatch(text) for pattern in patterns)


@lru_cache(maxsize=4096)
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern)


def _ways(items: Any) -> int:
    product = 1
    for operator, operand in items:
        product = min(product * _ways_of(str(operator), operand), _MAX_WAYS + 1)
    return product


def _ways_of(operator: str, operand: Any) -> int:
    """In how many ways one item can match; names and operands are those of CPython's parser."""
    match operator:
        case "BRANCH":
            return sum(_ways(option) for option in operand[1])
        case "SUBPATTERN" | "ASSERT" | "ASSERT_NOT":
            return _ways(operand[-1])
        case "ATOMIC_GROUP":
            return _ways(operand)
        case "GROUPREF_EXISTS":
            return _ways(operand[1]) + (_ways(operand[2]) if operand[2] else _ITSELF)
        case "MAX_REPEAT" | "MIN_REPEAT" | "POSSESSIVE_REPEAT":
            return _ways_of_repeat(*operand)
    return _ITSELF


def _ways_of_repeat(least: int, most: int, body: Any) -> int:
    bound = MAX_EXTERNAL_ID_CHARS
    least, most, each = min(least, bound), min(most, bound), _ways(body)
    if each == _ITSELF:
        return most - least + 1
    ways = 0
    for times in range(least, most + 1):
        ways += each**times
        if ways > _MAX_WAYS:
            break
    return ways
