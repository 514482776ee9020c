"""Where every query begins."""

from __future__ import annotations

from functools import partial
from typing import Annotated

import strawberry

from hub.core.access import Scope
from resolvers.access import ANYONE, opened_by
from resolvers.context import Context, Info
from resolvers.described import described
from resolvers.each import find_each
from resolvers.explanations import Explanation, explain_pair, show_pair
from resolvers.federation import Entity, Representation, Service, find_entities
from resolvers.global_ids import Node
from resolvers.ledger.operations import LedgerOperation
from resolvers.listing import PersonFilter, list_all, list_some
from resolvers.membership.programmes import Programme
from resolvers.node import find_node, find_operation
from resolvers.paging import After, Before, First, Last
from resolvers.past import BelievedAt, BelievedPerson, PastBy, ValidAt, ValidPersons, find_believed, find_valid
from resolvers.person import Person, PersonConnection
from resolvers.plans.marks import finds
from resolvers.systems import System, list_systems
from resolvers.whom import PersonBy, RecordInput, find_person


@opened_by(
    Scope.PERSON_READ,
    node=ANYONE,
    programmes=ANYONE,
    operation=(Scope.POINTS_READ, Scope.MEMBERSHIP_READ),
    entities=ANYONE,
    service=Scope.SCHEMA_READ,
    last_event_id=ANYONE,
)
@strawberry.type(description="What can be asked. / 可查询的内容。")
class Query:
    @described(
        "The one person behind a phone, id, identifier or record; null where the hub knows nobody. / "
        "按手机号、编号、标识或记录查询一位顾客；查无此人时为空。"
    )
    @finds(Person.of(""))
    async def person(
        self,
        info: Info,
        by: Annotated[PersonBy, strawberry.argument(description="What is known of them. / 已知信息。")],
    ) -> Person | None:
        return await show_person(info.context, by)

    @described(
        "Up to 100 persons at once, each as by `person`, in the order in which they are asked for. / "
        "一次最多查询 100 位顾客，按请求顺序返回。",
        nullable=False,
    )
    async def people(
        self,
        info: Info,
        who: Annotated[list[PersonBy], strawberry.argument(description="What is known of each. / 每位的已知信息。")],
    ) -> list[Person | None]:
        return await find_each(partial(show_person, info.context), who, "persons")

    @described("Any object by its id; null where there is none (any more). / 按全局编号查询任一对象；不存在时为空。")
    async def node(
        self,
        info: Info,
        id: Annotated[strawberry.ID, strawberry.argument(description="The id of a `Node`. / 对象的全局编号。")],
    ) -> Node | None:
        return await find_node(info.context, id)

    @described("All persons, or those of a filter, page by page. / 全部或符合条件的顾客，分页返回。")
    async def persons(
        self,
        info: Info,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
        where: Annotated[PersonFilter | None, strawberry.argument(description="Only those. / 筛选条件。")] = None,
    ) -> PersonConnection:
        if where is None:
            return await list_all(info.context, first, after, last, before)
        return await list_some(info.context, where, first, after, last, before)

    @described(
        "Why two records are one person, or two; null where the hub does not have both. / "
        "为何两条记录是同一人，或是两个人；缺少任一记录时为空。"
    )
    async def explain(
        self,
        info: Info,
        left: Annotated[RecordInput, strawberry.argument(description="A record. / 一条记录。")],
        right: Annotated[RecordInput, strawberry.argument(description="Another one. / 另一条记录。")],
    ) -> Explanation | None:
        info.context.meter.work("explain")
        found = await explain_pair(info.context, left, right)
        if found is None:
            return None
        persons = dict.fromkeys((found.left.person_id, found.right.person_id))
        return show_pair([Person.of(one) for one in persons], found)

    @described(
        "Whom the hub took somebody for at an instant, whatever it has learned since (transaction time); null where it "
        "knows nobody by that. A phone means whoever holds it now. / "
        "中台在该时刻的认定（事务时间），不受此后所知影响；查无此人时为空。手机号指现在的持有人。"
    )
    async def believed_person(self, info: Info, by: PastBy, as_of: BelievedAt) -> BelievedPerson | None:
        info.context.meter.work("believedPerson")
        return await find_believed(info.context, by, as_of)

    @described(
        "Who was who at an instant, by what is known now (valid time), among all whom identifiers connected then; null "
        "where nobody was that. A phone means whoever held it then. / "
        "按目前所知，该时刻标识相连者的实际归属（有效时间）；查无时为空。手机号指当时的持有人。"
    )
    async def valid_persons(self, info: Info, by: PastBy, as_of: ValidAt) -> ValidPersons | None:
        info.context.meter.work("validPersons")
        return await find_valid(info.context, by, as_of)

    @described("The programmes in force. / 生效中的会员计划。")
    def programmes(self, info: Info) -> list[Programme]:
        return [Programme.of(one) for one in info.context.programmes]

    @described(
        "The connected systems, by name, and how fresh their data is. / 已接入的系统及其数据新鲜度，按名称排列。"
    )
    async def systems(self, info: Info) -> list[System]:
        return await list_systems(info.context)

    @described("What was done in the ledger for a key; null where nothing was. / 按操作编号查询账本操作；查无时为空。")
    async def operation(
        self,
        info: Info,
        key: Annotated[strawberry.ID, strawberry.argument(description="`caller|idempotencyKey`. / 操作编号。")],
    ) -> LedgerOperation | None:
        return await find_operation(info.context, key)

    @described(
        "For routers: objects by type and key, up to 100. / 供路由器使用：按类型与主键查询，最多 100 个。",
        name="_entities",
        nullable=False,
    )
    async def entities(
        self,
        info: Info,
        representations: Annotated[
            list[Representation], strawberry.argument(description="Types with keys. / 类型与主键。")
        ],
    ) -> list[Entity | None]:
        return await find_entities(info.context, representations)

    @described("For routers: this service's schema. / 供路由器使用：本服务的 schema。", name="_service")
    def service(self) -> Service:
        return Service()

    @described(
        "The last event that was told: ask for it before you read, then subscribe with it as `after`. / "
        "最近一个事件的编号：先取此值再读取数据，然后以其作为 `after` 订阅。"
    )
    async def last_event_id(self, info: Info) -> strawberry.ID:
        return strawberry.ID(str(await info.context.require_feed().find_last()))


async def show_person(context: Context, by: PersonBy) -> Person | None:
    """Whom a caller means; None where the hub knows nobody by that. Raises as `find_person`."""
    person_id = await find_person(context, by)
    return None if person_id is None else Person.of(person_id)
