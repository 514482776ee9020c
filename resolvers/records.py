"""What records say, in GraphQL: profiles, and claims on identifiers."""

from __future__ import annotations

import strawberry

from graph.persons import HeldRecord
from hub.core.access import Scope
from hub.core.masking import mask_text
from hub.core.model import RecordKey
from hub.services.describe_persons import HeldIdentifier, SourcedClaim
from hub.services.explanation import Proof
from resolvers.access import opened_by
from resolvers.context import Info
from resolvers.described import described
from resolvers.global_ids import Kind, Node, write_global_id
from resolvers.order import RecordRef
from resolvers.plans.marks import reads
from resolvers.scalars import Instant


@opened_by(Scope.PERSON_READ, value=Scope.PII_READ)
@strawberry.type(description="One field as one record states it. / 某条记录所述的一个字段。")
class RecordField:
    name: str = strawberry.field(description="The field: name, gender, birthday, city and so on. / 字段名。")
    value: str = strawberry.field(description="What the record says, in clear. / 该记录中的值（明文）。")
    masked: str = strawberry.field(description="Its first letter. / 脱敏后的值，仅首字。")
    observed_at: Instant = strawberry.field(description="When it was last stated. / 最近一次出现的时间。")


@opened_by(Scope.PERSON_READ)
@strawberry.type(description="One customer record in one system. / 某个系统中的一条客户记录。")
class Record(Node):
    system: str = strawberry.field(description="The system, such as tmall:flagship. / 系统名，例如 tmall:flagship。")
    external_id: str = strawberry.field(description="The record's id in that system. / 该记录在其系统中的编号。")
    birth_id: strawberry.ID = strawberry.field(
        description="The person id that it brought along; it resolves for ever. / 该记录自带的会员编号，永久有效。"
    )
    first_seen_at: Instant = strawberry.field(description="When the hub first saw it. / 中台首次收到的时间。")
    held: strawberry.Private[HeldRecord]

    @described("What it says of the customer. / 该记录中的客户资料。")
    def profile(self) -> list[RecordField]:
        return [
            RecordField(name=name, value=value, masked=mask_text(value), observed_at=Instant(stated_ms))
            for name, (value, stated_ms) in sorted(self.held.profile.items())
        ]


@opened_by(Scope.PERSON_READ)
@strawberry.type(description="One record's claim on an identifier. / 某条记录对标识的声明。")
class IdentifierSource:
    record: RecordRef = strawberry.field(description="The record that claims it. / 声明它的记录。")
    source: str = strawberry.field(description="The delivery that brought it. / 带来它的数据来源。")
    verified: bool = strawberry.field(description="Whether the source verified it. / 来源是否已验证。")
    valid_from: Instant = strawberry.field(description="Since when it is claimed. / 生效时间。")
    valid_to: Instant | None = strawberry.field(
        description="When another value took its place; null while it holds. / 失效时间；有效时为空。"
    )
    observed_at: Instant = strawberry.field(description="When it was last stated. / 最近一次出现的时间。")


def _name_key(identifier: Identifier, **_: object) -> tuple[str]:
    return (identifier.key,)


@opened_by(Scope.PERSON_READ, value=Scope.PII_READ)
@strawberry.type(
    description="A phone, openid, card and so on, with its sources. / 手机号、openid、卡号等标识及其来源。"
)
class Identifier:
    type: str = strawberry.field(description="phone, unionid, openid, ouid, card and so on. / 标识类型。")
    scope: str = strawberry.field(
        description="Where it is unique (an app, a shop); empty for a phone. / 唯一范围，例如应用或店铺；手机号为空。"
    )
    masked: str = strawberry.field(description="Enough to recognise it, too little to use it. / 脱敏后的值。")
    verified: bool = strawberry.field(description="Whether any source verified it. / 是否有来源验证过。")
    valid_from: Instant = strawberry.field(description="Since when it is claimed. / 最早生效时间。")
    valid_to: Instant | None = strawberry.field(
        description="When the last claim ended; null while one holds. / 失效时间；仍有效时为空。"
    )
    observed_at: Instant = strawberry.field(description="When it was last stated. / 最近一次出现的时间。")
    key: strawberry.Private[str]
    claims: strawberry.Private[tuple[SourcedClaim, ...]]

    @described("The value in clear; null where the hub keeps none. / 完整的值（明文）；未保存时为空。")
    @reads("sealed", _name_key)
    async def value(self, info: Info) -> str | None:
        sealed = await info.context.loaders.sealed.load(self.key)
        return info.context.identity.reveal(sealed, self.key) if sealed else None

    @described("Which records claim it. / 声明它的各条记录。")
    def sources(self) -> list[IdentifierSource]:
        return [_show_source(sourced) for sourced in self.claims]


def show_record(record: HeldRecord) -> Record:
    """A stored record as it is shown."""
    return Record(
        id=write_global_id(Kind.RECORD, str(RecordKey(record.system, record.external_id))),
        system=record.system,
        external_id=record.external_id,
        birth_id=strawberry.ID(record.birth_id),
        first_seen_at=Instant(record.created_ms),
        held=record,
    )


def show_identifier(held: HeldIdentifier) -> Identifier:
    """An identifier as it is shown: masked."""
    return Identifier(
        type=held.type,
        scope=held.scope,
        masked=held.masked,
        verified=held.verified,
        valid_from=Instant(held.valid_from_ms),
        valid_to=_instant(held.valid_to_ms),
        observed_at=Instant(held.observed_ms),
        key=held.claims[0].claim.identifier,
        claims=held.claims,
    )


def _show_source(sourced: SourcedClaim) -> IdentifierSource:
    return IdentifierSource(
        record=RecordRef.of(sourced.record),
        source=sourced.claim.source,
        verified=sourced.claim.verified,
        valid_from=Instant(sourced.claim.valid_from_ms),
        valid_to=_instant(sourced.claim.valid_to_ms),
        observed_at=Instant(sourced.claim.observed_ms),
    )


def show_proof(proof: Proof) -> IdentifierSource:
    """A claim that an explanation rests on, as it is shown."""
    return IdentifierSource(
        record=RecordRef.of(proof.record),
        source=proof.source,
        verified=proof.verified,
        valid_from=Instant(proof.valid_from_ms),
        valid_to=_instant(proof.valid_to_ms),
        observed_at=Instant(proof.observed_ms),
    )


def _instant(instant_ms: int | None) -> Instant | None:
    return None if instant_ms is None else Instant(instant_ms)
