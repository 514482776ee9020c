"""What records held before the hub, from files of customers."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import aclosing
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from connectors.files.mapping import parse_mapping
from graph.counting import count_statements
from graph.database import Graph
from hub.core.clock import now_ms
from hub.core.errors import InvalidInput
from hub.core.ledger import FOREVER_MS
from hub.core.model import System
from hub.services.bulk import bulk_load
from hub.services.identity import Identity
from hub.services.import_file import ImportRequest, ImportSummary, import_file
from hub.services.ledger.balance import get_holdings
from hub.services.ledger.history import fetch_history
from hub.services.ledger.request import Call
from hub.services.ledger.spending import spend_amount
from hub.services.ledger.verify import verify_ledger
from hub.services.personal_data.erase import erase_person
from hub.services.programme.shipped import shipped_programme
from tests.support.comparable import read_comparable
from tests.support.contents import empty, read_everything
from tests.support.events import PHONES
from tests.support.file_tables import write_csv
from tests.support.stewardship import read_births

pytestmark = pytest.mark.anyio

ZONE = "Asia/Shanghai"
PROGRAMME = shipped_programme(ZoneInfo(ZONE))
COLUMNS = ("id", "phone", "at", "points", "until", "value")
PLAIN = """
version: 1
kind: customers
external_id: id
observed_at: at
identifiers: [{type: phone, column: phone}]
"""
MAPPING = parse_mapping(
    PLAIN
    + """
balances:
  points: {column: points, unit: point, last_day: until}
  stored_value: {column: value, unit: yuan}
"""
)
ROWS = [("c1", PHONES[0], "2026-01-02", "1,200", "2099-12-31", "¥88.50"), ("c2", PHONES[1], "2026-01-02", "", "", "0")]


class Shop:
    """A graph that is given files of the system `pos`."""

    def __init__(self, graph: Graph, identity: Identity, folder: Path) -> None:
        self.graph = graph
        self.identity = identity
        self._folder = folder
        self._files = 0

    def write(self, *rows: Sequence[str]) -> ImportRequest:
        """A file of its own name with these rows."""
        self._files += 1
        return ImportRequest(write_csv(self._folder / f"{self._files}.csv", COLUMNS, rows), System("pos"), MAPPING)

    async def import_rows(self, *rows: Sequence[str], bulk: bool = False) -> ImportSummary:
        """A file of these rows, imported."""
        request = self.write(*rows)
        if not bulk:
            return await import_file(self.graph, self.identity, request, timezone=ZONE)
        [summary] = await self.load(request)
        return summary

    async def load(self, *requests: ImportRequest) -> list[ImportSummary]:
        """Files in bulk."""
        loaded = bulk_load(self.graph, self.identity, requests, timezone=ZONE, begin=lambda _: lambda *_: None)
        async with aclosing(loaded) as summaries:
            return [one async for one in summaries]

    async def read(self, record: str = "c1") -> tuple[int, int]:
        """What can be spent: points, and stored value in fen."""
        holdings = await get_holdings(self.graph, PROGRAMME, await self.birth(record), now_ms=now_ms())
        return holdings.balances[0].available, holdings.balances[1].available

    async def entries(self, asset: str = "points") -> list[tuple[str, int]]:
        """Kind and amount of the first record's entries, newest first."""
        history = await fetch_history(self.graph, PROGRAMME, await self.birth("c1"), asset)
        return [(one.entry.kind.value, one.entry.amount) for one in history.entries]

    async def birth(self, record: str) -> str:
        """The id that a record brought."""
        return (await read_births(self.graph))[f"pos|{record}"]

    async def spend(self, amount: int, asset: str = "points") -> None:
        """Spend of the first record's person."""
        call, person = Call("test", f"spend-{amount}"), await self.birth("c1")
        await spend_amount(self.graph, PROGRAMME, call, person=person, asset=asset, amount=amount, now_ms=now_ms())


async def read_ledger(graph: Graph) -> list[str]:
    """Everything that is stored of the ledger."""
    kinds = ("['Account']", "['Lot']", "['Entry']", "['Operation']")
    return [
        line for line in await read_everything(graph) if line.startswith(tuple(f"{{labels: {kind}" for kind in kinds))
    ]


@pytest.fixture
def shop(graph: Graph, identity: Identity, tmp_path: Path) -> Shop:
    return Shop(graph, identity, tmp_path)


def state(points: str = "", value: str = "", at: str = "2026-01-02", until: str = "") -> tuple[str, ...]:
    return "c1", PHONES[0], at, points, until, value


@pytest.mark.parametrize("bulk", [False, True])
async def test_a_file_of_customers_opens_the_balances_that_it_states(shop: Shop, bulk: bool) -> None:
    summary = await shop.import_rows(*ROWS, bulk=bulk)

    assert (summary.accepted, summary.changed_records, summary.changed_balances) == (2, 2, 2)
    assert await shop.read("c1") == (1_200, 8_850)
    assert await shop.read("c2") == (0, 0)
    [opened] = (await fetch_history(shop.graph, PROGRAMME, await shop.birth("c1"), "points")).entries
    assert (opened.entry.kind.value, opened.author, opened.reason) == ("opening", "import", "1200 is stated")
    assert opened.cause.startswith("file:")
    assert opened.entry.opened[0].expires_ms == 4_102_416_000_000  # the midnight after 2099-12-31 in Shanghai
    proof = await verify_ledger(shop.graph, now_ms=now_ms())
    assert (proof.faults, proof.accounts) == (0, 2)


@pytest.mark.parametrize("until", ["9999-12-31", "9999/12/31", "99991231"])
async def test_the_last_day_of_the_calendar_is_never(shop: Shop, until: str) -> None:
    summary = await shop.import_rows(state("100", until=until))

    assert summary.rejected == 0
    [opened] = (await fetch_history(shop.graph, PROGRAMME, await shop.birth("c1"), "points")).entries
    assert opened.entry.opened[0].expires_ms == FOREVER_MS


@pytest.mark.parametrize("bulk", [False, True])
async def test_the_same_file_again_changes_nothing(shop: Shop, bulk: bool) -> None:
    request = shop.write(*ROWS)
    await import_file(shop.graph, shop.identity, request, timezone=ZONE)
    before = await read_ledger(shop.graph)

    again = ImportRequest(request.path, request.system, MAPPING, again=True)
    await import_file(shop.graph, shop.identity, again, timezone=ZONE)
    await shop.import_rows(*ROWS[:1], bulk=bulk)

    assert await read_ledger(shop.graph) == before
    assert len(before) == 2 * 4


async def test_files_of_one_load_open_what_they_open_one_after_the_other(shop: Shop) -> None:
    requests = [shop.write(state("100"), *ROWS[1:]), shop.write(state("60", at="2026-03-01"))]

    summaries = await shop.load(*requests)

    assert [(one.changed_records, one.changed_balances) for one in summaries] == [(2, 1), (0, 1)]
    assert await shop.entries() == [("reverse", -40), ("opening", 100)]


async def test_a_load_leaves_the_ledger_that_imports_leave(shop: Shop) -> None:
    expired = ("c3", PHONES[2], "2026-01-02", "50", "2020-12-31", "1")
    requests = [shop.write(*ROWS, expired), shop.write(state("60", at="2026-03-01"), (*expired[:1], *ROWS[1][1:]))]
    for request in requests:
        await import_file(shop.graph, shop.identity, request, timezone=ZONE)
    expected = await read_comparable(shop.graph)
    await empty(shop.graph)

    await shop.load(*requests)

    assert await read_comparable(shop.graph) == expected
    assert not (await verify_ledger(shop.graph, now_ms=now_ms())).wrong


async def test_a_corrected_file_adjusts_the_difference(shop: Shop) -> None:
    await shop.import_rows(state("100", "5"))
    await shop.spend(30)

    raised = await shop.import_rows(state("120", "5"))
    assert (raised.changed_balances, await shop.read()) == (1, (90, 500))
    await shop.import_rows(state("80", "5"))

    assert await shop.read() == (50, 500)
    assert await shop.entries() == [
        *(("reverse", -20), ("reverse", -20), ("adjust", 20), ("spend", -30), ("opening", 100))
    ]
    assert not (await verify_ledger(shop.graph, now_ms=now_ms())).wrong


async def test_what_was_spent_meanwhile_is_owed_where_anyone_may_owe_and_else_let_go(shop: Shop) -> None:
    await shop.import_rows(state("100", "5"))
    await shop.spend(70)
    await shop.spend(400, "stored_value")

    await shop.import_rows(state("0", "0"))

    assert await shop.read() == (-70, 0)
    assert await shop.entries("stored_value") == [
        *(("forgive", 400), ("reverse", -500), ("spend", -400), ("opening", 500))
    ]
    assert not (await verify_ledger(shop.graph, now_ms=now_ms())).wrong


async def test_files_may_come_in_any_order_because_the_last_statement_counts(shop: Shop) -> None:
    await shop.import_rows(state("100", at="2026-03-01"))
    await shop.import_rows(state("70", at="2026-02-01"))
    assert await shop.read() == (100, 0)

    # The same amount later on makes what was stated in between an old one.
    await shop.import_rows(state("100", at="2026-05-01"))
    await shop.import_rows(state("7", at="2026-04-01"))

    assert await shop.entries() == [("opening", 100)]


async def test_a_record_that_stands_twice_in_a_file_has_the_balance_of_its_last_row(shop: Shop) -> None:
    await shop.import_rows(state("5", at="2026-02-01"), state("9", at="2026-01-01"), state("6", at="2026-02-01"))

    assert await shop.entries() == [("opening", 6)]


async def test_balances_that_cannot_be_reject_their_rows(shop: Shop) -> None:
    bad: list[tuple[str, dict[str, Any]]] = [
        ("points", {"points": "12.5"}),
        ("points", {"points": "-1"}),
        ("points", {"points": "viele"}),
        ("points", {"points": "9" * 30}),
        ("value", {"value": "1.234"}),
        ("value", {"value": "-0.01"}),
        ("value", {"value": "1e5"}),
        ("until", {"points": "1", "until": "2026-02-30"}),
    ]

    summary = await shop.import_rows(*(state(**cells) for _, cells in bad))

    assert (summary.accepted, summary.rejected) == (0, len(bad))
    assert summary.rejects is not None
    lines = summary.rejects.read_text(encoding="utf-8-sig").splitlines()[1:]
    for line, (column, _) in zip(lines, bad, strict=True):
        assert f",{column}," in line


@pytest.mark.parametrize(
    ("balances", "words"),
    [
        ("points: {column: points, unit: yuan}", "expected point"),
        ("stored_value: {column: value, unit: point}", "expected yuan or fen"),
        ("miles: {column: points, unit: point}", "no asset 'miles'"),
        ("points: {column: gone, unit: point}", "no column gone"),
    ],
)
async def test_a_mapping_that_fits_neither_programme_nor_file_is_refused_before_anything_is_written(
    shop: Shop, balances: str, words: str
) -> None:
    request = ImportRequest(shop.write(*ROWS).path, System("pos"), parse_mapping(f"{PLAIN}balances:\n  {balances}\n"))

    with pytest.raises(InvalidInput, match=words):
        await import_file(shop.graph, shop.identity, request, timezone=ZONE)

    assert not await read_births(shop.graph)


async def test_an_erased_record_gets_no_balance(shop: Shop) -> None:
    await shop.import_rows(state("100"))
    person = await shop.birth("c1")
    await erase_person(shop.graph, shop.identity, person, requested_by="test", reason="asked for")

    await shop.import_rows(state("900", at="2026-05-01"))

    assert (await verify_ledger(shop.graph, now_ms=now_ms())).totals["main", "points", "worth"] == 100


async def test_balances_cost_four_statements_a_batch_and_nothing_where_there_are_none(shop: Shop) -> None:
    many = [(f"m{number}", "", "2026-01-02", "7", "", "1") for number in range(300)]
    opening = ["openings.fetch", "openings.lock", "postings.write", "openings.note"]

    with count_statements() as counter:
        await shop.import_rows(*many)
    assert [name for name in counter.by_name.elements() if name.startswith(("openings.", "postings."))] == opening
    with count_statements() as counter:
        await shop.import_rows(*many[:299])
    assert counter.by_name["openings.fetch"] == 1
    assert counter.by_name["openings.lock"] == 0
    with count_statements() as counter:
        await shop.import_rows(*((*row[:3], "", "", "") for row in many))
    assert not [name for name in counter.by_name if name.startswith(("openings.", "postings."))]
