"""A member's tiers, page by page."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Final

import strawberry

from hub.core.access import Scope
from hub.services.membership.show import Stay
from resolvers.access import opened_by
from resolvers.cursors import Place, read_place_cursor, write_place_cursor
from resolvers.membership.tiers import TierStay
from resolvers.paging import Asked, PageInfo, make_page_info, page_list

read_stay_cursor: Final = partial(read_place_cursor, "stay", (int,))


@opened_by(Scope.MEMBERSHIP_READ, Scope.MEMBERSHIP_WRITE)
@strawberry.type(description="A stay and its place in the history. / 等级经历及其位置。")
class TierHistoryEdge:
    cursor: str = strawberry.field(description="Pass it as `after` to go on from here. / 作为 `after` 从此处继续。")
    node: TierStay = strawberry.field(description="The stay. / 等级经历。")


@opened_by(Scope.MEMBERSHIP_READ, Scope.MEMBERSHIP_WRITE)
@strawberry.type(description="A page of the tiers that somebody had, the earliest first. / 一页等级历史，最早的在前。")
class TierHistory:
    edges: list[TierHistoryEdge] = strawberry.field(description="The stays with their cursors. / 等级经历及其游标。")
    nodes: list[TierStay] = strawberry.field(description="The stays alone. / 仅等级经历。")
    page_info: PageInfo = strawberry.field(description="How to go on. / 如何取下一页。")


def make_tier_history(stays: Sequence[Stay], asked: Asked[Place]) -> TierHistory:
    """A page of stays, which are in the order of time."""
    page, has_more = page_list(stays, _place, asked)
    edges = [TierHistoryEdge(cursor=write_place_cursor("stay", _place(one)), node=TierStay.of(one)) for one in page]
    return TierHistory(
        edges=edges,
        nodes=[edge.node for edge in edges],
        page_info=make_page_info([edge.cursor for edge in edges], asked, has_more=has_more),
    )


def _place(stay: Stay) -> Place:
    return (stay.from_ms,)
