"""A programme at work on orders: its versions, and who its buyers are."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeAlias
from zoneinfo import ZoneInfo

from graph.database import Graph
from hub.core.order_points import OrderPoints
from hub.services.membership.tiers_held import TiersHeld
from hub.services.programme.dry_run import FindStandings, Standing, StandingOf
from hub.services.programme.reading import parse_programme
from hub.services.programme.shipped import DEFAULT_NAME
from hub.services.programme.versions import load_programme, load_text
from rules.programme import Programme

LoadVersion: TypeAlias = Callable[[int], Awaitable[Programme]]


async def know_nobody(_: Sequence[str]) -> StandingOf:
    """Standings of members of whom nothing is known."""
    return lambda _person, _at_ms: Standing()


@dataclass(frozen=True, slots=True)
class Earner:
    """What has to be known to settle orders.

    Attributes:
        programme: in force, by which orders earn that have not earned yet.
        load_version: for an order that has earned by an earlier one, which stays the order's for good.
        find_standings: of members, by their persons' ids.
    """

    programme: Programme
    load_version: LoadVersion
    find_standings: FindStandings = know_nobody
    _versions: dict[int, Programme] = field(default_factory=dict[int, Programme])

    @property
    def may_limit_days(self) -> bool:
        """Whether any version of the programme may limit what a day earns."""
        return self.programme.version > 1 or self.programme.earning.most_per_day is not None

    async def earns_by(self, points: Mapping[str, OrderPoints]) -> Programme:
        """The programme in the version that is an order's, of which this was posted by programme."""
        known = points.get(self.programme.name)
        # An order without a basis was refused, and never worked out.
        return await self.at_version(known.version) if known is not None and known.basis else self.programme

    async def at_version(self, version: int) -> Programme:
        """The programme as it was in a version."""
        if version == self.programme.version:
            return self.programme
        if version not in self._versions:
            self._versions[version] = await self.load_version(version)
        return self._versions[version]


async def load_earner(graph: Graph, zone: ZoneInfo) -> Earner:
    """The programme `main` at work on its members; `zone` is the installation's. Raises as `load_programme`."""
    programme = await load_programme(graph, DEFAULT_NAME, zone)

    async def load_version(version: int) -> Programme:
        number, text = await load_text(graph, DEFAULT_NAME, version)
        return replace(parse_programme(text, zone), version=number)

    return Earner(programme, load_version, TiersHeld(graph, programme).find)
