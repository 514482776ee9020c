"""What a new version of a programme makes of members' tiers, added up member by member."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from hub.services.membership.facts import Member
from rules.programme import Programme
from rules.tiers import History, compare_tiers

_MOST_LISTED: Final = 10


class TierMove(NamedTuple):
    """A member who would have another tier."""

    person: str
    before: str
    after: str


@dataclass(slots=True)
class TierSums:
    """Members who have a tier now by the version in force (`before`) and by the new one; who rise and fall from it."""

    before: int = 0
    after: int = 0
    rising: int = 0
    falling: int = 0


@dataclass(slots=True)
class TierEffects:
    """Whose tier changes, as of now.

    Attributes:
        total: `before` and `after` are all members.
        by_tier: by the name of the tier; empty where both versions have the same tiers.
        rise, fall: the first ten members, by id.
    """

    total: TierSums = field(default_factory=TierSums)
    by_tier: dict[str, TierSums] = field(default_factory=dict[str, TierSums])
    rise: list[TierMove] = field(default_factory=list[TierMove])
    fall: list[TierMove] = field(default_factory=list[TierMove])

    def add(
        self, old: Programme, new: Programme, members: Iterable[Member], histories: Mapping[str, History], now_ms: int
    ) -> None:
        """Add up members, whose histories by the new version are given by person; each comes once."""
        for member in members:
            before, after = member.walk(old, now_ms).tier_at(now_ms), histories[member.person].tier_at(now_ms)
            if before is not None and after is not None:
                up = compare_tiers(old.tiers, new.tiers, before, after)
                self._count(TierMove(member.person, before, after), up)

    def _count(self, move: TierMove, up: int) -> None:
        origin = self.by_tier.setdefault(move.before, TierSums())
        for sums in (self.total, origin):
            sums.before += 1
            sums.rising += up > 0
            sums.falling += up < 0
        for sums in (self.total, self.by_tier.setdefault(move.after, TierSums())):
            sums.after += 1
        listed = self.rise if up > 0 else self.fall
        if up and len(listed) < _MOST_LISTED:
            listed.append(move)
