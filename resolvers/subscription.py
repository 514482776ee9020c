"""Where every subscription begins."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Iterable
from contextlib import aclosing
from typing import Annotated, TypeVar

import strawberry

from hub.core.access import Scope
from hub.core.errors import InvalidInput, NotFound
from hub.services.changes.events import Place, Wanted, read_place
from hub.services.find_person import check_person_id
from resolvers.access import opened_by
from resolvers.context import Context, Info
from resolvers.described import told
from resolvers.events import BalanceEvent, CaseEvent, ChangeEvent, PersonEvent
from resolvers.global_ids import Kind, read_global_id

_MOST_NAMED = 100

After = Annotated[
    strawberry.ID | None,
    strawberry.argument(description="Go on behind this `eventId`. / 从此 `eventId` 之后继续。"),
]
Persons = Annotated[
    list[strawberry.ID] | None,
    strawberry.argument(
        description="Only these, by any of their ids, up to 100; null: all. / 仅限这些顾客，至多 100 个；空为全部。"
    ),
]
Programme = Annotated[str | None, strawberry.argument(description="Of this programme only. / 仅该会员计划。")]
Cases = Annotated[
    list[strawberry.ID] | None,
    strawberry.argument(description="Only these, up to 100; null for all. / 仅限这些个案，至多 100 个；空为全部。"),
]

_Told = TypeVar("_Told", bound=ChangeEvent)


@opened_by(
    Scope.PERSON_READ,
    person_changed=Scope.PERSON_READ,
    balance_changed=Scope.POINTS_READ,
    case_changed=Scope.CASES_READ,
)
@strawberry.type(
    description="What can be followed: each event says what changed, and shows it as it is. / 可订阅的变化。"
)
class Subscription:
    @told(
        "Persons whose records, identifiers or profile change, merges and erasures included. / "
        "顾客的记录、标识或档案的变化，含合并与删除。"
    )
    async def person_changed(
        self, info: Info, persons: Persons = None, after: After = None
    ) -> AsyncGenerator[PersonEvent, None]:
        place = await _begin(info.context, after)
        wanted = Wanted("person", await _find_ids(info.context, persons))
        return _follow(info.context, place, wanted, PersonEvent)

    @told(
        "Persons who hold more or less than before, by what was written; what time alone changes is not "
        "told. / 顾客余额的变化（以入账为准，仅因时间产生的变化除外）。"
    )
    async def balance_changed(
        self, info: Info, persons: Persons = None, programme: Programme = None, after: After = None
    ) -> AsyncGenerator[BalanceEvent, None]:
        reached = info.context.grant.programmes
        if programme is not None:
            reached = frozenset([info.context.programmes.get(programme).name])
        place = await _begin(info.context, after)
        wanted = Wanted("balance", await _find_ids(info.context, persons), reached)
        return _follow(info.context, place, wanted, BalanceEvent)

    @told("Cases that are opened, worked on or closed. / 个案的提出、处理与关闭。")
    async def case_changed(
        self, info: Info, cases: Cases = None, after: After = None
    ) -> AsyncGenerator[CaseEvent, None]:
        place = await _begin(info.context, after)
        return _follow(info.context, place, Wanted("case", _read_numbers(cases)), CaseEvent)


async def _begin(context: Context, after: strawberry.ID | None) -> Place:
    """The place behind which everything is heard; raises EventsGone, InvalidInput and Unavailable.

    It comes before persons are looked up: a merge after it is heard, and one before it was seen.
    """
    # What came beside it is newer: a browser that connects again sends the same operation as before.
    last = context.resume or after
    return await context.require_feed().begin(read_place(last) if last else None)


async def _follow(context: Context, place: Place, wanted: Wanted, show: type[_Told]) -> AsyncGenerator[_Told, None]:
    async with aclosing(context.require_feed().follow(place, wanted)) as events:
        async for event in events:
            yield show.of(event)


async def _find_ids(context: Context, persons: list[strawberry.ID] | None) -> set[str] | None:
    """The ids by which these persons are named, and those that they have now; raises NotFound, and Erased."""
    if persons is None:
        return None
    ids: set[str] = set()
    for given in _check_number(persons):
        living = await context.finder.find_by_id(given)
        if living is None:
            raise NotFound("One of `persons` is no id that the hub ever gave out.")
        ids |= {check_person_id(given), living}
    return ids


def _read_numbers(cases: list[strawberry.ID] | None) -> set[str] | None:
    if cases is None:
        return None
    named = [read_global_id(one) for one in _check_number(cases)]
    if any(one.kind is not Kind.CASE for one in named):
        raise InvalidInput("One of `cases` is the id of something else.")
    return {one.key for one in named}


def _check_number(named: list[strawberry.ID]) -> Iterable[str]:
    if not 0 < len(named) <= _MOST_NAMED:
        raise InvalidInput(f"Name 1 to {_MOST_NAMED}, or none (null) to follow all.")
    return named
