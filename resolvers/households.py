"""Households in GraphQL: who belongs together, each a person of their own."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated

import strawberry

from hub.core.access import Scope
from hub.services.households import Household as FoundHousehold
from resolvers.access import opened_by
from resolvers.context import Info
from resolvers.described import described
from resolvers.global_ids import Kind, Node, write_global_id

if TYPE_CHECKING:
    from resolvers.person import Person


@opened_by(Scope.PERSON_READ, role=Scope.PII_READ, children_ages=Scope.PII_READ)
@strawberry.type(description="A person of a household. / 家庭成员。")
class HouseholdMember:
    person: Annotated[Person, strawberry.lazy("resolvers.person")] = strawberry.field(
        description="Who it is. / 成员对应的顾客。"
    )
    role: str | None = strawberry.field(
        description="Their part as their records state it last, in clear: 父, mother, child. / "
        "记录最近所述的家庭角色（明文），例如 父、mother、child。"
    )
    children_ages: list[int] = strawberry.field(
        description="Of the children whom they state, in full years today, in clear; the oldest first. / "
        "其所述子女今日的周岁（明文），最大的在前。"
    )


@opened_by(Scope.PERSON_READ)
@strawberry.type(
    description="Persons whose records state one household; it joins nobody. / 记录注明同一家庭的顾客，彼此并不合并。"
)
class Household(Node):
    type: str = strawberry.field(description="The type of its identifier. / 家庭标识的类型。")
    scope: str = strawberry.field(description="Where the identifier is unique, such as a system. / 标识的唯一范围。")
    masked: str = strawberry.field(description="Enough to recognise it, too little to use it. / 脱敏后的家庭编号。")
    record_count: int = strawberry.field(description="How many records state it. / 注明该家庭的记录数。")
    crowded: bool = strawberry.field(
        description="Whether too many records state it to be a household; then no members are told. / "
        "注明的记录过多，不视为家庭，且不列出成员。"
    )
    found: strawberry.Private[FoundHousehold]
    show_person: strawberry.Private[Callable[[str], Person]]

    @described("Who belongs to it now, by person id. / 现有成员，按会员编号排列。")
    def members(self, info: Info) -> list[HouseholdMember]:
        info.context.trail.persons.update(member.person_id for member in self.found.members)
        return [
            HouseholdMember(
                person=self.show_person(member.person_id),
                role=member.role,
                children_ages=list(member.children_ages),
            )
            for member in self.found.members
        ]


def show_household(key: str, found: FoundHousehold, show_person: Callable[[str], Person]) -> Household:
    """A household as it is shown; its id is good until the identity key is rotated, as `key` is."""
    return Household(
        id=write_global_id(Kind.HOUSEHOLD, key),
        type=found.type,
        scope=found.scope,
        masked=found.masked,
        record_count=found.records,
        crowded=found.crowded,
        found=found,
        show_person=show_person,
    )
