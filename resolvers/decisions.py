"""Stewards' decisions in GraphQL: what was decided on whose records, by whom and why."""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum
from typing import Annotated, Self

import strawberry

from graph.decisions import Decision as StoredDecision
from hub.core.access import Scope
from hub.core.masking import mask_text
from hub.core.model import RecordKey
from hub.services.personal_data.scrub import ERASED
from resolvers.access import opened_by
from resolvers.context import Context, Info
from resolvers.cursors import write_decision_cursor
from resolvers.described import described
from resolvers.global_ids import Kind, Node, write_global_id
from resolvers.keys import DecisionKey
from resolvers.order import RecordRef
from resolvers.paging import Asked, PageInfo, cut_page, make_page_info
from resolvers.plans.marks import reads
from resolvers.scalars import Instant

LiveOnly = Annotated[bool, strawberry.argument(description="Only those that still hold. / 仅未撤回的裁定。")]


@strawberry.enum(description="What a steward decided. / 裁定的类型。")
class DecisionKind(Enum):
    MUST_LINK = strawberry.enum_value("must_link", description="Two records are one customer's. / 两条记录为同一人。")
    CANNOT_LINK = strawberry.enum_value(
        "cannot_link", description="Two records are two customers'. / 两条记录不是同一人。"
    )
    PIN = strawberry.enum_value("pin", description="A field of the profile has this value. / 指定某字段的值。")
    LIFT = strawberry.enum_value(
        "lift", description="More records may share an identifier than by the policy. / 解除对某标识的隔离。"
    )


def _name_owner(decision: Decision, **_: object) -> tuple[str, ...]:
    return decision.stored.records if decision.stored.field else ()


@opened_by(Scope.CASES_READ, value=Scope.PII_READ)
@strawberry.type(
    description="What a steward decided on records; it outranks evidence until it is withdrawn. / "
    "数据管家对记录的裁定，撤回之前优先于证据。"
)
class Decision(Node):
    number: strawberry.ID = strawberry.field(
        description="What `hub decide` takes; later decisions have greater ones. / 裁定编号，越晚越大。"
    )
    kind: DecisionKind = strawberry.field(description="What was decided. / 裁定类型。")
    author: str = strawberry.field(description="Who decided. / 裁定人。")
    reason: str = strawberry.field(description="Why. / 理由。")
    decided_at: Instant = strawberry.field(description="When. / 裁定时间。")
    records: list[RecordRef] = strawberry.field(
        description="The records that it is on: two, one for a pin, none for a lift; erased ones are left out. / "
        "所涉记录：两条；指定值一条；解除隔离则无；已删除的不列出。"
    )
    field: str | None = strawberry.field(description="Of a pin: the profile's field. / 指定值所属的字段。")
    identifier_type: str | None = strawberry.field(description="Of a lift: what is shared. / 被解除隔离的标识类型。")
    identifier_masked: str | None = strawberry.field(
        description="Of a lift: enough to recognise the identifier. / 被解除隔离的标识（脱敏）。"
    )
    allowed: int | None = strawberry.field(
        description="Of a lift: how many records may share the identifier. / 允许共用该标识的记录数。"
    )
    withdrawn_at: Instant | None = strawberry.field(
        description="When it was withdrawn; null while it holds. / 撤回时间；仍有效时为空。"
    )
    withdrawn_by: str | None = strawberry.field(description="Who withdrew it. / 撤回人。")
    withdrawal_reason: str | None = strawberry.field(description="Why it was withdrawn. / 撤回理由。")
    stored: strawberry.Private[StoredDecision]

    @described("Of a pin: the first letter of the value. / 指定的值（脱敏，仅首字）。")
    def masked(self) -> str | None:
        return mask_text(self.stored.value) if self.stored.field else None

    @described("Of a pin: the value in clear. / 指定的值（明文）。")
    @reads("owners", _name_owner)
    async def value(self, info: Info) -> str | None:
        for owner in await info.context.loaders.owners.load_all(_name_owner(self)):
            if owner is not None:
                info.context.trail.persons.add(owner)
        return self.stored.value if self.stored.field else None

    @classmethod
    def of(cls, stored: StoredDecision) -> Self:
        """The decision as it is shown."""
        kind, _, masked = stored.shown.partition(" ")
        return cls(
            id=write_global_id(Kind.DECISION, stored.id),
            number=strawberry.ID(stored.id),
            kind=DecisionKind(stored.kind),
            author=stored.author,
            reason=stored.reason,
            decided_at=Instant(stored.decided_ms),
            records=[RecordRef.of(RecordKey.parse(record)) for record in stored.records if record != ERASED],
            field=stored.field or None,
            identifier_type=kind or None,
            identifier_masked=masked or None,
            allowed=stored.allowed,
            withdrawn_at=None if stored.withdrawn_ms is None else Instant(stored.withdrawn_ms),
            withdrawn_by=stored.withdrawn_by or None,
            withdrawal_reason=stored.withdrawal_reason or None,
            stored=stored,
        )


@opened_by(Scope.CASES_READ)
@strawberry.type(description="A decision and its place in the list. / 裁定及其在列表中的位置。")
class DecisionEdge:
    cursor: str = strawberry.field(description="Pass it as `after` to go on from here. / 作为 `after` 从此处继续。")
    node: Decision = strawberry.field(description="The decision. / 裁定。")


@opened_by(Scope.CASES_READ)
@strawberry.type(description="A page of decisions, newest first. / 一页裁定，最新的在前。")
class DecisionConnection:
    edges: list[DecisionEdge] = strawberry.field(description="The decisions with their cursors. / 裁定及其游标。")
    nodes: list[Decision] = strawberry.field(description="The decisions alone. / 仅裁定。")
    page_info: PageInfo = strawberry.field(description="How to go on. / 如何取下一页。")


def place_decisions(of: str, asked: Asked[str], *, live_only: bool) -> DecisionKey:
    """The key of a page of a person's or a case's decisions, one more than is shown."""
    return DecisionKey(of, asked.place, asked.size + 1, asked.backward, live_only)


def make_decision_connection(found: Sequence[StoredDecision], asked: Asked[str]) -> DecisionConnection:
    """A page from decisions, newest first, that were asked for one more."""
    page, has_more = cut_page(found, asked.size, backward=asked.backward)
    edges = [DecisionEdge(cursor=write_decision_cursor(one.id), node=Decision.of(one)) for one in page]
    return DecisionConnection(
        edges=edges,
        nodes=[edge.node for edge in edges],
        page_info=make_page_info([edge.cursor for edge in edges], asked, has_more=has_more),
    )


async def show_decision(context: Context, number: str) -> Decision | None:
    """A decision by its number; None where there is none."""
    found = await context.loaders.decisions.load(number)
    return None if found is None else Decision.of(found)
