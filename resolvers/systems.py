"""Connected systems in GraphQL, and up to when the hub knows what each of them says."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final, Self

import strawberry

from graph.sources import Source
from hub.core.access import Scope
from hub.core.model import System as Name
from resolvers.access import opened_by
from resolvers.context import Context
from resolvers.global_ids import Kind, Node, write_global_id
from resolvers.scalars import Instant, write_instant

# As `{ systems { watermark { observedAt } } }` counts.
_FRESHNESS_COST: Final = 2


@opened_by(Scope.PERSON_READ)
@strawberry.type(description="Up to when the hub knows what a system says. / 某系统数据的水位线。")
class Watermark:
    observed_at: Instant | None = strawberry.field(
        description="The newest instant that its completely imported files speak of; a file without instants speaks of "
        "when it was first seen; null before there is one. / "
        "已完整导入文件中的最新时间；文件无时间列时为首次读取时间；尚无则为空。"
    )
    received_at: Instant | None = strawberry.field(
        description="When the hub stored something of it last. / 最近一次入库时间。"
    )
    lag_seconds: int | None = strawberry.field(
        description="How long ago `observedAt` was, in seconds; never below 0. / `observedAt` 距今的秒数，不小于 0。"
    )

    @classmethod
    def of(cls, source: Source, now_ms: int) -> Self:
        """The watermark as it is shown at an instant."""
        return cls(
            observed_at=None if source.watermark_ms is None else Instant(source.watermark_ms),
            received_at=None if source.received_ms is None else Instant(source.received_ms),
            lag_seconds=_lag(source, now_ms),
        )


@opened_by(Scope.PERSON_READ, id=Scope.PERSON_READ)
@strawberry.type(description="A connected system whose data is imported. / 已接入并导入数据的系统。")
class System(Node):
    name: str = strawberry.field(description="As records and orders name it: tmall:flagship. / 系统名称。")
    kind: str = strawberry.field(description="What sort of system it is: tmall. / 系统类型。")
    watermark: Watermark = strawberry.field(description="Up to when its data is there. / 数据水位线。")

    @classmethod
    def of(cls, source: Source, now_ms: int) -> Self:
        """The system as it is shown at an instant."""
        return cls(
            id=write_global_id(Kind.SYSTEM, source.system),
            name=source.system,
            kind=Name(source.system).kind,
            watermark=Watermark.of(source, now_ms),
        )


async def list_systems(context: Context) -> list[System]:
    """All systems, by name."""
    return [System.of(one, context.now_ms) for one in await context.loaders.list_sources()]


async def find_system(context: Context, key: str) -> System | None:
    """The system of a name; None where nothing of it was imported."""
    return next((one for one in await list_systems(context) if one.name == key), None)


@dataclass(slots=True)
class Freshness:
    """What an answer says in its `extensions` of the watermarks of all systems.

    Attributes:
        told: a map a system, by name; None before it was read.
    """

    told: list[dict[str, Any]] | None = None

    async def read(self, context: Context) -> None:
        """Read it once, at the cost of `systems`; raises Forbidden for who may not ask for those, and Throttled."""
        if self.told is None:
            context.grant.require(Scope.PERSON_READ)
            context.meter.add(_FRESHNESS_COST)
            self.told = await _tell_freshness(context)


async def _tell_freshness(context: Context) -> list[dict[str, Any]]:
    return [
        {
            "system": one.system,
            "observedAt": None if one.watermark_ms is None else write_instant(one.watermark_ms),
            "receivedAt": None if one.received_ms is None else write_instant(one.received_ms),
            "lagSeconds": _lag(one, context.now_ms),
        }
        for one in await context.loaders.list_sources()
    ]


def _lag(source: Source, now_ms: int) -> int | None:
    return None if source.watermark_ms is None else max(0, now_ms - source.watermark_ms) // 1000
