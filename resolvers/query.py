"""Where every query begins."""

from __future__ import annotations

from typing import Annotated

import strawberry

from graph import operations, persons
from resolvers.context import Info
from resolvers.cursors import DEFAULT_PAGE, check_first, read_person_cursor
from resolvers.described import described
from resolvers.ledger.operations import LedgerOperation
from resolvers.membership.programmes import Programme
from resolvers.person import After, First, Person, PersonConnection, make_person_connection
from resolvers.whom import PersonBy, find_person


@strawberry.type(description="What can be asked. / 可查询的内容。")
class Query:
    @described(
        "The one person behind a phone, id, identifier or record; null where the hub knows nobody. / "
        "按手机号、编号、标识或记录查询一位顾客；查无此人时为空。"
    )
    async def person(
        self,
        info: Info,
        by: Annotated[PersonBy, strawberry.argument(description="What is known of them. / 已知信息。")],
    ) -> Person | None:
        person_id = await find_person(info.context, by)
        return None if person_id is None else Person(id=strawberry.ID(person_id))

    @described("All persons, page by page. / 全部顾客，分页返回。")
    async def persons(self, info: Info, first: First = DEFAULT_PAGE, after: After = None) -> PersonConnection:
        start = "" if after is None else read_person_cursor(after)
        ids = await persons.fetch_page(info.context.graph, after=start, limit=check_first(first) + 1)
        return make_person_connection(ids, first=first, after=after)

    @described("The programmes in force. / 生效中的会员计划。")
    def programmes(self, info: Info) -> list[Programme]:
        return [Programme.of(one) for one in info.context.programmes]

    @described("What was done in the ledger for a key; null where nothing was. / 按操作编号查询账本操作；查无时为空。")
    async def operation(
        self,
        info: Info,
        key: Annotated[strawberry.ID, strawberry.argument(description="`caller|idempotencyKey`. / 操作编号。")],
    ) -> LedgerOperation | None:
        found = await operations.find(info.context.graph, key)
        return None if found is None else LedgerOperation.of(found)
