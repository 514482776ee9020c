"""Why two records are two persons, in GraphQL."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from enum import Enum
from typing import Self

import strawberry

from graph.explaining import ShownIdentifier
from hub.core.access import Scope
from hub.core.model import RecordKey
from hub.services.explanation import Separation as FoundSeparation
from resolvers.access import opened_by
from resolvers.context import Info
from resolvers.decisions import Decision, show_decision
from resolvers.described import described
from resolvers.order import RecordRef
from resolvers.plans.marks import reads
from resolvers.records import IdentifierSource, show_proof
from resolvers.scalars import Instant
from resolvers.sentences import InLanguage, Language, choose_words, veil_decision


@strawberry.enum(description="What keeps two records apart. / 两条记录不属于同一人的原因。")
class SeparationKind(Enum):
    DECISION = strawberry.enum_value("decision", description="A steward said that they are two. / 已裁定为两个人。")
    OVERRULED = strawberry.enum_value(
        "overruled", description="They share it, and a decision outranks it. / 共用该标识，但裁定优先。"
    )
    CONFLICT = strawberry.enum_value(
        "conflict", description="A decision that they are one contradicts others. / 同人裁定与其他裁定矛盾。"
    )
    LIMIT = strawberry.enum_value(
        "limit", description="One person would hold too many of a type. / 合并后某类标识将超过上限。"
    )
    CONTRADICTED = strawberry.enum_value("contradicted", description="The profiles differ. / 客户资料互相矛盾。")
    RECYCLED = strawberry.enum_value(
        "recycled", description="The value was given up between them. / 该标识中途已被放弃。"
    )
    IDLE = strawberry.enum_value(
        "idle", description="Nobody stated the value for too long. / 该标识闲置过久，推定已换人。"
    )
    UNDECIDED = strawberry.enum_value(
        "undecided", description="Several people share it, which is which is open. / 多人共用，无法判断归属。"
    )
    QUARANTINED = strawberry.enum_value(
        "quarantined", description="More records claim it than may. / 声明该标识的记录过多，已隔离。"
    )
    BLOCKED = strawberry.enum_value("blocked", description="The value is nobody's own. / 该值已被屏蔽，不属于任何人。")
    WEAK = strawberry.enum_value("weak", description="Too few weak identifiers are shared. / 共用的弱标识不足。")
    HOUSEHOLD = strawberry.enum_value("household", description="It makes a household only. / 仅表示同一家庭。")
    NEVER = strawberry.enum_value("never", description="Its type never links people. / 该类标识从不用于关联。")
    DISABLED = strawberry.enum_value("disabled", description="The policy does not use its type. / 策略未启用该类标识。")
    ENDED = strawberry.enum_value(
        "ended", description="Both claimed it once, not both still do. / 曾经共用，现已不再共用。"
    )


@opened_by(Scope.PERSON_READ)
@strawberry.type(description="Names an identifier without its value. / 指向某个标识，不含其值。")
class IdentifierRef:
    type: str = strawberry.field(description="phone, unionid, openid, ouid, card and so on. / 标识类型。")
    scope: str = strawberry.field(
        description="Where it is unique (an app, a shop); empty for a phone. / 唯一范围，例如应用或店铺；手机号为空。"
    )
    masked: str = strawberry.field(description="Enough to recognise it, too little to use it. / 脱敏后的值。")

    @classmethod
    def of(cls, shown: ShownIdentifier) -> Self:
        """The identifier as it is shown."""
        return cls(type=shown.type, scope=shown.scope, masked=shown.masked)


def _name_decision(separation: Separation, **_: object) -> tuple[str, ...]:
    decision = separation.found.decision
    return () if decision is None else (decision.id,)


@opened_by(Scope.PERSON_READ, decision=Scope.CASES_READ)
@strawberry.type(description="One reason why two records are two persons. / 两条记录不属于同一人的一项原因。")
class Separation:
    kind: SeparationKind = strawberry.field(description="What it is. / 原因类型。")
    left: list[RecordRef] = strawberry.field(
        description="The first person's records that it is about. / 第一人所涉的记录。"
    )
    right: list[RecordRef] = strawberry.field(
        description="The second person's records that it is about. / 第二人所涉的记录。"
    )
    identifier: IdentifierRef | None = strawberry.field(
        description="What both hold; null for a decision. / 双方都持有的标识；裁定则为空。"
    )
    claims: list[IdentifierSource] = strawberry.field(
        description="What these records say of the identifier. / 这些记录对该标识的声明。"
    )
    reasons: list[str] = strawberry.field(
        description="Fields that contradict each other, the type of which there would be too many, or `ruling`. / "
        "互相矛盾的字段、将超限的标识类型，或 `ruling`。"
    )
    count: int | None = strawberry.field(description="How many there are, or would be. / 实际或合并后的数量。")
    limit: int | None = strawberry.field(description="How many there may be, or have to be. / 允许或所需的数量。")
    at: Instant | None = strawberry.field(
        description="When it was given up, was stated last, or ended. / 放弃、最后一次出现或结束的时间。"
    )
    open: bool = strawberry.field(description="Whether it waits for a steward. / 是否有待人工裁决。")
    found: strawberry.Private[FoundSeparation]

    @described("The decision behind it. / 所依据的裁定。")
    @reads("decisions", _name_decision)
    async def decision(self, info: Info) -> Decision | None:
        decision = self.found.decision
        return None if decision is None else await show_decision(info.context, decision.id)

    @described("The same in a sentence. / 以一句话说明。")
    def sentence(self, info: Info, language: InLanguage = Language.EN) -> str:
        decision = veil_decision(info.context, self.found.decision)
        return choose_words(info.context, language).separation(replace(self.found, decision=decision))

    @classmethod
    def of(cls, found: FoundSeparation) -> Self:
        """The reason as it is shown."""
        return cls(
            kind=SeparationKind(found.kind),
            left=_refer(found.left),
            right=_refer(found.right),
            identifier=None if found.identifier is None else IdentifierRef.of(found.identifier),
            claims=[show_proof(proof) for proof in found.claims],
            reasons=list(found.reasons),
            count=found.count,
            limit=found.limit,
            at=None if found.at_ms is None else Instant(found.at_ms),
            open=found.open,
            found=found,
        )


def _refer(records: Iterable[RecordKey]) -> list[RecordRef]:
    return [RecordRef.of(record) for record in records]
