"""What a change of a programme switches on and off, before it is published."""

from __future__ import annotations

from rules.programme import Programme
from rules.sharing import Switch, Thing, preview_switches


def preview_sharing(before: Programme, after: Programme) -> list[Switch]:
    """Which of the programme's things begin or end to be honoured, and where."""
    return preview_switches(before.sharing, after.sharing, [*_list_things(before), *_list_things(after)])


def _list_things(programme: Programme) -> list[Thing]:
    return [
        *(Thing("asset", name) for name in programme.assets),
        *(Thing("tier", tier.name) for tier in programme.tiers.ladder[1:]),
        *(Thing("coupon", name) for name in programme.benefits.coupons),
    ]
