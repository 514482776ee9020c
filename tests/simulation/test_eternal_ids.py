"""Ids are for ever: random merges, splits and erasures, and every id is asked for after each of them.

A step is a batch of statements (rebinds, late ones, new customers, people who come back after their erasure), a
decision, a withdrawal or an erasure. `HUB_SIMULATION_SEED` replays a run, `HUB_SIMULATION_STEPS` makes it longer.
"""

from __future__ import annotations

import os
import random
from dataclasses import dataclass, field
from typing import Final

import pytest

from graph.database import Graph
from graph.decisions import Decision
from graph.statement import Statement
from hub.core.errors import Conflict, Erased
from hub.core.model import CustomerEvent
from hub.services.check_persons import check_slice
from hub.services.decisions import make_decision, request_link, withdraw_decision
from hub.services.find_person import PersonFinder
from hub.services.identity import Identity
from hub.services.personal_data.erase import erase_person
from hub.services.replay import replay
from tests.simulation.asked import choose_seeds
from tests.support.stewardship import put, read_births, said

pytestmark = [pytest.mark.anyio, pytest.mark.timeout(0)]

SEEDS: Final = choose_seeds(2)
STEPS: Final = int(os.environ.get("HUB_SIMULATION_STEPS") or 50)
STATEMENTS: Final = 20
CUSTOMERS: Final = 96
NEIGHBOURHOODS: Final = 12
"""Customers of one neighbourhood share phones and accounts with each other, so that components stay of a size."""

START_MS: Final = 1_700_000_000_000
SYSTEMS: Final = ("pos", "wechat:mini", "tmall:flagship")
NAMES: Final = ("王小明", "Wang Xiaoming", "王芳", "李静")

_ANSWERS: Final = Statement(
    "simulation.answers",
    "read",
    """
    MATCH (r:Record)
    RETURN r.birth_id AS id, r.erased_ms IS NOT NULL AS erased, [(r)-[:OF]->(p:Person) | p.id] AS persons
    """,
)


@dataclass(slots=True)
class World:
    """What was done so far: every id ever given out, those that were erased, and until when."""

    graph: Graph
    identity: Identity
    chooser: random.Random
    given_out: set[str] = field(default_factory=set)
    erased: set[str] = field(default_factory=set)
    erased_ms: int = 0
    live: list[Decision] = field(default_factory=list)
    done: dict[str, int] = field(default_factory=dict)

    async def take_a_step(self, step: int) -> None:
        draw = self.chooser.random()
        if draw < 0.45 or not self.given_out:
            await self._state(step)
        elif draw < 0.72:
            await self._decide()
        elif draw < 0.88:
            await self._withdraw()
        else:
            await self._erase()
        self.given_out |= set((await read_births(self.graph)).values())

    async def _state(self, step: int) -> None:
        await put(self.graph, self.identity, *(self._make_statement(step) for _ in range(STATEMENTS)))
        self._count("statement", STATEMENTS)

    def _make_statement(self, step: int) -> CustomerEvent:
        number = self.chooser.randrange(CUSTOMERS)
        at = START_MS + 1000 * max(0, step - self.chooser.choice((0, 0, 0, 5)))
        if self.erased_ms and self.chooser.random() < 0.1:
            at = self.erased_ms + step  # whoever comes back after an erasure is a new customer
        place = number % NEIGHBOURHOODS
        stated = [("phone", f"1380000{place:02d}{self.chooser.randrange(4):02d}")]
        if self.chooser.random() < 0.4:
            stated.append(("unionid", f"u{place}-{self.chooser.randrange(3)}"))
        profile = {"name": self.chooser.choice(NAMES)} if self.chooser.random() < 0.3 else {}
        return said(f"{SYSTEMS[number % 3]}|c{number}", *stated, at=at, **profile)

    async def _decide(self) -> None:
        records = sorted(await read_births(self.graph))
        left = self.chooser.choice(records)
        near = [one for one in records if one != left and _place(one) == _place(left)]
        if not near:
            return
        apart = self.chooser.random() < 0.5
        request = request_link(left, self.chooser.choice(near), apart=apart, author="li", reason="asked them")
        try:
            made = await make_decision(self.graph, self.identity, request)
        except Conflict:
            return
        self.live += [made] if made.id not in {one.id for one in self.live} else []
        self._count("decision")

    async def _withdraw(self) -> None:
        if self.live:
            decision = self.live.pop(self.chooser.randrange(len(self.live)))
            await withdraw_decision(self.graph, self.identity, decision.id, "wang", "it was wrong")
            self._count("withdrawal")

    async def _erase(self) -> None:
        done = await erase_person(
            self.graph,
            self.identity,
            self.chooser.choice(sorted(self.given_out)),
            requested_by="the person",
            reason="article 47",
        )
        self.erased |= set(done.ids)
        self.erased_ms = max(self.erased_ms, done.receipt.at_ms)
        self._count("erasure", not done.before)

    async def check_every_id(self) -> None:
        """Each answers by exactly one living person, who has an older id or this one, or is erased."""
        answers = {row["id"]: row for row in await self.graph.read(_ANSWERS)}
        assert answers.keys() == self.given_out
        for person_id, row in answers.items():
            assert row["erased"] == (person_id in self.erased)
            assert len(row["persons"]) == (0 if row["erased"] else 1)
            assert all(person <= person_id and person not in self.erased for person in row["persons"])

    async def ask_for_every_id(self) -> None:
        """The same as `check_every_id`, by the way that every caller takes."""
        finder = PersonFinder(self.graph, self.identity)
        for person_id in sorted(self.given_out):
            if person_id in self.erased:
                with pytest.raises(Erased):
                    await finder.find_by_id(person_id)
                continue
            found = await finder.find_by_id(person_id)
            assert found is not None
            assert await finder.find_by_id(found) == found

    def _count(self, what: str, times: int = 1) -> None:
        self.done[what] = self.done.get(what, 0) + times


def _place(record: str) -> int:
    return int(record.rpartition("|c")[2]) % NEIGHBOURHOODS


@pytest.mark.parametrize("seed", SEEDS)
async def test_every_id_ever_given_out_answers_for_one_person_or_erased(
    graph: Graph, identity: Identity, seed: int
) -> None:
    world = World(graph, identity, random.Random(seed))

    for step in range(STEPS):
        await world.take_a_step(step)
        await world.check_every_id()

    await world.ask_for_every_id()
    assert (await replay(graph, identity.policy)).equal
    assert (await check_slice(graph, identity.policy)).wrong == ()
    assert set(world.done) == {"statement", "decision", "withdrawal", "erasure"}, world.done
    print(f"seed {seed}: {world.done}, {len(world.given_out)} ids given out, {len(world.erased)} of them erased")
