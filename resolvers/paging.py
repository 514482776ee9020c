"""What every connection shares: which page is asked for, and how it is shown."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Annotated, Generic, TypeVar

import strawberry

from hub.core.errors import InvalidInput
from resolvers.access import ANYONE, opened_by
from resolvers.cursors import DEFAULT_PAGE, MAX_PAGE, Place

_T = TypeVar("_T")

First = Annotated[
    int | None,
    strawberry.argument(description="How many, from 1 to 100; 20 if nothing is said. / 条数，1 到 100，默认 20。"),
]
After = Annotated[
    str | None, strawberry.argument(description="Only what follows this cursor. / 只取该游标之后的内容。")
]
Last = Annotated[
    int | None, strawberry.argument(description="How many from the end, from 1 to 100. / 从末尾取的条数，1 到 100。")
]
Before = Annotated[
    str | None,
    strawberry.argument(
        description="With `last`: only what precedes this cursor. / 与 `last` 一起使用：只取该游标之前的内容。"
    ),
]


@dataclass(frozen=True, slots=True)
class Asked(Generic[_T]):
    """The page that is asked for.

    Attributes:
        place: where it begins, of the kind that the list's cursors stand for; None for the end that it is read from.
        backward: whether it is read from the list's end, or towards its beginning.
    """

    size: int
    place: _T | None
    backward: bool


def read_page(
    first: int | None, after: str | None, last: int | None, before: str | None, read: Callable[[str], _T]
) -> Asked[_T]:
    """The page of a connection's arguments; raises InvalidInput where they do not go together, as `read` does."""
    backward = last is not None or before is not None
    if backward and (first is not None or after is not None):
        raise InvalidInput("Say first with after, or last with before: a page is read in one direction.")
    size, cursor = (last, before) if backward else (first, after)
    size = DEFAULT_PAGE if size is None else size
    if not 1 <= size <= MAX_PAGE:
        word, way = ("last", "before: pageInfo.startCursor") if backward else ("first", "after: pageInfo.endCursor")
        raise InvalidInput(f"{word} must be from 1 to {MAX_PAGE}. For more, ask again with {way}.")
    return Asked(size, None if cursor is None else read(cursor), backward)


@opened_by(*ANYONE)
@strawberry.type(description="Where a page ends and whether more follow. / 本页的结尾，以及后面是否还有。")
class PageInfo:
    has_next_page: bool = strawberry.field(
        description="Whether more follow: known with `first`, else whether `before` was said. / "
        "后面是否还有；用 `first` 时准确，否则表示是否指定了 `before`。"
    )
    has_previous_page: bool = strawberry.field(
        description="Whether others precede: known with `last`, else whether `after` was said. / "
        "前面是否还有；用 `last` 时准确，否则表示是否指定了 `after`。"
    )
    start_cursor: str | None = strawberry.field(description="The first item's cursor. / 本页第一项的游标。")
    end_cursor: str | None = strawberry.field(
        description="The last item's cursor, `after` for the next page. / 本页最后一项的游标，作为 `after` 取下一页。"
    )


def make_page_info(cursors: Sequence[str], asked: Asked[_T], *, has_more: bool) -> PageInfo:
    """A page's ends from its items' cursors; `has_more`: whether there are others in the direction of reading."""
    beyond = asked.place is not None
    return PageInfo(
        has_next_page=beyond if asked.backward else has_more,
        has_previous_page=has_more if asked.backward else beyond,
        start_cursor=cursors[0] if cursors else None,
        end_cursor=cursors[-1] if cursors else None,
    )


def cut_page(items: Sequence[_T], size: int, *, backward: bool) -> tuple[Sequence[_T], bool]:
    """The page itself and whether there are more, from a list in its order that was asked for one item more."""
    return items[-size:] if backward else items[:size], len(items) > size


def page_list(items: Sequence[_T], place_of: Callable[[_T], Place], asked: Asked[Place]) -> tuple[Sequence[_T], bool]:
    """A page of items that are all there, in the order of their places; and whether there are more."""
    place = asked.place
    if place is not None and asked.backward:
        items = [one for one in items if place_of(one) < place]
    elif place is not None:
        items = [one for one in items if place_of(one) > place]
    return cut_page(items, asked.size, backward=asked.backward)
