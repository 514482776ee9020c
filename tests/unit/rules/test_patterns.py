from __future__ import annotations

import pytest

from hub.core.errors import InvalidInput
from rules.patterns import MAX_PATTERN_CHARS, check_pattern, matches


@pytest.mark.parametrize(
    "pattern",
    [
        r"\+861[3-9](\d)\1{8}",
        r"(no-?reply|test)@.+",
        r".*@.*\.(test|example)",
        r"(\d{4}){3}",
        r"(?=a*)b",
        r"(x)?(?(1)a|b)",
        "a" * MAX_PATTERN_CHARS,
    ],
)
def test_a_pattern_whose_matching_ends_soon_is_taken(pattern: str) -> None:
    check_pattern(pattern)


@pytest.mark.parametrize(
    "pattern",
    [
        r"(a+)+",
        r"(a*)*?",
        r"(a|aa)+",
        r"((\d+)-?)*x",
        r"(?:a?){30}a{30}",
        r"(?=(a+)+)b",
        r"\d+\d+\d+x",
        r"(?>a+)+",
        r"(a?)(?(1)(b+)+|c)",
    ],
)
def test_a_pattern_whose_matching_may_take_for_ever_is_refused(pattern: str) -> None:
    with pytest.raises(InvalidInput, match="for ever"):
        check_pattern(pattern)


@pytest.mark.parametrize("pattern", ["(", "[a", r"\1", "*", "a{99999999999999999999}"])
def test_what_is_no_pattern_is_refused(pattern: str) -> None:
    with pytest.raises(InvalidInput, match="no regular expression"):
        check_pattern(pattern)


def test_a_long_pattern_is_refused() -> None:
    with pytest.raises(InvalidInput, match="at most 200 characters"):
        check_pattern("a" * (MAX_PATTERN_CHARS + 1))


def test_a_pattern_cannot_move_the_cursor_of_who_reads_it() -> None:
    with pytest.raises(InvalidInput, match="printable"):
        check_pattern("\x1b[2J]")


def test_a_pattern_matches_the_whole_value_only() -> None:
    assert matches("0000", ["1+", "0+"])
    assert not matches("00001", ["1+", "0+"])
    assert not matches("0", [])
