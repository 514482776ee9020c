"""Persons in GraphQL."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Self

import strawberry

from graph.balances import HeldAccount
from graph.orders import PageStart
from graph.persons import HeldRecord
from hub.core.access import Scope
from hub.core.errors import Unavailable
from hub.core.masking import mask_text
from hub.core.model import RecordKey
from hub.services.describe_persons import HeldIdentifier, PersonDescription, SourcedClaim
from resolvers.access import opened_by
from resolvers.context import Info
from resolvers.cursors import read_ledger_cursor, read_order_cursor
from resolvers.described import described
from resolvers.global_ids import Kind, Node, write_global_id
from resolvers.keys import LedgerKey, MemberKey, PageKey
from resolvers.ledger.balances import Balance, Hold, show_balances, show_holds
from resolvers.ledger.entries import LedgerConnection, begin_page, make_ledger_connection
from resolvers.loaders import MERGED
from resolvers.membership.membership import Membership, show_membership
from resolvers.order import OrderConnection, RecordRef, make_order_connection
from resolvers.paging import After, Asked, Before, First, Last, PageInfo, cut_page, make_page_info, read_page
from resolvers.plans.marks import reads
from resolvers.scalars import Fen, Instant


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


@opened_by(Scope.PERSON_READ, value=Scope.PII_READ)
@strawberry.type(description="A golden-record field and where it came from. / 黄金档案中的字段及其来源。")
class ProfileField:
    name: str = strawberry.field(description="The field: name, gender, birthday, city and so on. / 字段名。")
    value: str = strawberry.field(description="The value that survived, in clear. / 采信的值（明文）。")
    masked: str = strawberry.field(description="Its first letter. / 脱敏后的值，仅首字。")
    system: str | None = strawberry.field(
        description="The system that said so; null for a value that a steward pinned and no record has. / 来源系统。"
    )
    external_id: str | None = strawberry.field(description="The record that said so. / 来源记录。")
    observed_at: Instant = strawberry.field(description="When it was last stated. / 最近一次出现的时间。")
    why: str = strawberry.field(
        description="What decided: pin, source, verified, recent, or only where nobody says otherwise. / 采信依据。"
    )


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


def _name_orders(
    person: Person,
    *,
    info: Info,
    first: int | None = None,
    after: str | None = None,
    last: int | None = None,
    before: str | None = None,
) -> list[PageKey]:
    del info
    return [_place_orders(person, read_page(first, after, last, before, read_order_cursor))]


def _name_memberships(
    person: Person, *, info: Info, programme: str | None = None, as_of: Instant | None = None
) -> list[MemberKey]:
    del as_of  # whatever the instant, all that there is is read
    laid_down = info.context.programmes
    return [MemberKey.of(one, person.id) for one in (laid_down if programme is None else [laid_down.get(programme)])]


@opened_by(
    Scope.PERSON_READ,
    id=Scope.PERSON_READ,
    orders=Scope.ORDERS_READ,
    total_spent=Scope.ORDERS_READ,
    order_count=Scope.ORDERS_READ,
    balances=Scope.POINTS_READ,
    holds=Scope.POINTS_READ,
    ledger=Scope.POINTS_READ,
    memberships=Scope.MEMBERSHIP_READ,
)
@strawberry.type(
    description="One customer, computed from the records of all systems. / 一位顾客，由各系统的记录归并而成。"
)
class Person(Node):
    id: strawberry.ID = strawberry.field(
        description="Eternal: it resolves for ever, also after merges. / 永久编号，合并后依然有效。"
    )

    @classmethod
    def of(cls, person_id: str) -> Self:
        """The living person with this id."""
        return cls(id=write_global_id(Kind.PERSON, person_id))

    @described("Other ids that resolve to this person. / 指向此人的其他编号。")
    @reads("descriptions")
    async def aliases(self, info: Info) -> list[strawberry.ID]:
        return [strawberry.ID(alias) for alias in (await self._description(info)).aliases]

    @described("Their records, by system. / 各系统中的记录，按系统排列。")
    @reads("descriptions")
    async def records(self, info: Info) -> list[Record]:
        return [show_record(record) for record in (await self._description(info)).records]

    @described("Their identifiers, live ones first. / 标识，有效的在前。")
    @reads("descriptions")
    async def identifiers(self, info: Info) -> list[Identifier]:
        return [show_identifier(held) for held in (await self._description(info)).identifiers]

    @described("The golden record, by field. / 黄金档案，按字段排列。")
    @reads("descriptions")
    async def profile(self, info: Info) -> list[ProfileField]:
        return [
            ProfileField(
                name=field.field,
                value=field.value,
                masked=mask_text(field.value),
                system=None if field.record is None else field.record.system,
                external_id=None if field.record is None else field.record.external_id,
                observed_at=Instant(field.observed_ms),
                why=field.why,
            )
            for field in (await self._description(info)).profile
        ]

    @described("Their orders in all systems, newest first. / 所有系统中的订单，最新的在前。")
    @reads("order_pages", _name_orders)
    async def orders(
        self, info: Info, first: First = None, after: After = None, last: Last = None, before: Before = None
    ) -> OrderConnection:
        asked = read_page(first, after, last, before, read_order_cursor)
        return make_order_connection(await info.context.loaders.order_pages.load(_place_orders(self, asked)), asked)

    @described("The sum of all orders that are neither closed nor refunded. / 消费总额，不含已关闭和已退款的订单。")
    @reads("totals")
    async def total_spent(self, info: Info) -> Fen:
        return Fen((await info.context.loaders.totals.load(self.id)).spent_fen)

    @described("How many orders there are, of any status. / 订单数，含所有状态。")
    @reads("totals")
    async def order_count(self, info: Info) -> int:
        return (await info.context.loaders.totals.load(self.id)).orders

    @described("What they hold of every asset of every programme. / 在各会员计划中各项资产的余额。")
    @reads("accounts")
    async def balances(self, info: Info) -> list[Balance]:
        return show_balances(info.context.programmes, await self._accounts(info), info.context.now_ms)

    @described("What is kept for tills, the next deadline first. / 冻结中的数额，最早到期的在前。")
    @reads("accounts")
    async def holds(self, info: Info) -> list[Hold]:
        return show_holds(await self._accounts(info), info.context.now_ms)

    @described("What happened to what they hold, newest first. / 账本，最新的在前。")
    async def ledger(
        self,
        info: Info,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
        programme: Annotated[
            str | None, strawberry.argument(description="Of this programme only. / 仅该会员计划。")
        ] = None,
        asset: Annotated[str | None, strawberry.argument(description="Of this asset only. / 仅该资产。")] = None,
    ) -> LedgerConnection:
        asked = read_page(first, after, last, before, read_ledger_cursor)
        accounts = [
            one
            for one in await self._accounts(info)
            if programme in (None, one.programme) and asset in (None, one.asset)
        ]
        start = begin_page({one.account.key: one.account.entries for one in accounts}, asked)
        key = LedgerKey(tuple(sorted(start.items())), asked.size + 1 + asked.backward, asked.backward)
        page = await info.context.loaders.entries.load(key)
        return make_ledger_connection(start, page, accounts, asked)

    @described("What they are and have in each programme. / 在各会员计划中的身份与权益。")
    @reads("members", _name_memberships)
    async def memberships(
        self,
        info: Info,
        programme: Annotated[str | None, strawberry.argument(description="In this one only. / 仅该会员计划。")] = None,
        as_of: Annotated[
            Instant | None,
            strawberry.argument(description="As of this instant, by what is known now. / 截至此时刻，按现有数据计算。"),
        ] = None,
    ) -> list[Membership]:
        keys = _name_memberships(self, info=info, programme=programme)
        at_ms = info.context.now_ms if as_of is None else as_of
        found = await info.context.loaders.members.load_all(keys)
        return [show_membership(key.programme, one, at_ms) for key, one in zip(keys, found, strict=True)]

    async def _accounts(self, info: Info) -> list[HeldAccount]:
        found = await info.context.loaders.accounts.load(self.id)
        if found is None:
            raise Unavailable(MERGED)
        return [one for one in found.accounts if info.context.grant.reaches(one.programme)]

    async def _description(self, info: Info) -> PersonDescription:
        info.context.trail.persons.add(self.id)
        return await info.context.loaders.describe(self.id)


def _place_orders(person: Person, asked: Asked[PageStart]) -> PageKey:
    return PageKey(person.id, asked.place, asked.size + 1, asked.backward)


@opened_by(Scope.PERSON_READ)
@strawberry.type(description="A person and their place in the list. / 顾客及其在列表中的位置。")
class PersonEdge:
    cursor: str = strawberry.field(description="Pass it as `after` to go on from here. / 作为 `after` 从此处继续。")
    node: Person = strawberry.field(description="The person. / 顾客。")


@opened_by(Scope.PERSON_READ)
@strawberry.type(
    description="A page of persons: all by their ids, the oldest first, others as the filter says. / "
    "一页顾客：默认编号最早的在前，筛选时见 `where`。"
)
class PersonConnection:
    edges: list[PersonEdge] = strawberry.field(description="The persons with their cursors. / 顾客及其游标。")
    nodes: list[Person] = strawberry.field(description="The persons alone. / 仅顾客。")
    page_info: PageInfo = strawberry.field(description="How to go on. / 如何取下一页。")


def make_person_connection(listed: Sequence[tuple[str, str]], asked: Asked[str], stopped: str = "") -> PersonConnection:
    """A page from (cursor, id), in the list's order, that were asked for one more.

    `stopped`: the cursor up to which was looked, where that was far enough before the page was full.
    """
    page, has_more = cut_page(listed, asked.size, backward=asked.backward)
    edges = [PersonEdge(cursor=cursor, node=Person.of(person_id)) for cursor, person_id in page]
    ends = [edge.cursor for edge in edges]
    if stopped:
        ends = [stopped, *ends] if asked.backward else [*ends, stopped]
    return PersonConnection(
        edges=edges,
        nodes=[edge.node for edge in edges],
        page_info=make_page_info(ends, asked, has_more=has_more or bool(stopped)),
    )


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


def _instant(instant_ms: int | None) -> Instant | None:
    return None if instant_ms is None else Instant(instant_ms)
