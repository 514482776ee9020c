"""A person's membership in a programme, in GraphQL."""

from __future__ import annotations

from functools import cached_property
from typing import Self

import strawberry

from hub.core.access import Scope
from hub.core.errors import Unavailable
from hub.core.model import RecordKey
from hub.services.ledger.programmes import Programme
from hub.services.membership.facts import Enrolment as KeptEnrolment
from hub.services.membership.facts import Member
from hub.services.membership.show import Grant, PaidTerm, describe_membership
from hub.services.membership.show import Membership as Found
from resolvers.access import opened_by
from resolvers.context import Context
from resolvers.described import described
from resolvers.global_ids import Kind, Node, write_global_id
from resolvers.keys import MemberKey
from resolvers.loaders import MERGED
from resolvers.membership.benefits import Benefit, Coupon
from resolvers.membership.explanation import TierExplanation
from resolvers.membership.history import TierHistory, make_tier_history, read_stay_cursor
from resolvers.membership.tiers import GrantedTier, PaidTier, TierProgress, TierStay
from resolvers.order import RecordRef
from resolvers.paging import After, Before, First, Last, read_page
from resolvers.scalars import Instant


@opened_by(Scope.MEMBERSHIP_READ, Scope.MEMBERSHIP_WRITE)
@strawberry.type(description="That a record joined a programme. / 某条记录的入会。")
class Enrolment:
    operation: strawberry.ID = strawberry.field(description="The operation that enrolled it. / 入会操作的编号。")
    record: RecordRef = strawberry.field(description="The record. / 入会的客户记录。")
    joined_at: Instant = strawberry.field(description="When. / 入会时间。")
    channel: str | None = strawberry.field(description="By what way. / 入会渠道。")
    referrer: str | None = strawberry.field(description="The code of who brought them. / 推荐人代码。")
    consented_at: Instant | None = strawberry.field(
        description="When the customer agreed, if that is on record. / 顾客同意的时间（如有记录）。"
    )
    withdrawn_at: Instant | None = strawberry.field(
        description="When they withdrew that; null while it stands. / 撤回同意的时间；未撤回时为空。"
    )

    @classmethod
    def of(cls, enrolment: KeptEnrolment) -> Self:
        """The enrolment as it is shown."""
        return cls(
            operation=strawberry.ID(enrolment.key),
            record=RecordRef.of(RecordKey.parse(enrolment.record)),
            joined_at=Instant(enrolment.joined_ms),
            channel=enrolment.channel or None,
            referrer=enrolment.referrer or None,
            consented_at=None if enrolment.consent_ms is None else Instant(enrolment.consent_ms),
            withdrawn_at=None if enrolment.withdrawn_ms is None else Instant(enrolment.withdrawn_ms),
        )


@opened_by(Scope.MEMBERSHIP_READ, Scope.MEMBERSHIP_WRITE)
@strawberry.type(
    description="What a person is and has in a programme, computed from their records. / "
    "顾客在某会员计划中的身份与权益，由各记录计算得出。"
)
class Membership(Node):
    programme: str = strawberry.field(description="The programme. / 会员计划。")
    since: Instant = strawberry.field(
        description="When they first bought, had a tier or enrolled, whichever came first; else when they were seen. / "
        "会员起始时间：首次消费、获得等级或入会中最早者；均无则为首次出现的时间。"
    )
    laid_down: strawberry.Private[Programme]
    member: strawberry.Private[Member]
    at_ms: strawberry.Private[int]

    @cached_property
    def _found(self) -> Found:
        """The tier is a walk through all that happened: only for who asks for what follows from it, and then once."""
        return describe_membership(self.laid_down, self.member, self.at_ms)

    @cached_property
    def _explained(self) -> TierExplanation | None:
        explanation = self.member.explain(self.laid_down, self.at_ms)
        return None if explanation is None else TierExplanation.of(explanation, self.member.person)

    @property
    def _joined(self) -> tuple[KeptEnrolment, ...]:
        return self.member.list_enrolments(self.at_ms)

    @described(
        "How their records joined, the first one first; empty for who never enrolled. / "
        "入会记录，最早的在前；未入会时为空。"
    )
    def enrolments(self) -> list[Enrolment]:
        return [Enrolment.of(one) for one in self._joined]

    @described("Whether any consent stands. / 是否有有效的同意。")
    def consent(self) -> bool:
        return any(one.consents for one in self._joined)

    @described("The tier; null before the membership began. / 当前等级；成为会员前为空。")
    def tier(self) -> TierStay | None:
        current = self._found.tier.current
        return None if current is None else TierStay.of(current)

    @described("What comes if nothing happens; null for nothing. / 若无变化，接下来的等级变动。")
    def next(self) -> TierStay | None:
        ahead = self._found.tier.ahead
        return TierStay.of(ahead[0]) if ahead else None

    @described(
        "The way to the next tier: one for each of its qualifications, any of which is enough. / "
        "距下一等级的进度，满足任一条件即可。"
    )
    def progress(self) -> list[TierProgress]:
        return [TierProgress.of(one) for one in self._found.tier.progress]

    @described("Their tiers in the order of time. / 等级历史，按时间排列。")
    def history(self) -> list[TierStay]:
        return [TierStay.of(one) for one in self._found.tier.stays]

    @described("The same page by page: who has been a member for long may have had many. / 等级历史，分页返回。")
    def tier_history(
        self, first: First = None, after: After = None, last: Last = None, before: Before = None
    ) -> TierHistory:
        return make_tier_history(self._found.tier.stays, read_page(first, after, last, before, read_stay_cursor))

    @described(
        "Why they have their tier: what gives it, what counts for each qualification, and what is missing; null before "
        "the membership began. / 等级的依据、各达成条件的计入项与差额；成为会员前为空。"
    )
    def explain(self) -> TierExplanation | None:
        return self._explained

    @described("What they paid for. / 付费等级周期。")
    def paid_tiers(self) -> list[PaidTier]:
        return [PaidTier.of(key, term) for key, term in sorted(self._found.terms.items(), key=_by_begin)]

    @described("What they were given. / 人工授予的等级。")
    def granted_tiers(self) -> list[GrantedTier]:
        return [GrantedTier.of(key, one) for key, one in sorted(self._found.grants.items(), key=_by_begin)]

    @described("What they can have in this period. / 本周期的权益。")
    def benefits(self) -> list[Benefit]:
        return [Benefit.of(one) for one in self._found.allowances]

    @described("Their coupons, the newest first. / 优惠券，最新的在前。")
    def coupons(self) -> list[Coupon]:
        return [Coupon.of(one) for one in self._found.coupons]


def show_membership(programme: Programme, member: Member | None, at_ms: int) -> Membership:
    """A living person's membership at an instant; raises Unavailable for who is no more."""
    if member is None:
        raise Unavailable(MERGED)
    return Membership(
        id=write_global_id(Kind.MEMBERSHIP, f"{programme.name}|{member.person}"),
        programme=programme.name,
        since=Instant(member.begins_ms),
        laid_down=programme,
        member=member,
        at_ms=at_ms,
    )


def show_as_of(context: Context, key: MemberKey, member: Member | None, at_ms: int) -> Membership:
    """The membership at an instant: one for all fields of a request that ask for it, so that it is worked out once.

    At another instant than the request's own each purchase until then is charged.

    Raises:
        Unavailable: as `show_membership`.
        InvalidInput: the operation would cost too much. Throttled: the client has too little left.
    """
    shown = context.loaders.memberships
    if (found := shown.get((key, at_ms))) is None:
        found = show_membership(key.programme, member, at_ms)
        if at_ms != context.now_ms:
            context.meter.add(found.member.count_purchases(at_ms))
        shown[key, at_ms] = found
    return found


def _by_begin(one: tuple[str, PaidTerm | Grant]) -> tuple[int, str]:
    key, held = one
    return held.from_ms, key
