"""Where every query begins."""

from __future__ import annotations

from typing import Annotated

import strawberry
from strawberry import UNSET

from graph import persons
from hub.core.errors import InvalidInput
from hub.core.model import RecordKey
from resolvers.context import Context, Info
from resolvers.cursors import DEFAULT_PAGE, check_first, read_person_cursor
from resolvers.described import described
from resolvers.person import After, First, Person, PersonConnection, make_person_connection


@strawberry.input(name="IdentifierInput", description="An identifier as a source writes it. / 来源中的标识。")
class IdentifierInput:
    type: str = strawberry.field(description="unionid, openid, ouid, card, phone and so on. / 标识类型。")
    scope: str = strawberry.field(
        default="",
        description="The app, shop or system where it is unique; empty for a phone. / 唯一范围；手机号留空。",
    )
    value: str = strawberry.field(description="The value in full. / 完整的值。")


@strawberry.input(name="RecordInput", description="A customer record of a system. / 某个系统中的客户记录。")
class RecordInput:
    system: str = strawberry.field(description="The system, such as tmall:flagship. / 系统名，例如 tmall:flagship。")
    external_id: str = strawberry.field(description="The record's id in that system. / 该记录在其系统中的编号。")


@strawberry.input(one_of=True, description="Exactly one thing that is known of the person. / 已知信息，只填一项。")
class PersonBy:
    phone: str | None = strawberry.field(
        default=UNSET, description="A phone in any usual form. / 手机号，常见写法均可。"
    )
    id: strawberry.ID | None = strawberry.field(
        default=UNSET, description="Any person id that the hub ever gave out. / 中台给出过的任一会员编号。"
    )
    identifier: IdentifierInput | None = strawberry.field(
        default=UNSET, description="Any other identifier. / 其他标识。"
    )
    record: RecordInput | None = strawberry.field(default=UNSET, description="A record of a system. / 系统中的记录。")


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
        person_id = await _find(info.context, by)
        return None if person_id is None else Person(id=strawberry.ID(person_id))

    @described("All persons, page by page. / 全部顾客，分页返回。")
    async def persons(self, info: Info, first: First = DEFAULT_PAGE, after: After = None) -> PersonConnection:
        start = "" if after is None else read_person_cursor(after)
        ids = await persons.fetch_page(info.context.graph, after=start, limit=check_first(first) + 1)
        return make_person_connection(ids, first=first, after=after)


async def _find(context: Context, by: PersonBy) -> str | None:
    if by.phone:
        return await context.finder.find_by_phone(by.phone)
    if by.id:
        return await context.finder.find_by_id(by.id)
    if by.identifier:
        return await context.finder.find_by_identifier(by.identifier.type, by.identifier.scope, by.identifier.value)
    if by.record:
        return await context.finder.find_by_record(RecordKey(by.record.system, by.record.external_id))
    raise InvalidInput("Say who: give one of phone, id, identifier or record, and not an empty one.")
