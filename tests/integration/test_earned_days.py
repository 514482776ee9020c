"""What was earned, kept by day: a tier by points reads a row a day, and never what was not earned."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import pytest

from graph.database import Graph, Transaction, count_statements
from graph.migrations import migrate
from graph.statement import Statement
from hub.core.ledger import Operation
from hub.core.model import DAY_MS
from hub.services.identity import Identity
from hub.services.ledger.earning import adjust, earn_amount
from hub.services.ledger.reversing import reverse_earning
from hub.services.ledger.verify import verify_ledger
from hub.services.membership.show import show_membership
from rules.tiers import Qualification, Tier, Tiers
from tests.support.events import PHONES
from tests.support.ledger import NOW
from tests.support.membership import TIERED, Club

pytestmark = pytest.mark.anyio

POS: Final = "pos|p1"
BY_POINTS: Final = replace(TIERED, tiers=Tiers((Tier("member"), Tier("silver", (Qualification("points", 100),)))))
_DAYS: Final = Statement("tests.days", "read", "MATCH (d:EarnedDay) RETURN d.key AS key ORDER BY key")
_FORGET: Final = Statement("tests.forget_days", "write", "MATCH (d:EarnedDay) DETACH DELETE d")
_FORGET_MIGRATION: Final = Statement("tests.forget_13", "write", "MATCH (m:Migration {number: 13}) DELETE m")


@pytest.fixture
async def club(graph: Graph, identity: Identity) -> Club:
    club = Club(graph, identity)
    await club.add(POS, PHONES[0])
    return club


async def earn(club: Club, amount: int, earned_ms: int) -> Operation:
    call, at = club.call(), {"earned_ms": earned_ms, "now_ms": NOW}
    return await earn_amount(club.graph, BY_POINTS, call, record=POS, asset="points", amount=amount, **at)


async def test_a_tier_by_points_reads_a_row_a_day_however_often_somebody_earned(club: Club) -> None:
    history = [(NOW - DAY_MS // 2 - (number % 3) * DAY_MS + number, 4 + number) for number in range(24)]
    done = [await earn(club, amount, at_ms) for at_ms, amount in history]
    with count_statements() as counted:
        found = await show_membership(club.graph, BY_POINTS, done[0].person, now_ms=NOW)

    assert len(await club.graph.read(_DAYS)) == 3
    assert counted.by_name["earned_days.fetch"] == 1
    assert counted.total == 3
    # 6, 9, 12, 15, 18, 21, 24 and 27 were earned first of all: the seventh makes it a hundred and more.
    assert [one.from_ms for one in found.tier.stays if one.tier == "silver"] == [NOW - DAY_MS // 2 - 2 * DAY_MS + 20]


async def test_only_what_was_earned_counts_also_in_a_graph_from_before_there_were_days(club: Club) -> None:
    first = await earn(club, 60, NOW - 9 * DAY_MS)
    given = await adjust(club.graph, BY_POINTS, club.call(), record=POS, asset="points", amount=70, now_ms=NOW)
    for original in (first, given):
        await reverse_earning(club.graph, BY_POINTS, club.call(), original=original.key, amount=20, now_ms=NOW)
    person, graph = first.person, club.graph

    async def read() -> int:
        assert not (await verify_ledger(graph, now_ms=NOW)).wrong
        shown = await show_membership(graph, BY_POINTS, person, now_ms=NOW)
        [progress] = shown.tier.progress
        return progress.have

    assert await read() == 40
    for statement in (_FORGET, _FORGET_MIGRATION):
        await graph.write(_run, statement)
    assert (await verify_ledger(graph, now_ms=NOW)).faults == 1
    await migrate(graph)
    assert await read() == 40


async def _run(tx: Transaction, statement: Statement) -> None:
    await tx.run(statement)
