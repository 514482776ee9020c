"""Tiers that files of customers state."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import aclosing
from dataclasses import replace
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from connectors.files.mapping import parse_mapping
from graph.counting import count_statements
from graph.database import Graph
from hub.core.clock import now_ms
from hub.core.errors import InvalidInput
from hub.core.model import System
from hub.services.bulk import bulk_load
from hub.services.identity import Identity
from hub.services.import_file import ImportRequest, ImportSummary, import_file
from hub.services.ledger.request import Call
from hub.services.membership.show import show_membership
from hub.services.membership.tiers import cancel_any
from hub.services.programme.shipped import shipped_programme
from tests.support.contents import read_everything
from tests.support.events import PHONES
from tests.support.file_tables import write_csv
from tests.support.stewardship import read_births

pytestmark = pytest.mark.anyio

ZONE = "Asia/Shanghai"
PROGRAMME = shipped_programme(ZoneInfo(ZONE))
COLUMNS = ("id", "phone", "at", "level", "until")
TEXT = """
version: 1
kind: customers
external_id: id
observed_at: at
identifiers: [{type: phone, column: phone}]
tier: {column: level, values: {金卡: gold, 银卡: silver, 普卡: member}, last_day: until}
"""
ROWS = [("c1", PHONES[0], "2026-01-02", "金卡", "2099-12-31"), ("c2", PHONES[1], "2026-01-02", "", "")]


class Shop:
    """A graph that is given files of the system `pos`."""

    def __init__(self, graph: Graph, identity: Identity, folder: Path) -> None:
        self.graph = graph
        self.identity = identity
        self._folder = folder
        self._files = 0

    def write(self, *rows: Sequence[str], text: str = TEXT) -> ImportRequest:
        self._files += 1
        path = write_csv(self._folder / f"{self._files}.csv", COLUMNS, rows)
        return ImportRequest(path, System("pos"), parse_mapping(text))

    async def load(self, request: ImportRequest, *, bulk: bool = False) -> ImportSummary:
        if not bulk:
            return await import_file(self.graph, self.identity, request, timezone=ZONE)
        loaded = bulk_load(self.graph, self.identity, [request], timezone=ZONE, begin=lambda _: lambda *_: None)
        async with aclosing(loaded) as summaries:
            [summary] = [one async for one in summaries]
        return summary

    async def tell(self, at: str, level: str, until: str = "") -> int:
        """A file with one row; gives how many tiers it changed."""
        return (await self.load(self.write(("c1", PHONES[0], at, level, until)))).changed_tiers

    async def history(self, record: str = "c1") -> list[tuple[str, str]]:
        """The person's tiers, with why."""
        person = (await read_births(self.graph))[f"pos|{record}"]
        found = await show_membership(self.graph, PROGRAMME, person, now_ms=now_ms())
        return [(stay.tier, stay.why) for stay in found.tier.stays]


@pytest.fixture
def shop(graph: Graph, identity: Identity, tmp_path: Path) -> Shop:
    return Shop(graph, identity, tmp_path)


@pytest.mark.parametrize("bulk", [False, True])
async def test_a_file_of_customers_grants_the_tiers_that_it_states_once(shop: Shop, bulk: bool) -> None:
    request = shop.write(*ROWS)
    done = await shop.load(request, bulk=bulk)
    before = [text for text in await read_everything(shop.graph) if "Import" not in text]
    again = await shop.load(replace(request, again=True), bulk=bulk)

    assert (done.changed_tiers, again.changed_tiers) == (1, 0)
    assert await shop.history() == [("gold", "granted")]
    assert await shop.history("c2") == [("member", "joined")]
    assert [text for text in await read_everything(shop.graph) if "Import" not in text] == before


async def test_the_last_statement_counts_in_whatever_order_files_come(shop: Shop) -> None:
    changed = [
        await shop.tell("2026-03-01", "金卡"),
        await shop.tell("2026-02-01", "银卡"),
        await shop.tell("2026-04-01", "银卡"),
        await shop.tell("2026-05-01", "普卡"),
    ]

    assert changed == [1, 0, 1, 1]
    assert await shop.history() == [("gold", "granted"), ("silver", "ended"), ("member", "ended")]


async def test_a_file_from_before_the_lowest_tier_was_stated_lifts_nobody(shop: Shop) -> None:
    changed = [
        await shop.tell("2026-03-01", "普卡"),
        await shop.tell("2026-02-01", "金卡"),
        await shop.tell("2026-04-01", "银卡"),
    ]

    assert changed == [0, 0, 1]
    assert [tier for tier, _ in await shop.history()] == ["silver"]


async def test_a_tier_that_was_ended_by_hand_is_not_brought_back_by_a_repeat(shop: Shop) -> None:
    request = shop.write(*ROWS)
    await shop.load(request)
    birth = (await read_births(shop.graph))["pos|c1"]
    call, grant = Call("test", "k"), f"import|tier|main|{birth}|1"
    await cancel_any(shop.graph, PROGRAMME, call, original=grant, now_ms=now_ms())

    again = await shop.load(replace(request, again=True))

    assert again.changed_tiers == 0
    assert (await shop.history())[-1] == ("member", "ended")


async def test_tiers_that_the_programme_has_not_are_refused(shop: Shop) -> None:
    plain = TEXT.replace(", values: {金卡: gold, 银卡: silver, 普卡: member}", "")
    rows = ("c1", PHONES[0], "2026-01-02", "gold", ""), ("c2", "", "", "gilt", "")
    mixed = await shop.load(shop.write(*rows, text=plain))

    assert (mixed.accepted, mixed.rejected, mixed.changed_tiers) == (1, 1, 1)
    with pytest.raises(InvalidInput, match="'gilt' is no tier of the programme main: expected member, silver"):
        await shop.load(shop.write(*ROWS, text=TEXT.replace("金卡: gold", "金卡: gilt")))


async def test_tiers_cost_few_statements_a_batch_and_one_where_nothing_is_new(shop: Shop) -> None:
    with count_statements() as first:
        await shop.load(shop.write(*ROWS))
    with count_statements() as second:
        await shop.load(shop.write(*ROWS, ("c3", PHONES[2], "2026-01-02", "", "")))

    names = ("fetch", "note", "note_none", "open")
    counts = [[one.by_name[f"stated_tiers.{name}"] for name in names] for one in (first, second)]
    assert counts == [[2, 0, 0, 1], [1, 0, 0, 0]]
