"""Conditions on persons that no index holds, because time alone changes them: their tier, and what they can spend."""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence

import strawberry
from strawberry import UNSET

from hub.core.access import Scope
from hub.core.errors import InvalidInput
from hub.core.nearest import suggest_nearest
from hub.services.ledger.balance import add_up_all
from hub.services.ledger.programmes import Programme
from hub.services.ledger.request import find_asset
from resolvers.context import Context
from resolvers.keys import MemberKey
from resolvers.membership.membership import show_as_of
from resolvers.scalars import Amount


@strawberry.input(
    name="TierFilter",
    description="Which tier somebody has now; needs `membership:read`. / 当前等级条件，需 `membership:read`。",
)
class TierFilter:
    programme: str = strawberry.field(description="In this programme. / 会员计划。")
    tiers: list[str] = strawberry.field(description="One of these. / 等级，满足其一即可。")


@strawberry.input(
    name="BalanceFilter",
    description="What somebody can spend now, `available` of their balance; needs `points:read`. / "
    "当前可用余额条件，需 `points:read`。",
)
class BalanceFilter:
    programme: str = strawberry.field(description="In this programme. / 会员计划。")
    asset: str = strawberry.field(default="points", description="Of this asset. / 资产。")
    least: Amount | None = strawberry.field(default=UNSET, description="No less than this. / 下限（含）。")
    most: Amount | None = strawberry.field(default=UNSET, description="No more than this. / 上限（含）。")


async def find_in_tiers(context: Context, where: TierFilter, persons: Sequence[str]) -> Collection[str]:
    """Those of living persons who have one of the tiers; one statement, and a walk for each person."""
    programme = context.programmes.get(where.programme)
    keys = [MemberKey.of(programme, one) for one in persons]
    found: set[str] = set()
    for key, member in zip(keys, await context.loaders.members.load_all(keys), strict=True):
        stay = member and show_as_of(context, key, member, context.now_ms).tier()
        if stay and stay.tier in where.tiers:
            found.add(key.person)
    return found


async def find_who_can_spend(context: Context, where: BalanceFilter, persons: Sequence[str]) -> Collection[str]:
    """Those of living persons whose balance lies between the two amounts; one statement."""
    least, most = _read_bounds(where)
    found: set[str] = set()
    for person, held in zip(persons, await context.loaders.accounts.load_all(persons), strict=True):
        balances = add_up_all(context.programmes, held.accounts, now_ms=context.now_ms) if held else []
        for one in balances:
            if (one.programme, one.asset) == (where.programme, where.asset) and least <= one.available <= most:
                found.add(person)
    return found


def check_tiers(context: Context, where: TierFilter) -> None:
    """Raises Forbidden where the grant does not open it, and InvalidInput for tiers that the programme has not."""
    context.grant.require(Scope.MEMBERSHIP_READ)
    programme = context.programmes.get(where.programme)
    if not where.tiers:
        raise InvalidInput("Name one tier or several.")
    for name in where.tiers:
        if not _has_tier(programme, name):
            known = [tier.name for tier in programme.tiers.ladder]
            raise InvalidInput(
                f"The programme {programme.name} has no tier {name[:50]!r}{suggest_nearest(name, known)}. "
                f"Tiers: {', '.join(known)}."
            )


def check_balance(context: Context, where: BalanceFilter) -> None:
    """Raises Forbidden where the grant does not open it, and InvalidInput for what cannot be."""
    context.grant.require(Scope.POINTS_READ)
    find_asset(context.programmes.get(where.programme), where.asset)
    least, most = _read_bounds(where)
    if (least, most) == (-math.inf, math.inf):
        raise InvalidInput("Say `least`, `most` or both.")
    if least > most:
        raise InvalidInput("`least` is more than `most`: nobody can have that.")


def _has_tier(programme: Programme, name: str) -> bool:
    return any(edition.tiers.rank(name) is not None for edition in programme.editions)


def _read_bounds(where: BalanceFilter) -> tuple[float, float]:
    least, most = where.least, where.most
    return (
        -math.inf if least is None or least is UNSET else least,
        math.inf if most is None or most is UNSET else most,
    )
