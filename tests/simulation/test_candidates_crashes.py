"""Candidates under a seeded enemy: two runs at once, each of which dies before any statement and is begun again.

`HUB_SIMULATION_SEED` replays a run; without it a few fixed seeds are run.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import replace
from typing import Any, Final

import anyio
import orjson
import pytest

from graph.database import Graph
from graph.statement import Statement
from hub.core.model import CustomerEvent
from hub.services.candidates import Request, suggest, suggest_candidates
from hub.services.candidates.scoring import Scored, score_records
from hub.services.identity import Identity
from hub.services.replay import replay
from tests.simulation.asked import choose_seeds
from tests.simulation.shaky import ProcessDied, shaken
from tests.support.alike import HOME, others, wang
from tests.support.contents import empty, read_partition
from tests.support.stewardship import put, read_places

pytestmark = pytest.mark.anyio

SEEDS: Final = choose_seeds(2)
MOST_STATEMENTS: Final = 25
NAMES: Final = ("李小龙", "赵敏敏", "孙大圣", "周星星", "吴承恩", "郑成功")

_CASES: Final = Statement(
    "simulation.cases",
    "read",
    """
    MATCH (c:Case)
    RETURN c.kind AS kind, c.state AS state, c.sides AS sides, c.reasons AS reasons, c.score AS score,
           c.waterfall AS waterfall, size(c.history) AS told, [(c)-[:INVOLVES]->(r:Record) | r.key] AS involved
    """,
)
_DECISIONS: Final = Statement(
    "simulation.decisions",
    "read",
    "MATCH (d:Decision) RETURN d.kind AS kind, d.left AS left, d.right AS right, d.reason AS reason",
)


def list_alike() -> Iterator[CustomerEvent]:
    """Six pairs, and a large family, two of whom have a second record; the last four of it live elsewhere."""
    for number, name in enumerate(NAMES):
        born, home = f"196{number}-0{number + 1}-1{number}", f"长江路7{number}号9幢"
        for lane, system in enumerate(("pos", "erp")):
            phone = f"138{lane:04d}{number:04d}"
            yield wang(f"{system}|{number}", phone, name=name, birthday=born, address=home)
    for number in range(8):
        yield wang(f"pos|w{number}", f"1395000{number:04d}", address=HOME if number < 4 else f"解放路{number}号")
    for number in (0, 5):
        yield wang(f"erp|v{number}", f"1395000{number:04d}", city="杭州市")


async def run_to_its_end(graph: Graph, identity: Identity) -> None:
    """Begin again as often as it dies."""
    while True:
        try:
            await suggest_candidates(graph, identity, Request())
        except ProcessDied:
            continue
        return


async def read_state(graph: Graph) -> tuple[Any, ...]:
    """All that a run leaves, without what is drawn; each case as often as its history says that it was opened."""
    cases = sorted(repr({**row.data(), "involved": sorted(row["involved"])}) for row in await graph.read(_CASES))
    decisions = sorted(repr(row.data()) for row in await graph.read(_DECISIONS))
    return cases, decisions, await read_partition(graph)


async def count_asked(graph: Graph) -> int:
    """How many different two persons cases ask about."""
    places = await read_places(graph)
    asked = [orjson.loads(row["sides"]) for row in await graph.read(_CASES)]
    return len({frozenset(places[record] for side in sides for record in side) for sides in asked})


@pytest.mark.parametrize("link_above", [None, 0.9999])
async def test_two_runs_that_die_ask_what_one_run_asks(
    graph: Graph, identity: Identity, monkeypatch: pytest.MonkeyPatch, link_above: float | None
) -> None:
    own = identity.under(replace(identity.policy, link_above=link_above))
    events = [*list_alike(), *others()]
    await put(graph, own, *events)
    scored = await score_records(graph, own.policy, Request(), (), lambda *_: None)

    async def score_as_before(*_: object) -> Scored:
        return scored

    monkeypatch.setattr(suggest, "score_records", score_as_before)
    monkeypatch.setattr(suggest, "_PORTION", 3)
    await run_to_its_end(graph, own)
    expected = await read_state(graph)
    assert await count_asked(graph) == len(expected[0]) > 0, "about each two persons once"
    assert bool(expected[1]) is (link_above is not None)

    for seed in SEEDS:
        await empty(graph)
        await put(graph, own, *events)
        async with anyio.create_task_group() as runs:
            for chooser in map(random.Random, (seed, -seed - 1)):
                runs.start_soon(run_to_its_end, shaken(graph, chooser, most_statements=MOST_STATEMENTS), own)

        assert await read_state(graph) == expected
        assert (await replay(graph, own.policy)).equal
