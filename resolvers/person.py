"""Persons in GraphQL."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Self

import strawberry

from graph.balances import HeldAccount
from graph.orders import PageStart
from hub.core.access import Scope
from hub.core.errors import Unavailable
from hub.core.ledger import FOREVER_MS
from hub.core.masking import mask_text
from hub.services.describe_persons import PersonDescription
from hub.services.ledger.past import check_past
from resolvers.access import opened_by
from resolvers.context import Info
from resolvers.cursors import read_decision_cursor, read_ledger_cursor, read_order_cursor
from resolvers.decisions import DecisionConnection, LiveOnly, make_decision_connection, place_decisions
from resolvers.described import described
from resolvers.explanations import Explanation, show_tree
from resolvers.global_ids import Kind, Node, write_global_id
from resolvers.households import Household, show_household
from resolvers.keys import BeliefKey, DecisionKey, LedgerKey, MemberKey, PageKey, PolicyKey, ValidKey
from resolvers.ledger.balances import Balance, show_balances
from resolvers.ledger.entries import LedgerConnection, begin_page, make_ledger_connection
from resolvers.ledger.holds import Hold, show_holds
from resolvers.ledger.past import AsOf, find_ends, recall
from resolvers.loaders import MERGED
from resolvers.membership.membership import Membership, show_as_of
from resolvers.order import OrderConnection, make_order_connection
from resolvers.paging import After, Asked, Before, First, Last, PageInfo, cut_page, make_page_info, read_page
from resolvers.past import BelievedAt, BelievedPerson, ValidAt, ValidPersons, show_belief, show_valid
from resolvers.plans.marks import reads
from resolvers.records import Identifier, Record, show_identifier, show_record
from resolvers.scalars import Fen, Instant


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


def _name_decisions(
    person: Person,
    *,
    info: Info,
    first: int | None = None,
    after: str | None = None,
    last: int | None = None,
    before: str | None = None,
    live_only: bool = False,
) -> list[DecisionKey]:
    del info
    return [
        place_decisions(person.id, read_page(first, after, last, before, read_decision_cursor), live_only=live_only)
    ]


def _name_belief(person: Person, *, info: Info, as_of: Instant) -> tuple[BeliefKey]:
    del info
    return (BeliefKey(person.id, as_of),)


def _name_valid(person: Person, *, info: Info, as_of: Instant) -> tuple[ValidKey]:
    return (ValidKey(info.context.ask_policy(person.id), as_of),)


def _name_by_policy(person: Person, *, info: Info) -> tuple[PolicyKey]:
    return (info.context.ask_policy(person.id),)


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
    decisions=Scope.CASES_READ,
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
    async def identifiers(
        self,
        info: Info,
        valid_at: Annotated[
            Instant | None,
            strawberry.argument(
                description="Only what their records of today held at this instant, by what is known now. / "
                "仅其现有记录在该时刻持有的标识，按目前所知。"
            ),
        ] = None,
    ) -> list[Identifier]:
        described = await self._description(info)
        held = described.identifiers if valid_at is None else described.find_identifiers(valid_at)
        return [show_identifier(one) for one in held]

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
    @reads("accounts", unless="as_of")
    async def balances(self, info: Info, as_of: AsOf = None) -> list[Balance]:
        accounts = await self._accounts(info)
        if as_of is None:
            return show_balances(info.context.programmes, accounts, info.context.now_ms)
        return show_balances(info.context.programmes, await recall(info.context, accounts, as_of), as_of)

    @described("What is kept for tills, the next deadline first. / 冻结中的数额，最早到期的在前。")
    @reads("accounts", unless="as_of")
    async def holds(self, info: Info, as_of: AsOf = None) -> list[Hold]:
        accounts = await self._accounts(info)
        if as_of is None:
            return show_holds(accounts, info.context.now_ms)
        return show_holds(await recall(info.context, accounts, as_of), as_of)

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
        as_of: Annotated[
            Instant | None,
            strawberry.argument(
                description="Only what had taken effect by this instant, which has come. / "
                "仅截至此时刻（不得晚于现在）已生效的分录。"
            ),
        ] = None,
    ) -> LedgerConnection:
        asked = read_page(first, after, last, before, read_ledger_cursor)
        accounts = [
            one
            for one in await self._accounts(info)
            if programme in (None, one.programme) and asset in (None, one.asset)
        ]
        at_ms = FOREVER_MS if as_of is None else check_past(as_of, info.context.now_ms)
        start = begin_page(await find_ends(info.context, accounts, at_ms), asked)
        key = LedgerKey(tuple(sorted(start.items())), asked.size + 1 + asked.backward, asked.backward)
        # Towards the end of the list a page may be read beyond the instant.
        page = [one for one in await info.context.loaders.entries.load(key) if one.entry.at_ms <= at_ms]
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
        return [show_as_of(info.context, key, one, at_ms) for key, one in zip(keys, found, strict=True)]

    @described("What stewards decided on their records, newest first. / 数据管家对其记录的裁定，最新的在前。")
    @reads("person_decisions", _name_decisions)
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
        key = place_decisions(self.id, asked, live_only=live_only)
        return make_decision_connection(await info.context.loaders.person_decisions.load(key), asked)

    @described("Why their records are one person. / 为何这些记录是同一人。")
    @reads("explanations", _name_by_policy)
    async def explain(self, info: Info) -> Explanation:
        info.context.meter.work("explain")
        return show_tree(self, await info.context.loaders.explanations.load(info.context.ask_policy(self.id)))

    @described(
        "Whom the hub took this id for at an instant, whatever it has learned since (transaction time). / "
        "中台在该时刻对此编号的认定（事务时间），不受此后所知影响。"
    )
    @reads("beliefs", _name_belief)
    async def believed(self, info: Info, as_of: BelievedAt) -> BelievedPerson:
        info.context.meter.work("believed")
        return await show_belief(info.context, self.id, as_of)

    @described(
        "Who the record that brought this id was at an instant, by what is known now (valid time). / "
        "按目前所知，带来此编号的记录在该时刻的实际归属（有效时间）。"
    )
    @reads("valid", _name_valid)
    async def valid(self, info: Info, as_of: ValidAt) -> ValidPersons:
        info.context.meter.work("valid")
        return await show_valid(info.context, self.id, as_of)

    @described("Who lives with them, by what their records state. / 所属家庭，依据其记录所述。")
    @reads("person_households", _name_by_policy)
    async def households(self, info: Info) -> list[Household]:
        found = await info.context.loaders.person_households.load(info.context.ask_policy(self.id))
        return [show_household(key, household, Person.of) for key, household in (found or {}).items()]

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
