"""The proof that an expression is a condition: whatever the declared inputs are, it is true or false.

Conditions are the part of CEL that cannot fail and cannot run away: comparisons, `&&`, `||`, `!`, `in`, whole numbers
whose results fit, a few functions of texts, and no loops. So the engine that evaluates them later, which other
expressions can make overflow its stack or hold the interpreter, is only ever given what it answers at once.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from hub.core.nearest import suggest_nearest
from rules.conditions.kinds import BOOL, TEXT, Kind, Many, Plain, Whole, is_alike
from rules.conditions.operators import COMPARISONS, as_number, check_bounds, check_comparison, negate, work_out
from rules.conditions.tokens import Token, WrongCondition, cut_tokens

_MAX_DEPTH: Final = 12
_MAX_CHAIN: Final = 40
_OF_TEXTS: Final = ("startsWith", "endsWith", "contains")


def check_condition(source: str, inputs: Mapping[str, Kind]) -> None:
    """Raise WrongCondition, with the place, unless this is a condition on inputs such as `order.amount_fen`."""
    reader = _Reader(cut_tokens(source), inputs)
    start = reader.token
    kind = reader.read_any()
    if reader.token.kind != "end":
        raise _unexpected(reader.token, "the end, && or ||")
    _expect(kind, BOOL, start)


class _Reader:
    """Reads by recursive descent, the loosest operator first; each method gives the kind of what it has read."""

    def __init__(self, tokens: list[Token], inputs: Mapping[str, Kind]) -> None:
        self._tokens = tokens
        self._inputs = inputs
        self._place = 0
        self._depth = 0

    @property
    def token(self) -> Token:
        return self._tokens[self._place]

    def read_any(self) -> Kind:
        return self._read_chain("||", lambda: self._read_chain("&&", self._read_comparison))

    def _read_chain(self, sign: str, read: Callable[[], Kind]) -> Kind:
        start = self.token
        kind = read()
        while self.token.text == sign and self.token.kind == "sign":
            _expect(kind, BOOL, start)
            self._next()
            start = self.token
            kind = read()
            _expect(kind, BOOL, start)
        return kind

    def _read_comparison(self) -> Kind:
        left = self._read_arithmetic("+-", lambda: self._read_arithmetic("*/%", self._read_signed))
        sign = self.token
        if sign.text not in COMPARISONS or sign.kind == "text":
            return left
        self._next()
        right = self._read_arithmetic("+-", lambda: self._read_arithmetic("*/%", self._read_signed))
        check_comparison(sign, left, right)
        if self.token.text in COMPARISONS and self.token.kind != "text":
            raise WrongCondition(self.token.at, "comparisons are joined by &&: write a < b && b < c")
        return BOOL

    def _read_arithmetic(self, signs: str, read: Callable[[], Kind]) -> Kind:
        start = self.token
        kind = read()
        length = 0
        while self.token.kind == "sign" and self.token.text in signs:
            sign = self._next()
            length += 1
            if length > _MAX_CHAIN:
                raise WrongCondition(sign.at, f"at most {_MAX_CHAIN} numbers are added up or multiplied in a row")
            left, other = as_number(kind, start), self.token
            kind = work_out(sign, left, as_number(read(), other), other)
        return kind

    def _read_signed(self) -> Kind:
        sign = self.token
        if sign.kind != "sign" or sign.text not in ("!", "-"):
            return self._read_one()
        self._next()
        start = self.token
        kind = self._deeper(self._read_signed, sign)
        if sign.text == "!":
            _expect(kind, BOOL, start)
            return BOOL
        return negate(sign, as_number(kind, start))

    def _read_one(self) -> Kind:
        token = self._next()
        match token.kind, token.text:
            case "number", _:
                return check_bounds(token, Whole(int(token.text), int(token.text)))
            case "text", _:
                return TEXT
            case "sign", "(":
                kind = self._deeper(self.read_any, token)
                self._close(")")
                return kind
            case "sign", "[":
                return self._deeper(self._read_list, token)
            case "word", "true" | "false":
                return BOOL
            case "word", word if word != "in":
                return self._read_word(token)
        raise _unexpected(token, "a value")

    def _read_list(self) -> Kind:
        of: Plain | Whole | None = None
        while self.token.text != "]":
            start = self.token
            kind = self._read_signed()
            if isinstance(kind, Many) or kind == BOOL or not is_alike(of, kind):
                raise WrongCondition(start.at, "a list holds texts or whole numbers, all of one kind")
            of = kind
            if self.token.text != ",":
                break
            self._next()
        self._close("]")
        return Many(of)

    def _read_word(self, word: Token) -> Kind:
        if word.text == "size":
            return self._read_size()
        if self.token.text == "(":
            return self._read_call(word)
        return self._find_input(word, word.text)

    def _find_input(self, word: Token, name: str) -> Kind:
        if name not in self._inputs:
            raise WrongCondition(word.at, f"there is no input {name}{suggest_nearest(name, self._inputs)}")
        return self._inputs[name]

    def _read_size(self) -> Kind:
        self._open()
        start = self.token
        if not isinstance(self.read_any(), Many):
            raise WrongCondition(start.at, "size() is of a list")
        self._close(")")
        return Whole(0, 2**31)

    def _read_call(self, word: Token) -> Kind:
        name, _, function = word.text.rpartition(".")
        if function not in _OF_TEXTS:
            told = suggest_nearest(function, _OF_TEXTS) or f": there are size, {', '.join(_OF_TEXTS)}"
            raise WrongCondition(word.at, f"there is no function {function}{told}")
        _expect(self._find_input(word, name), TEXT, word)
        self._open()
        start = self.token
        _expect(self._read_signed(), TEXT, start)
        self._close(")")
        return BOOL

    def _deeper(self, read: Callable[[], Kind], token: Token) -> Kind:
        self._depth += 1
        if self._depth > _MAX_DEPTH:
            raise WrongCondition(token.at, f"nested more than {_MAX_DEPTH} deep")
        kind = read()
        self._depth -= 1
        return kind

    def _next(self) -> Token:
        token = self.token
        if token.kind != "end":
            self._place += 1
        return token

    def _open(self) -> None:
        self._close("(")

    def _close(self, sign: str) -> None:
        if self.token.text != sign or self.token.kind != "sign":
            raise _unexpected(self.token, sign)
        self._next()


def _unexpected(token: Token, expected: str) -> WrongCondition:
    found = f"found {token.text}" if token.text else "the expression ends here"
    return WrongCondition(token.at, f"expected {expected}, {found}")


def _expect(kind: Kind, expected: Kind, start: Token) -> None:
    if kind != expected:
        raise WrongCondition(start.at, f"expected a {expected}, found a {kind}")
