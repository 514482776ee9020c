"""A condition cut into words, each with its place."""

from __future__ import annotations

import re
from typing import Final, NamedTuple

_MAX_BYTES: Final = 2_048
_MAX_TOKENS: Final = 600
_TOKEN: Final = re.compile(
    r"""
    (?P<blank>[ \t\r\n]+)
    | (?P<number>[0-9]+(?![0-9A-Za-z_.]))
    | (?P<text>'[^'\\\r\n]*'|"[^"\\\r\n]*")
    | (?P<word>[A-Za-z_][A-Za-z0-9_]*(?:\.[A-Za-z_][A-Za-z0-9_]*)*)
    | (?P<sign>\|\||&&|==|!=|<=|>=|[-+*/%!<>()\[\],])
    """,
    re.VERBOSE,
)


class Token(NamedTuple):
    """A word of a condition; `at` counts characters from 1. The last one is empty, of the kind `end`."""

    kind: str
    text: str
    at: int


class WrongCondition(ValueError):
    """An expression that cannot be a condition; `at` is the character, from 1, at which it goes wrong."""

    def __init__(self, at: int, problem: str) -> None:
        super().__init__(f"character {at}: {problem}")
        self.at = at


def cut_tokens(source: str) -> list[Token]:
    """The words of a condition; raises WrongCondition for what no condition has in it."""
    if len(source.encode(errors="replace")) > _MAX_BYTES:
        raise WrongCondition(1, f"an expression has at most {_MAX_BYTES:,} bytes: make several rules of it")
    tokens: list[Token] = []
    place = 0
    while place < len(source):
        found = _TOKEN.match(source, place)
        if found is None:
            raise _explain(source, place)
        if found.lastgroup != "blank":
            tokens.append(Token(str(found.lastgroup), found[0], place + 1))
        place = found.end()
    if len(tokens) > _MAX_TOKENS:
        raise WrongCondition(tokens[_MAX_TOKENS].at, f"an expression has at most {_MAX_TOKENS} words and signs")
    return [*tokens, Token("end", "", len(source) + 1)]


def _explain(source: str, place: int) -> WrongCondition:
    begin = source[place]
    if begin.isdigit():
        return WrongCondition(place + 1, "numbers are whole, without a point or a letter: money is in fen")
    if begin in "'\"":
        return WrongCondition(place + 1, "this text has no end on its line, or a \\ in it, which it cannot have")
    hints = {"=": "compare with ==", "&": "write && for and", "|": "write || for or", "?": "there is no choice by ? :"}
    return WrongCondition(place + 1, hints.get(begin, f"{begin!r} is no part of a condition"))
