"""Conditions: what is refused with its place, and that what is taken can always be answered."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.core.errors import InvariantBroken
from rules.conditions import TEXT, Kind, Many, Moment, Whole, WrongCondition, check_condition

INPUTS: dict[str, Kind] = {
    "order.amount_fen": Whole(-(2**53), 2**53),
    "order.hour": Whole(0, 23),
    "order.store": TEXT,
    "order.skus": Many(TEXT),
}


def holds(condition: str, **order: Any) -> bool:
    check_condition(condition, INPUTS)
    return Moment(order={"amount_fen": 0, "hour": 0, "store": "", "skus": [], **order}).holds(condition)


def refuse(condition: str) -> WrongCondition | None:
    try:
        check_condition(condition, INPUTS)
    except WrongCondition as refused:
        return refused
    return None


@pytest.mark.parametrize(
    ("condition", "order", "expected"),
    [
        ("order.amount_fen >= 10000 && order.hour < 12", {"amount_fen": 10_000, "hour": 11}, True),
        ("order.amount_fen >= 10000 && order.hour < 12", {"amount_fen": 10_000, "hour": 12}, False),
        ("order.store == '' || order.store in ['S1', \"S2\"]", {"store": "S2"}, True),
        ("!(order.store.startsWith('S'))", {"store": "T"}, True),
        ("'TEA-1' in order.skus && size(order.skus) == 2", {"skus": ["CUP", "TEA-1"]}, True),
        ("order.store > '门店'", {"store": "门店2"}, True),
        ("order.amount_fen % 1000 == 999 - 1", {"amount_fen": 1998}, True),
        ("-order.amount_fen / 100 < -(order.hour + 1) * 2", {"amount_fen": 700, "hour": 2}, True),
        ("true || false && false", {}, True),
        ("order.hour in []", {}, False),
        ("order.store.contains('\U0001f600')", {"store": "a\U0001f600"}, True),
    ],
)
def test_a_condition_is_answered(condition: str, order: dict[str, Any], expected: bool) -> None:
    assert holds(condition, **order) is expected


@pytest.mark.parametrize(
    ("condition", "at", "problem"),
    [
        ("order.amout_fen > 1", 1, "there is no input order.amout_fen (did you mean order.amount_fen?)"),
        ("true && order.teir == ''", 9, "there is no input order.teir"),
        ("order.hour > 5.5", 14, "numbers are whole"),
        ("order.hour > 5u", 14, "numbers are whole"),
        ("order.hour = 5", 12, "compare with =="),
        ("order.hour > 5 & true", 16, "write && for and"),
        ("order.store == 'S1", 16, "this text has no end"),
        ("order.store == 'S\\u0031'", 16, "or a \\ in it"),
        ("order.store == 5", 13, "a text is not compared with a whole number"),
        ("order.store + 'x' == 'x'", 1, "expected a whole number, found a text"),
        ("order.hour", 1, "expected a condition, found a whole number"),
        ("order.hour > 1 && order.hour", 19, "expected a condition, found a whole number"),
        ("order.hour > 1 || 'x'", 19, "expected a condition, found a text"),
        ("!order.hour", 2, "expected a condition, found a whole number"),
        ("1 < order.hour < 5", 16, "write a < b && b < c"),
        ("true < false", 6, "conditions have no order"),
        ("order.skus == order.skus", 12, "lists are not compared"),
        ("order.hour in order.skus", 12, "a whole number is never in a list of texts"),
        ("order.hour in order.store", 12, "`in` looks into a list"),
        ("order.hour in [1, 'a']", 19, "a list holds texts or whole numbers"),
        ("size(order.store) > 1", 6, "size() is of a list"),
        ("order.store.matches('a+')", 1, "there is no function matches: there are size, startsWith"),
        ("order.store.startWith('a')", 1, "(did you mean startsWith?)"),
        ("order.skus.exists(s, s == 'a')", 1, "there is no function exists"),
        ("order.stor.contains('a')", 1, "there is no input order.stor (did you mean order.store?)"),
        ("order.hour / order.hour == 1", 14, "this could be 0 or less"),
        ("order.hour % 0 == 1", 14, "this could be 0 or less"),
        ("order.amount_fen * order.amount_fen > 0", 18, "more than 63 bits"),
        ("9223372036854775808 > 0", 1, "more than 63 bits"),
        ("order.hour > 5 ? true : false", 16, "there is no choice by ? :"),
        ("(order.hour > 5", 16, "expected ), the expression ends here"),
        ("order.hour > 5)", 15, "expected the end, && or ||, found )"),
        ("order.hour >", 13, "expected a value, the expression ends here"),
        ("", 1, "expected a value"),
        ("(" * 13 + "true" + ")" * 13, 13, "nested more than 12 deep"),
        ("!" * 13 + "true", 13, "nested more than 12 deep"),
        ("0" + "+1" * 41 + " > 0", 82, "at most 40 numbers"),
        ("order.hour in [" + "1," * 400 + "1]", 613, "at most 600 words"),
        ("order.store == '" + "字" * 700 + "'", 1, "at most 2,048 bytes"),
    ],
)
def test_what_is_no_condition_is_refused_with_its_place(condition: str, at: int, problem: str) -> None:
    with pytest.raises(WrongCondition) as refused:
        check_condition(condition, INPUTS)

    assert refused.value.at == at
    assert problem in str(refused.value)


Answer = Callable[[dict[str, Any]], Any]
Made = tuple[str, Answer]


def join(sign: str, inner: st.SearchStrategy[Made], answer: Callable[[Any, Any], Any]) -> st.SearchStrategy[Made]:
    """Two of these with a sign between them."""

    def made(two: tuple[Made, Made]) -> Made:
        (one, read_one), (other, read_other) = two
        return f"({one} {sign} {other})", lambda order: answer(read_one(order), read_other(order))

    return st.tuples(inner, inner).map(made)


def divide(sign: str, inner: st.SearchStrategy[Made], answer: Callable[[int, int], int]) -> st.SearchStrategy[Made]:
    """One of these, divided by a number."""

    def made(two: tuple[Made, int]) -> Made:
        (one, read_one), by = two
        return f"({one} {sign} {by})", lambda order: answer(read_one(order), by)

    return st.tuples(inner, st.integers(1, 50)).map(made)


def cut(number: int, by: int) -> int:
    """Division towards 0, as in CEL."""
    return abs(number) // by * (1 if number >= 0 else -1)


numbers: st.SearchStrategy[Made] = st.recursive(
    st.one_of(
        st.integers(0, 99).map(lambda number: (str(number), lambda _: number)),
        st.just(("order.hour", lambda order: order["hour"])),
        st.just(("order.amount_fen", lambda order: order["amount_fen"])),
    ),
    lambda inner: st.one_of(
        join("+", inner, lambda one, other: one + other),
        join("-", inner, lambda one, other: one - other),
        join("*", inner, lambda one, other: one * other),
        divide("/", inner, cut),
        divide("%", inner, lambda number, by: number - cut(number, by) * by),
        inner.map(lambda one: (f"-({one[0]})", lambda order: -one[1](order))),
    ),
    max_leaves=5,
)
texts = st.text(st.characters(exclude_characters="'\\\r\n", exclude_categories=["Cs"]), max_size=5)
conditions: st.SearchStrategy[Made] = st.recursive(
    st.one_of(
        join("<", numbers, lambda one, other: one < other),
        join("==", numbers, lambda one, other: one == other),
        texts.map(lambda text: (f"order.store.contains('{text}')", lambda order: text in order["store"])),
        texts.map(lambda text: (f"order.store >= '{text}'", lambda order: order["store"] >= text)),
        texts.map(lambda text: (f"'{text}' in order.skus", lambda order: text in order["skus"])),
    ),
    lambda inner: st.one_of(
        join("&&", inner, lambda one, other: one and other),
        join("||", inner, lambda one, other: one or other),
        inner.map(lambda one: (f"!({one[0]})", lambda order: not one[1](order))),
    ),
    max_leaves=6,
)


orders = st.fixed_dictionaries(
    {
        "amount_fen": st.integers(-(2**53), 2**53),
        "hour": st.integers(0, 23),
        "store": st.text(max_size=8),
        "skus": st.lists(st.text(max_size=5), max_size=5),
    }
)


@given(conditions, orders)
def test_every_condition_that_is_taken_is_answered_as_it_reads(made: Made, order: dict[str, Any]) -> None:
    condition, expected = made
    refused = refuse(condition)

    if refused is None:
        assert Moment(order=order).holds(condition) is expected(order)
    else:
        assert re.search("63 bits|deep", str(refused))


@given(st.text(st.sampled_from("()[]!-+*/%<>=&|'\" 0159.,_aoerdrhuinstz"), max_size=40), orders)
def test_any_text_is_refused_or_answered(condition: str, order: dict[str, Any]) -> None:
    refused = refuse(condition)

    if refused is None:
        assert Moment(order=order).holds(condition) in (True, False)
    else:
        assert 1 <= refused.at <= len(condition) + 1


@pytest.mark.parametrize("condition", ["order.nothing == 1", "1 / 0 == 1", "order.amount_fen", "(", "a"])
def test_what_was_not_checked_is_told_and_ends_nothing(condition: str) -> None:
    with pytest.raises(InvariantBroken, match="cannot be evaluated"):
        Moment(order={"amount_fen": 1}).holds(condition)
