"""`sharing`: the switchboard of what is honoured where."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Annotated, Final, Literal

from pydantic import AfterValidator, Field

from hub.services.documents.mistakes import Problem
from hub.services.documents.values import Name, Nullable, Part, Switch, check_once
from rules.sharing import Kind, PlaceGroup, Sharing, Sort, Thing

_SORTS: Final[Mapping[Literal["assets", "tiers", "coupons"], Sort]] = {
    "assets": "asset",
    "tiers": "tier",
    "coupons": "coupon",
}

Place = Annotated[str, Field(min_length=1, max_length=64)]
Groups = Annotated[tuple[Name, ...], AfterValidator(check_once)]


class GroupPart(Part):
    """Places that are switched together. / 一组场所。"""

    kind: Kind = Field(
        description="direct and franchised stores, channels, partner brands. / 直营、加盟、渠道、合作品牌。"
    )
    places: Annotated[tuple[Place, ...], Field(max_length=10_000), AfterValidator(check_once)] = Field(
        (), description="As orders and tills name them. / 场所代码。"
    )


class SharingPart(Part):
    """What is honoured where. Left out: everything, everywhere. / 通用范围，留空则处处通用。"""

    groups: Annotated[dict[Name, GroupPart], Field(max_length=100)] = Field(
        default_factory=dict,
        description="Each place is in one group at most. / 每个场所最多属于一组。",
        json_schema_extra={"additionalProperties": False},
    )
    elsewhere: Annotated[Name | None, Nullable] = Field(
        None, description="The group of all other places; null: nothing is honoured there. / 其余场所所属的组。"
    )
    place_required: Switch = Field(
        False, description="Whether what names no place is refused, so that no till leaves it out. / 是否必须指明场所。"
    )
    assets: dict[Name, Groups] = Field(
        default_factory=dict,
        description="The groups that honour an asset; not listed: all but partners. / 资产通用的组。",
    )
    tiers: dict[Name, Groups] = Field(default_factory=dict, description="... and a tier. / ... 各等级。")
    coupons: dict[Name, Groups] = Field(default_factory=dict, description="... and a coupon. / ... 各优惠券。")

    def to_sharing(self) -> Sharing:
        """The switchboard as rules read it."""
        groups = tuple(PlaceGroup(name, group.kind, group.places) for name, group in self.groups.items())
        honours = {
            Thing(sort, name): frozenset(honouring)
            for table, sort in _SORTS.items()
            for name, honouring in self._table(table).items()
        }
        return Sharing(groups, self.elsewhere, honours, self.place_required)

    def _table(self, table: Literal["assets", "tiers", "coupons"]) -> dict[str, tuple[str, ...]]:
        return {"assets": self.assets, "tiers": self.tiers, "coupons": self.coupons}[table]

    def check(self, known: Mapping[str, Collection[str]]) -> Iterator[Problem]:
        """What is wrong though each value is allowed by itself; `known` has the programme's things by table."""
        if self.elsewhere is not None and self.elsewhere not in self.groups:
            yield ("sharing", "elsewhere"), f"there is no group {self.elsewhere}"
        if self.place_required and not self.groups:
            yield ("sharing", "place_required"), "there is no group: say which places there are, or leave this out"
        seen: dict[str, str] = {}
        for name, group in self.groups.items():
            for place in group.places:
                if seen.setdefault(place, name) != name:
                    yield ("sharing", "groups", name, "places"), f"{place} is in the group {seen[place]} already"
        for table in _SORTS:
            for name, honouring in self._table(table).items():
                if name not in known[table]:
                    yield ("sharing", table, name), f"the programme has no such thing among its {table}"
                for position, one in enumerate(honouring):
                    if one not in self.groups:
                        yield ("sharing", table, name, position), f"there is no group {one}"
