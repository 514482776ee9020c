"""What a programme honours where, what a change of it switches on and off, and what costs the same everywhere."""

from __future__ import annotations

from rules.benefits import find_article, find_price
from rules.programme import Programme
from rules.programme import Programme as LaidDown
from rules.sharing import Switch, Thing, Verdict, is_honoured, preview_switches
from rules.tiers import Tier as Tier

__all__ = [
    "LaidDown",
    "Tier",
    "find_common_article",
    "find_common_price",
    "list_honoured",
    "preview_sharing",
]


def preview_sharing(before: Programme, after: Programme) -> list[Switch]:
    """Which of the programme's things begin or end to be honoured, and where."""
    return preview_switches(before.sharing, after.sharing, [*_list_things(before), *_list_things(after)])


def list_honoured(programme: Programme, where: str) -> list[tuple[Thing, Verdict]]:
    """Each of the programme's things, and whether it is honoured at a place."""
    return [(thing, is_honoured(programme.sharing, thing, where)) for thing in _list_things(programme)]


def find_common_price(programme: Programme, sku: str, where: str) -> int | None:
    """What an article costs at a place in fen, if a price list says so."""
    return find_price(programme.benefits.price_lists.values(), sku, where)


def find_common_article(programme: Programme, code: str, where: str) -> str | None:
    """The SKU that a common code stands for at a place, if a code list says so."""
    return find_article(programme.benefits.code_lists.values(), code, where)


def _list_things(programme: Programme) -> list[Thing]:
    return [
        *(Thing("asset", name) for name in programme.assets),
        *(Thing("tier", tier.name) for tier in programme.tiers.ladder[1:]),
        *(Thing("coupon", name) for name in programme.benefits.coupons),
    ]
