"""The floor of a first load: its own statement, with rows that were made before, and nothing else.

It reads no file, decides nothing and writes neither cases nor balances nor what portions share: the least time that a
server takes to store these persons, identifiers and claims.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import Final
from zoneinfo import ZoneInfo

import anyio

from bench.exported import read_facts
from graph.database import Graph
from hub.core.clock import now_ms
from hub.core.vault import Vault
from hub.services.bulk.pool import FactPool
from hub.services.bulk.prepare import Prepared, prepare_portion
from hub.services.bulk.store import create_persons
from hub.services.bulk.write import PORTION, WRITERS
from hub.services.identity import Identity
from hub.services.packed_facts import pack_fact
from hub.services.policy import DEFAULT_POLICY
from hub.services.programme.shipped import shipped_programme

_PROGRAMME: Final = shipped_programme(ZoneInfo("Asia/Shanghai"))


@dataclass(frozen=True, slots=True)
class Portions:
    """What `rows` rows of files come to."""

    rows: int
    prepared: tuple[Prepared, ...]


def prepare_files(folder: Path) -> Portions:
    """All customers of a folder that `generate` wrote, as a first load would write them."""
    pool = FactPool(DEFAULT_POLICY)
    for fact in read_facts(folder, Identity(Vault(bytes(32)), DEFAULT_POLICY, "CN")):
        pool.add(0, pack_fact(fact, DEFAULT_POLICY.links))
    pool.connect()
    return Portions(len(pool), tuple(_prepare(pool)))


def _prepare(pool: FactPool) -> Iterator[Prepared]:
    for portion in pool.portions(PORTION):
        if portion.whole:
            yield prepare_portion(DEFAULT_POLICY, _PROGRAMME, portion, now_ms=now_ms())


async def create_all(graph: Graph, portions: Portions) -> float:
    """Create them as many at a time as a load does; gives the seconds that it took."""
    waiting = iter(portions.prepared)
    started = perf_counter()
    async with anyio.create_task_group() as writers:
        for _ in range(WRITERS):
            writers.start_soon(_create_some, graph, waiting)
    return perf_counter() - started


async def _create_some(graph: Graph, waiting: Iterable[Prepared]) -> None:
    for prepared in waiting:
        await graph.write(create_persons, prepared)
