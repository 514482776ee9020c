"""Which page is asked for."""

from __future__ import annotations

from typing import Any

import pytest

from hub.core.errors import InvalidInput
from resolvers.paging import Asked, cut_page, make_page_info, read_page


def read(first: int | None = None, after: str | None = None, last: int | None = None, before: str | None = None) -> Any:
    return read_page(first, after, last, before, str.upper)


@pytest.mark.parametrize(
    ("arguments", "asked"),
    [
        ({}, Asked(20, None, False)),
        ({"first": 1}, Asked(1, None, False)),
        ({"first": 100, "after": "a"}, Asked(100, "A", False)),
        ({"after": "a"}, Asked(20, "A", False)),
        ({"last": 3}, Asked(3, None, True)),
        ({"last": 3, "before": "b"}, Asked(3, "B", True)),
        ({"before": "b"}, Asked(20, "B", True)),
    ],
)
def test_a_page_is_read_from_a_place_in_one_direction(arguments: dict[str, Any], asked: Asked[str]) -> None:
    assert read(**arguments) == asked


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ({"first": 0}, "first must be from 1 to 100"),
        ({"first": 101}, "endCursor"),
        ({"last": -1}, "last must be from 1 to 100"),
        ({"last": 101}, "startCursor"),
        ({"first": 1, "last": 1}, "one direction"),
        ({"first": 1, "before": "b"}, "one direction"),
        ({"last": 1, "after": "a"}, "one direction"),
    ],
)
def test_what_does_not_go_together_is_refused(arguments: dict[str, Any], told: str) -> None:
    with pytest.raises(InvalidInput, match=told):
        read(**arguments)


@pytest.mark.parametrize(
    ("backward", "place", "before_and_after"),
    [(False, None, (False, True)), (False, "x", (True, True)), (True, None, (True, False)), (True, "x", (True, True))],
)
def test_a_page_tells_what_lies_beyond_it(
    backward: bool, place: str | None, before_and_after: tuple[bool, bool]
) -> None:
    items, has_more = cut_page("abc", 2, backward=backward)
    info = make_page_info(items, Asked(2, place, backward), has_more=has_more)

    assert (info.has_previous_page, info.has_next_page) == before_and_after
    assert (info.start_cursor, info.end_cursor) == (("b", "c") if backward else ("a", "b"))
