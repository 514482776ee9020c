"""What operators take and give."""

from __future__ import annotations

from typing import Final

from rules.conditions.kinds import BOOL, Kind, Many, Whole, is_alike
from rules.conditions.tokens import Token, WrongCondition

COMPARISONS: Final = ("==", "!=", "<", "<=", ">", ">=", "in")
_LEAST: Final = -(2**63)
_MOST: Final = 2**63 - 1  # beyond these an evaluation would fail


def check_comparison(sign: Token, left: Kind, right: Kind) -> None:
    """Raise WrongCondition where these are not compared with this sign."""
    if sign.text == "in":
        if not isinstance(right, Many):
            raise WrongCondition(sign.at, f"`in` looks into a list, found a {right} behind it")
        if isinstance(left, Many) or not is_alike(right.of, left):
            raise WrongCondition(sign.at, f"a {left} is never in a list of {right.of}s")
    elif isinstance(left, Many) or isinstance(right, Many):
        raise WrongCondition(sign.at, f"lists are not compared with {sign.text}: ask for one value with `in`")
    elif not is_alike(left, right):
        raise WrongCondition(sign.at, f"a {left} is not compared with a {right}")
    elif left == BOOL and sign.text not in ("==", "!="):
        raise WrongCondition(sign.at, f"conditions have no order for {sign.text}")


def work_out(sign: Token, left: Whole, right: Whole, divisor: Token) -> Whole:
    """The numbers that arithmetic can give; raises WrongCondition where it can fail."""
    if sign.text in "/%" and right.least <= 0:
        raise WrongCondition(divisor.at, "this could be 0 or less: divide by a number above 0")
    return check_bounds(sign, _range(sign.text, left, right))


def negate(sign: Token, kind: Whole) -> Whole:
    """The numbers behind a minus; raises as `work_out`."""
    return check_bounds(sign, Whole(-kind.most, -kind.least))


def check_bounds(token: Token, kind: Whole) -> Whole:
    """The same numbers; raises WrongCondition where CEL has not all of them."""
    if kind.least < _LEAST or kind.most > _MOST:
        raise WrongCondition(token.at, f"{token.text} could give a number of more than 63 bits")
    return kind


def as_number(kind: Kind, start: Token) -> Whole:
    """The same kind; raises WrongCondition where it is no number."""
    if not isinstance(kind, Whole):
        raise WrongCondition(start.at, f"expected a whole number, found a {kind}")
    return kind


def _range(operator: str, left: Whole, right: Whole) -> Whole:
    match operator:
        case "+":
            return Whole(left.least + right.least, left.most + right.most)
        case "-":
            return Whole(left.least - right.most, left.most - right.least)
        case "*":
            ends = [one * other for one in (left.least, left.most) for other in (right.least, right.most)]
            return Whole(min(ends), max(ends))
        case "/":
            return Whole(min(left.least, 0), max(left.most, 0))
    rest = right.most - 1
    return Whole(-rest if left.least < 0 else 0, rest if left.most > 0 else 0)
