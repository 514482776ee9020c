"""Tiers as they are kept for those who work through many orders."""

from __future__ import annotations

import pytest

from graph.counting import count_statements
from graph.database import Graph
from hub.services.identity import Identity
from hub.services.membership.tiers import grant_tier
from hub.services.membership.tiers_held import TiersHeld
from hub.services.programme.dry_run import Standing
from tests.support.events import PHONES
from tests.support.membership import TIERED, Club

pytestmark = pytest.mark.anyio


async def test_what_one_asked_for_stays_when_another_needs_the_room(graph: Graph, identity: Identity) -> None:
    club = Club(graph, identity)
    persons = [await club.add(f"pos|p{place}", PHONES[place]) for place in range(3)]
    for person in persons:
        await grant_tier(graph, TIERED, club.call(), person=person, tier="gold", to_ms=None, now_ms=club.at(-5))
    clock = [club.now_ms]
    held = TiersHeld(graph, TIERED, clock=lambda: clock[0], most_kept=2)

    first = await held.find(persons[:2])
    second = await held.find([persons[2], "nobody"])

    assert [first(person, club.now_ms).tier for person in persons[:2]] == ["gold", "gold"]
    assert second(persons[2], club.now_ms).tier == "gold"
    assert second("nobody", club.now_ms) == Standing()
    with count_statements() as counter:
        await held.find([persons[2]])
        clock[0] += 60_000
        await held.find([persons[2]])
    assert counter.total == 1
