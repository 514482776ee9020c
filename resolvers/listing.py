"""Persons page by page in GraphQL: all of them, and those who have something in common."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import strawberry
from strawberry import UNSET

from graph import persons
from hub.core.access import Scope
from hub.core.errors import InvalidInput
from hub.services.list_persons import Conditions, Joined, Narrow, list_persons
from resolvers.context import Context
from resolvers.cursors import (
    read_listed_cursor,
    read_person_cursor,
    write_listed_cursor,
    write_person_cursor,
)
from resolvers.narrowing import (
    BalanceFilter,
    TierFilter,
    check_balance,
    check_tiers,
    find_in_tiers,
    find_who_can_spend,
)
from resolvers.paging import read_page
from resolvers.person import PersonConnection, make_person_connection
from resolvers.scalars import Instant

_MOST_CHARS = 256


@strawberry.input(
    name="JoinedInput",
    description="Who joined a programme, and when; needs `membership:read`. / 入会条件，需 `membership:read`。",
)
class JoinedInput:
    programme: str = strawberry.field(description="The programme. / 会员计划。")
    from_: Instant | None = strawberry.field(
        name="from", default=UNSET, description="From this instant on. / 起始时间（含）。"
    )
    before: Instant | None = strawberry.field(default=UNSET, description="Before this instant. / 截止时间（不含）。")


@strawberry.input(
    name="PersonFilter",
    description="What persons have in common: all that is said. One of `joined` and `system` has to be there; the list "
    "is in the order in which they joined, or else of their records' ids in the system. / "
    "筛选条件，须同时满足；`joined` 与 `system` 至少填一项，按入会时间或系统内编号排列。",
)
class PersonFilter:
    system: str | None = strawberry.field(
        default=UNSET, description="They have a record in this system. / 在该系统中有记录。"
    )
    joined: JoinedInput | None = strawberry.field(
        default=UNSET, description="They joined a programme. / 加入了会员计划。"
    )
    store: str | None = strawberry.field(
        default=UNSET,
        description="They ordered something in this store; needs `orders:read`. / 在该门店下过单，需 `orders:read`。",
    )
    tier: TierFilter | None = strawberry.field(
        default=UNSET, description="Their tier now; each person looked at costs 1. / 当前等级；每查看一人计 1。"
    )
    balance: BalanceFilter | None = strawberry.field(
        default=UNSET,
        description="What they can spend now; each person looked at costs 1. / 当前可用余额；每查看一人计 1。",
    )


async def list_all(
    context: Context, first: int | None, after: str | None, last: int | None, before: str | None
) -> PersonConnection:
    """A page of everybody."""
    asked = read_page(first, after, last, before, read_person_cursor)
    if asked.backward:
        ids = await persons.fetch_page_before(context.graph, before=asked.place, limit=asked.size + 1)
    else:
        ids = await persons.fetch_page(context.graph, after=asked.place or "", limit=asked.size + 1)
    return make_person_connection([(write_person_cursor(one), one) for one in ids], asked)


async def list_some(
    context: Context,
    where: PersonFilter,
    first: int | None,
    after: str | None,
    last: int | None,
    before: str | None,
) -> PersonConnection:
    """A page of those who are meant.

    Raises:
        InvalidInput: a condition that cannot be, none that is in an index, or a cursor of another list.
        Forbidden: a condition on what the grant does not open.
    """
    conditions = _read_conditions(context, where)
    asked = read_page(first, after, last, before, read_listed_cursor)
    found = await list_persons(
        context.graph,
        conditions,
        start=asked.place,
        limit=asked.size + 1,
        backward=asked.backward,
        narrow=_narrow(context, where),
    )
    stopped = "" if found.stopped is None else write_listed_cursor(found.stopped)
    listed = [(write_listed_cursor(place), person) for place, person in found.persons]
    return make_person_connection(listed, asked, stopped)


def _narrow(context: Context, where: PersonFilter) -> Narrow | None:
    """What is worked out of each person who meets the other conditions, and paid for then."""
    tier, balance = where.tier or None, where.balance or None
    if tier:
        check_tiers(context, tier)
    if balance:
        check_balance(context, balance)
    if not (tier or balance):
        return None

    async def narrow(persons: Sequence[str]) -> Collection[str]:
        if balance:
            context.meter.add(len(persons))
            meant = await find_who_can_spend(context, balance, persons)
            persons = [one for one in persons if one in meant]
        if tier:
            context.meter.add(len(persons))
            persons = list(await find_in_tiers(context, tier, persons))
        return frozenset(persons)

    return narrow


def _read_conditions(context: Context, where: PersonFilter) -> Conditions:
    store = where.store or ""
    if store:
        context.grant.require(Scope.ORDERS_READ)
    if len(store) > _MOST_CHARS:
        raise InvalidInput(f"A store has a code of at most {_MOST_CHARS} characters.")
    return Conditions(where.system or "", _read_joined(context, where.joined) if where.joined else None, store)


def _read_joined(context: Context, joined: JoinedInput) -> Joined:
    context.grant.require(Scope.MEMBERSHIP_READ)
    said = Joined(context.programmes.get(joined.programme).name)
    if joined.from_ is not UNSET and joined.from_ is not None:
        said = said._replace(from_ms=joined.from_)
    if joined.before is not UNSET and joined.before is not None:
        said = said._replace(to_ms=joined.before)
    return said
