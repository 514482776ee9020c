"""Persons in the past, in GraphQL: as the hub believed at an instant, and as was valid at one by what is known now."""

from __future__ import annotations

from typing import Annotated, Self

import strawberry

from hub.core.access import Scope
from hub.core.errors import Erased, NotFound, TooLarge, Unavailable
from hub.core.model import RawIdentifier
from hub.services.as_of import BelievedPerson as FoundBelief
from hub.services.as_of import BelievedRecord as FoundRecord
from hub.services.as_of import ValidGroup, ValidPartition, check_believable, compute_valid_partition
from hub.services.components import MOST_AT_ONCE
from hub.services.find_past import find_valid_by_id, find_valid_by_identifier, find_valid_by_phone
from hub.services.find_person import check_person_id, refuse_erased
from resolvers.access import opened_by
from resolvers.context import Context
from resolvers.keys import BeliefKey, ValidKey
from resolvers.loaders import MERGED
from resolvers.order import RecordRef
from resolvers.scalars import Instant
from resolvers.whom import PersonBy, find_person, nobody_said

PastBy = Annotated[PersonBy, strawberry.argument(description="What is known of them. / 已知信息。")]
BelievedAt = Annotated[
    Instant, strawberry.argument(description="The instant, which must have passed. / 时刻，不得晚于现在。")
]
ValidAt = Annotated[
    Instant,
    strawberry.argument(
        description="The instant; in the future a claim without an end is taken to last. / "
        "时刻；若在将来，则视未结束的声明持续有效。"
    ),
]


@opened_by(Scope.PERSON_READ)
@strawberry.type(description="A record while the hub counted it to a person. / 中台将其归于某人期间的记录。")
class BelievedRecord:
    record: RecordRef = strawberry.field(description="The record. / 客户记录。")
    since: Instant = strawberry.field(description="Since when the hub counted it so. / 自何时起如此认定。")
    until: Instant | None = strawberry.field(
        description="Until before when; null while it still does. / 至何时为止；至今仍如此认定则为空。"
    )

    @classmethod
    def of(cls, found: FoundRecord) -> Self:
        """The record as it is shown."""
        until = None if found.until_ms is None else Instant(found.until_ms)
        return cls(record=RecordRef.of(found.record), since=Instant(found.since_ms), until=until)


@opened_by(Scope.PERSON_READ)
@strawberry.type(
    description="A person as the hub believed at an instant, right or wrong (transaction time). / "
    "中台在某时刻所认定的顾客，无论对错（事务时间）。"
)
class BelievedPerson:
    believed_at: Instant = strawberry.field(description="The instant. / 时刻。")
    asked_id: strawberry.ID = strawberry.field(description="The id that was asked for. / 所查询的编号。")
    person_id: strawberry.ID | None = strawberry.field(
        description="The id that the hub answered with for it then; null where it did not know this id yet. / "
        "当时中台以哪个编号作答；当时尚不知道此编号则为空。"
    )
    records: list[BelievedRecord] = strawberry.field(
        description="The records that it counted to that person then, by system. / 当时归于此人的记录，按系统排列。"
    )

    @classmethod
    def of(cls, found: FoundBelief) -> Self:
        """The belief as it is shown."""
        return cls(
            believed_at=Instant(found.believed_at_ms),
            asked_id=strawberry.ID(found.asked_id),
            person_id=None if found.person_id is None else strawberry.ID(found.person_id),
            records=[BelievedRecord.of(one) for one in found.records],
        )


@opened_by(Scope.PERSON_READ)
@strawberry.type(description="Records that were one person at an instant. / 某时刻实际属于同一人的记录。")
class ValidPerson:
    person_id: strawberry.ID = strawberry.field(
        description="What the rules of today call that person. / 按今日规则的会员编号。"
    )
    records: list[RecordRef] = strawberry.field(description="The records, by system. / 记录，按系统排列。")

    @classmethod
    def of(cls, group: ValidGroup) -> Self:
        """The person as they are shown."""
        return cls(person_id=strawberry.ID(group.person_id), records=[RecordRef.of(one) for one in group.records])


@opened_by(Scope.PERSON_READ)
@strawberry.type(
    description="Who was who at an instant, by what is known now and by the policy of today (valid time). / "
    "按目前所知与现行策略，某时刻各记录的实际归属（有效时间）。"
)
class ValidPersons:
    valid_at: Instant = strawberry.field(description="The instant. / 时刻。")
    policy_version: int = strawberry.field(description="The identity policy's version. / 身份识别策略的版本。")
    person: ValidPerson = strawberry.field(description="The one who was asked for. / 所查询的顾客。")
    others: list[ValidPerson] = strawberry.field(
        description="Others whom identifiers connected to them and who were persons of their own. / "
        "当时经标识相连、但各自独立的其他顾客。"
    )

    @classmethod
    def of(cls, found: ValidPartition) -> Self:
        """The partition as it is shown; raises TooLarge."""
        if found.person is None:
            raise _too_large(found.bound)
        return cls(
            valid_at=Instant(found.valid_at_ms),
            policy_version=found.policy_version,
            person=ValidPerson.of(found.person),
            others=[ValidPerson.of(group) for group in found.groups if group is not found.person],
        )


async def find_believed(context: Context, by: PersonBy, at_ms: int) -> BelievedPerson | None:
    """Whom the hub took somebody for; None where it knows nobody by that to this day.

    Raises:
        InvalidInput: the instant is in the future, or as `find_person`; Ambiguous, Erased: as `find_person`.
        TooLarge: these were too many records.
    """
    check_believable(at_ms)
    asked = check_person_id(by.id) if by.id else await find_person(context, by)
    if asked is None:
        return None
    found = await context.loaders.beliefs.load(BeliefKey(asked, at_ms))
    if found is None:
        await refuse_erased(context.graph, asked)
        return None
    return _show_belief(found)


async def show_belief(context: Context, person_id: str, at_ms: int) -> BelievedPerson:
    """Whom the hub took the id of a living person for; raises as `find_believed`, or Unavailable."""
    check_believable(at_ms)
    found = await context.loaders.beliefs.load(BeliefKey(person_id, at_ms))
    if found is None:
        raise Unavailable(MERGED)
    return _show_belief(found)


async def show_valid(context: Context, person_id: str, at_ms: int) -> ValidPersons:
    """Who was who around a living person; raises TooLarge, or Unavailable."""
    found = await context.loaders.valid.load(ValidKey(context.ask_policy(person_id), at_ms))
    if found is None:
        raise Unavailable(MERGED)
    return ValidPersons.of(found)


async def find_valid(context: Context, by: PersonBy, at_ms: int) -> ValidPersons | None:
    """Who was who; None where nobody was that.

    Raises:
        InvalidInput, Erased: as `find_person`. Conflict: several persons held the identifier then.
        TooLarge: too many records were connected.
    """
    try:
        return ValidPersons.of(await _find_partition(context, by, at_ms))
    except Erased:
        raise
    except NotFound:
        return None


async def _find_partition(context: Context, by: PersonBy, at_ms: int) -> ValidPartition:
    graph, identity, most = context.graph, context.identity, MOST_AT_ONCE
    if by.record:
        return await compute_valid_partition(graph, identity, by.record.key, at_ms, most=most)
    if by.id:
        return await find_valid_by_id(graph, identity, by.id, at_ms, most=most)
    if by.phone:
        return await find_valid_by_phone(graph, identity, by.phone, at_ms, most=most)
    if said := by.identifier:
        raw = RawIdentifier(said.type, said.scope, said.value)
        return await find_valid_by_identifier(graph, identity, raw, at_ms, most=most)
    raise nobody_said()


def _show_belief(found: FoundBelief) -> BelievedPerson:
    if len(found.records) > MOST_AT_ONCE:
        raise _too_large(MOST_AT_ONCE)
    return BelievedPerson.of(found)


def _too_large(bound: int) -> TooLarge:
    return TooLarge(
        f"These were more than {bound} records, too many to be told while you wait. `hub person` takes its time."
    )
