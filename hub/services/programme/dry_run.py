"""A dry run: what a new version of a programme would have given for the orders of the last days, and to whom, and whose
tier it would change.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Final, NamedTuple, TypeAlias, cast
from zoneinfo import ZoneInfo

from graph import persons
from graph.counts import fetch_counts
from graph.database import Graph
from graph.purchases import Purchase, fetch_purchases
from hub.core.model import DAY_MS
from hub.services.apart import Bounds, Progress, work_apart
from hub.services.golden import find_birthday
from hub.services.membership import facts
from hub.services.programme.effects import Bought, Effects, Member, add_up_effects
from hub.services.programme.reading import parse_programme
from hub.services.programme.tier_effects import TierEffects
from hub.services.programme.trying import check_programme
from hub.services.programme.versions import find_in_force
from rules.earning import Buyer, PaidLine, PaidOrder, see_buyer
from rules.programme import Programme
from rules.tiers import History, Tiers


class Standing(NamedTuple):
    """A member's tier at an instant, and since when they are one; None where that is not known."""

    tier: str | None = None
    joined_ms: int | None = None


StandingOf: TypeAlias = Callable[[str, int], Standing]
"""A person's standing, by id, at an instant."""

FindStandings: TypeAlias = Callable[[Sequence[str]], Awaitable[StandingOf]]
"""Makes ready the standings of some persons."""

_PAID: Final = ("paid", "shipped", "received", "exchanged")
_PAGE: Final = 500
_BOUNDS: Final = Bounds(seconds=24 * 3600, memory_bytes=2 << 30)


@dataclass(frozen=True, slots=True)
class DryRun:
    """What a dry run found; `in_force` is the version that the new one was compared with, None where none is."""

    programme: Programme
    in_force: int | None
    effects: Effects

    def cost_fen(self, points: int) -> int | None:
        """What so many points cost by the new version's worth, rounded down; None where that is not reckoned."""
        worth = self.programme.assets["points"].worth
        return None if worth is None else points * worth.fen // worth.amount


class _Page(NamedTuple):
    """What some persons bought in the last days; their whole memberships where tiers change."""

    bought: list[Member]
    members: list[facts.Member]


class _Asked(NamedTuple):
    """The task of the child: the texts of two versions, the installation's zone, now."""

    before: str | None
    after: str
    zone: str
    now_ms: int


async def _unknown(_persons: Sequence[str]) -> StandingOf:
    return lambda _person, _at_ms: Standing()


async def run_dry(
    graph: Graph,
    text: str,
    zone: ZoneInfo,
    *,
    days: int,
    now_ms: int,
    name: str = "programme",
    find_standings: FindStandings = _unknown,
    progress: Progress = lambda *_: None,
) -> DryRun:
    """Work out all orders of the last days by the version in force and by a new one; writes nothing.

    Orders count that are paid and neither closed nor refunded, of living persons; the instant is that of the order.
    Each version is given the tiers that buyers had by it, which are worked out by all that they ever bought; what they
    bought is read only where the version changes tiers, and `find_standings` tells those of the version in force.
    A child process does the arithmetic, while this one reads page by page.

    Raises:
        InvalidInput: the document is not valid, or an example fails.
        ChildEnded: the child was killed.
    """
    programme, _ = await check_programme(text, zone, name=name)
    in_force = await find_in_force(graph, programme.name)
    task = _Asked(in_force and in_force[1], text, zone.key, now_ms)
    old, new = _parse_both(task)
    reading = None if (old.tiers, old.zone) == (new.tiers, new.zone) else max(old, new, key=_counts_points)
    pages = _stream(graph, reading, now_ms - days * DAY_MS, now_ms, find_standings, progress)
    effects = cast(Effects, await work_apart(_compare, task, pages, bounds=_BOUNDS))
    return DryRun(programme, in_force and in_force[0], effects)


async def _stream(
    graph: Graph,
    reading: Programme | None,
    from_ms: int,
    to_ms: int,
    find_standings: FindStandings,
    progress: Progress,
) -> AsyncIterator[_Page]:
    total, done, after = (await fetch_counts(graph)).persons, 0, ""
    while ids := await persons.fetch_page(graph, after=after, limit=_PAGE):
        purchases = await fetch_purchases(graph, ids, from_ms=from_ms, to_ms=to_ms, statuses=_PAID)
        members = [] if reading is None else await facts.fetch_members(graph, reading, ids)
        if purchases or members:
            yield _Page(await _to_members(purchases, find_standings), members)
        after, done = ids[-1], done + len(ids)
        progress("members", done, max(done, total))


async def _to_members(purchases: Sequence[Purchase], find_standings: FindStandings) -> list[Member]:
    standing_of = await find_standings(list(dict.fromkeys(one.person for one in purchases)))
    return [
        (person, tuple(_to_bought(one, standing_of(person, one.placed_ms)) for one in bought))
        for person, bought in groupby(purchases, key=lambda one: one.person)
    ]


def _to_bought(one: Purchase, standing: Standing) -> Bought:
    lines = tuple(PaidLine(*line) for line in one.lines)
    order = PaidOrder(one.system, one.order_id, one.store, one.placed_ms, one.amount_fen, lines)
    buyer = Buyer(standing.tier, standing.joined_ms, find_birthday(one.golden))
    return Bought(order, buyer, buyer)


def _parse_both(asked: _Asked) -> tuple[Programme, Programme]:
    """The version in force and the new one; a programme that there is not yet gives nothing, and has one tier."""
    zone = ZoneInfo(asked.zone)
    new = parse_programme(asked.after, zone)
    if asked.before is None:
        return replace(new, earning=type(new.earning)(), tiers=Tiers()), new
    return parse_programme(asked.before, zone), new


def _follow_tiers(one: Bought, history: History | None) -> Bought:
    """An order whose buyer has the tier just before it by the new version, if that has other tiers at all."""
    if history is None:
        return one
    return one._replace(buyer_after=replace(one.buyer, tier=history.tier_at(one.order.paid_ms - 1)))


def _see(old: Programme, new: Programme, one: Bought) -> Bought:
    """An order whose buyer has their tiers only where these are honoured."""
    before, after = see_buyer(old.sharing, one.buyer, one.order), see_buyer(new.sharing, one.buyer_after, one.order)
    return one._replace(buyer=before, buyer_after=after)


def _counts_points(programme: Programme) -> bool:
    return programme.count_points


def _compare(asked: _Asked, pages: Iterator[_Page], _progress: Progress) -> Effects:
    old, new = _parse_both(asked)
    tiers = TierEffects()

    def list_bought() -> Iterator[Member]:
        for page in pages:
            histories = {member.person: member.walk(new, asked.now_ms) for member in page.members}
            tiers.add(old, new, page.members, histories, asked.now_ms)
            for person, bought in page.bought:
                yield person, tuple(_see(old, new, _follow_tiers(one, histories.get(person))) for one in bought)

    effects = add_up_effects(old.earning, new.earning, (old.zone, new.zone), list_bought())
    return replace(effects, tiers=tiers)
