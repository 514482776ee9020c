"""What every connection shares."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

import strawberry

_T = TypeVar("_T")


@strawberry.type(description="Where a page ends and whether more follow. / 本页的结尾，以及后面是否还有。")
class PageInfo:
    has_next_page: bool = strawberry.field(description="Whether more follow. / 后面是否还有。")
    has_previous_page: bool = strawberry.field(
        description="Whether the page was asked for with `after`. / 是否从 `after` 之后开始。"
    )
    start_cursor: str | None = strawberry.field(description="The first item's cursor. / 本页第一项的游标。")
    end_cursor: str | None = strawberry.field(
        description="The last item's cursor, `after` for the next page. / 本页最后一项的游标，作为 `after` 取下一页。"
    )


def make_page_info(cursors: Sequence[str], *, has_more: bool, after: str | None) -> PageInfo:
    """A page's ends from its items' cursors."""
    return PageInfo(
        has_next_page=has_more,
        has_previous_page=after is not None,
        start_cursor=cursors[0] if cursors else None,
        end_cursor=cursors[-1] if cursors else None,
    )


def cut_page(items: Sequence[_T], first: int) -> tuple[Sequence[_T], bool]:
    """The page itself and whether there are more, from a list that was asked for one item more than `first`."""
    return items[:first], len(items) > first
