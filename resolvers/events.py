"""What subscribers are told, in GraphQL: that something changed; what of it is asked for is read as it is by then."""

from __future__ import annotations

from typing import Self

import strawberry

from hub.core.access import Scope
from hub.core.errors import Unavailable
from hub.services.changes.events import Event
from resolvers.access import opened_by
from resolvers.cases import Case, show_case
from resolvers.context import Context, Info
from resolvers.described import described
from resolvers.global_ids import Kind, write_global_id
from resolvers.ledger.balances import Balance, show_balances
from resolvers.loaders import MERGED
from resolvers.person import Person
from resolvers.scalars import Instant


@opened_by(Scope.PERSON_READ, Scope.POINTS_READ, Scope.CASES_READ)
@strawberry.type(description="That something changed. / 某项数据发生了变化。")
class ChangeEvent:
    event_id: strawberry.ID = strawberry.field(
        description="Subscribe again with it as `after`: nothing is missed. / 断线后以此作为 `after` 续订，不漏不重。"
    )
    at: Instant = strawberry.field(description="When it changed. / 变化的时间。")
    event: strawberry.Private[Event]

    @classmethod
    def of(cls, event: Event) -> Self:
        """The event as it is shown."""
        return cls(event_id=strawberry.ID(str(event.place)), at=Instant(event.at_ms), event=event)


@opened_by(Scope.PERSON_READ)
@strawberry.type(
    description="That a person's records, identifiers or profile changed. / 顾客的记录、标识或档案发生了变化。"
)
class PersonEvent(ChangeEvent):
    @described("The person's id when this was told. / 事件发出时的会员编号。")
    def person_id(self) -> strawberry.ID:
        return strawberry.ID(self.event.subject)

    @described("The person as they are now, whoever they were merged into. / 顾客的当前状态，含合并后的顾客。")
    async def person(self, info: Info) -> Person | None:
        return await _show_person(info.context, self.event)


@opened_by(Scope.POINTS_READ, person=Scope.PERSON_READ)
@strawberry.type(description="That what a person holds changed. / 顾客的余额发生了变化。")
class BalanceEvent(ChangeEvent):
    @described("The person's id when this was told. / 事件发出时的会员编号。")
    def person_id(self) -> strawberry.ID:
        return strawberry.ID(self.event.subject)

    @described("The person as they are now. / 顾客的当前状态。")
    async def person(self, info: Info) -> Person | None:
        return await _show_person(info.context, self.event)

    @described("What they hold now in the programmes that it is about. / 所涉会员计划中的当前余额。")
    async def balances(self, info: Info) -> list[Balance]:
        context = info.context
        found = await context.loaders.accounts.load(self.event.subject)
        if found is None:
            await _show_person(context, self.event)  # who was erased stays so: asking again is no help
            raise Unavailable(MERGED)
        about = self.event.programmes
        accounts = [one for one in found.accounts if context.grant.reaches(one.programme)]
        return [
            one
            for one in show_balances(context.programmes, accounts, context.now_ms)
            if about is None or one.programme in about
        ]


@opened_by(Scope.CASES_READ)
@strawberry.type(description="That a case was opened, worked on or closed. / 个案被提出、处理或关闭。")
class CaseEvent(ChangeEvent):
    @described("The case's id. / 个案编号。")
    def case_id(self) -> strawberry.ID:
        return write_global_id(Kind.CASE, self.event.subject)

    @described("The case as it is now. / 个案的当前状态。")
    async def case(self, info: Info) -> Case | None:
        return await show_case(info.context, self.event.subject)


async def _show_person(context: Context, event: Event) -> Person | None:
    """Raises Erased. All who hear of the same person ask for them together."""
    found = await context.finder.find_by_id(event.subject)
    return None if found is None else Person.of(found)
