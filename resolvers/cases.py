"""Cases in GraphQL: what stewards are asked."""

from __future__ import annotations

from typing import Self

import strawberry

from graph.case_work import CaseSummary, find_case
from hub.core.access import Scope
from resolvers.access import opened_by
from resolvers.context import Context, Info
from resolvers.cursors import read_decision_cursor
from resolvers.decisions import DecisionConnection, LiveOnly, make_decision_connection, place_decisions
from resolvers.described import described
from resolvers.global_ids import Kind, Node, write_global_id
from resolvers.paging import After, Before, First, Last, read_page
from resolvers.scalars import Fen, Instant


@opened_by(Scope.CASES_READ)
@strawberry.type(
    description="A question that the evidence leaves open, for a steward. / 证据无法定论、待人工裁决的个案。"
)
class Case(Node):
    number: strawberry.ID = strawberry.field(description="What `hub case` takes. / 个案编号，供 `hub case` 使用。")
    kind: str = strawberry.field(
        description="limit_exceeded, shared_identifier, recycled_phone, blast_radius and so on. / 个案类型。"
    )
    identifier_type: str | None = strawberry.field(
        description="Of the identifier that it is about; null where it is about none. / 所涉标识的类型；无则为空。"
    )
    state: str = strawberry.field(
        description="open, answered by a steward, or moot by evidence. / 状态：待处理、已裁决或已由证据解决。"
    )
    outcome: str | None = strawberry.field(description="The answer, or why it is moot. / 裁决结果，或失效原因。")
    records: int = strawberry.field(description="How many records are involved. / 涉及的记录数。")
    at_stake: Fen = strawberry.field(description="What its customers have bought, as last added up. / 涉及的消费总额。")
    score: float | None = strawberry.field(
        description="How likely its sides are one customer, 0 to 1, where that is the question. / 属于同一人的概率。"
    )
    assignee: str | None = strawberry.field(description="Who works on it. / 处理人。")
    due: str | None = strawberry.field(description="The day by which it should be answered. / 应裁决日期。")
    opened_at: Instant = strawberry.field(description="When it was asked first. / 首次提出的时间。")
    updated_at: Instant = strawberry.field(description="When it changed last. / 最近变化的时间。")

    @described("The decisions that ever answered it, newest first. / 回答过该个案的裁定，最新的在前。")
    async def decisions(
        self,
        info: Info,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
        live_only: LiveOnly = False,
    ) -> DecisionConnection:
        asked = read_page(first, after, last, before, read_decision_cursor)
        key = place_decisions(self.number, asked, live_only=live_only)
        return make_decision_connection(await info.context.loaders.case_decisions.load(key), asked)

    @classmethod
    def of(cls, case: CaseSummary) -> Self:
        """The case as it is shown."""
        return cls(
            id=write_global_id(Kind.CASE, case.id),
            number=strawberry.ID(case.id),
            kind=case.kind,
            identifier_type=case.type or None,
            state=case.state,
            outcome=case.outcome,
            records=case.records,
            at_stake=Fen(case.value_fen),
            score=case.score,
            assignee=case.assignee,
            due=case.due,
            opened_at=Instant(case.opened_ms),
            updated_at=Instant(case.updated_ms),
        )


async def show_case(context: Context, number: str) -> Case | None:
    """A case by its number; None where there is none."""
    found = await find_case(context.graph, number)
    return None if found is None else Case.of(found.summary)
