"""`hub import --bulk` leaves what an ordinary import of the same files leaves, whatever happens meanwhile."""

from __future__ import annotations

import random
from collections.abc import Sequence
from contextlib import aclosing
from dataclasses import replace
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import anyio
import pytest

from connectors.files.mapping import load_mapping, parse_mapping
from graph import bulk as created
from graph.database import Graph
from graph.unsettled import count_unsettled
from hub.core.errors import InvalidInput
from hub.core.model import CustomerEvent, RawIdentifier, RecordKey, System
from hub.core.settings import Settings
from hub.core.vault import Vault
from hub.demo.generate import generate
from hub.demo.manifest import read_manifest
from hub.services.bulk import bulk_load, check_load, load
from hub.services.bulk import write as write_module
from hub.services.cases import weigh_cases
from hub.services.facts import CustomerFact, state_customer
from hub.services.identity import Identity
from hub.services.import_facts import import_facts
from hub.services.import_file import ImportRequest, ImportSummary, Progress, import_file
from hub.services.imported_file import open_reader
from hub.services.ingest import apply_facts
from hub.services.personal_data.erase import erase_person
from hub.services.programme.shipped import shipped_programme
from hub.services.replay import replay
from hub.services.settle_large import settle_waiting
from tests.support.comparable import read_comparable
from tests.support.contents import empty, read_all_but_imports, read_everything, read_partition
from tests.support.stewardship import read_places

pytestmark = pytest.mark.anyio

ZONE = "Asia/Shanghai"
MAPPING = parse_mapping(
    """
    version: 1
    kind: customers
    external_id: id
    observed_at: at
    identifiers:
      - {type: phone, column: phone}
      - {type: masked_phone, column: masked}
      - {type: card, column: card, scope: shop}
    profile: {name: name}
    """,
    "test",
)


def export(folder: Path, *, seed: int, noise: float = 2.0, orders: bool = False) -> list[ImportRequest]:
    """Requests for the exports of some sixty people."""
    generate(folder, persons=60, seed=seed, noise=noise, orders=orders)
    return [
        ImportRequest(folder / file.path, System(file.system), load_mapping(folder / file.mapping))
        for file in read_manifest(folder).files
    ]


def write(path: Path, *rows: str, system: str = "pos") -> ImportRequest:
    """A request for customers of the columns id, phone, masked, card, name, at."""
    path.write_text("\n".join(["id,phone,masked,card,name,at", *rows, ""]), encoding="utf-8")
    return ImportRequest(path, System(system), MAPPING)


def ignore(_label: str) -> Progress:
    return lambda *_: None


async def bulk(
    graph: Graph, identity: Identity, requests: Sequence[ImportRequest], begin: load.Begin = ignore
) -> list[ImportSummary]:
    loaded = bulk_load(graph, identity, requests, timezone=ZONE, begin=begin)
    async with aclosing(loaded) as summaries:
        return [summary async for summary in summaries]


async def import_all(graph: Graph, identity: Identity, requests: Sequence[ImportRequest]) -> list[ImportSummary]:
    return [await import_file(graph, identity, request, timezone=ZONE) for request in requests]


async def compare(graph: Graph, identity: Identity) -> list[str]:
    """What the graph says once the background work is done, which everything in it follows from."""
    await settle_waiting(graph, identity.policy)
    await weigh_cases(graph)
    assert (await replay(graph, identity.policy)).equal
    return await read_comparable(graph)


async def expect(graph: Graph, identity: Identity, requests: Sequence[ImportRequest]) -> list[str]:
    """What ordinary imports leave; the graph is empty afterwards."""
    await import_all(graph, identity, requests)
    expected = await compare(graph, identity)
    await empty(graph)
    return expected


async def read_facts(identity: Identity, requests: Sequence[ImportRequest]) -> list[CustomerFact]:
    facts: list[CustomerFact] = []
    for request in requests:
        reader = await open_reader(request, identity, ZONE)
        facts += [fact for batch in reader.read(skip=0, default_ms=0) for fact in batch.customers]
        reader.source.close()
    return facts


@pytest.mark.parametrize(("seed", "noise"), [(1, 1.0), (2, 2.0), (3, 3.0)])
async def test_a_load_leaves_what_imports_leave_in_whatever_order(
    graph: Graph, identity: Identity, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seed: int, noise: float
) -> None:
    requests = export(tmp_path, seed=seed, noise=noise)
    expected = await expect(graph, identity, requests)
    monkeypatch.setattr(write_module, "PORTION", 1)

    random.Random(seed).shuffle(requests)
    await bulk(graph, identity, requests)

    assert await compare(graph, identity) == expected


async def test_a_load_leaves_exactly_what_one_transaction_would_leave(
    graph: Graph, identity: Identity, tmp_path: Path
) -> None:
    requests, programme = export(tmp_path, seed=4, noise=3.0), shipped_programme(ZoneInfo(ZONE))
    await graph.write(import_facts, identity, programme, await read_facts(identity, requests), ())
    expected = await read_comparable(graph, history=True)
    await empty(graph)

    await bulk(graph, identity, requests)

    loaded = await read_comparable(graph, history=True)
    assert [line for line in loaded if not line.startswith("Import ")] == expected
    assert any(line.startswith("Case ") for line in expected)


async def test_orders_follow_their_customers(graph: Graph, identity: Identity, tmp_path: Path) -> None:
    requests = export(tmp_path, seed=5, orders=True)
    expected = await expect(graph, identity, requests)

    summaries = await bulk(graph, identity, requests)

    assert await compare(graph, identity) == expected
    assert [one.kind for one in summaries] == sorted(one.kind for one in summaries)
    assert sum(one.changed_orders for one in summaries) > 0


async def test_a_second_run_of_either_kind_changes_nothing(graph: Graph, identity: Identity, tmp_path: Path) -> None:
    requests = export(tmp_path, seed=6)
    first = await bulk(graph, identity, requests)
    before = await read_all_but_imports(graph)
    anew = [replace(request, again=True) for request in requests]

    for again in (await bulk(graph, identity, requests), await import_all(graph, identity, requests)):
        assert all(one.was_complete for one in again)
    for again in (await bulk(graph, identity, anew), await import_all(graph, identity, anew)):
        assert sum(one.changed_records for one in again) == 0
        assert [one.accepted for one in again] == [one.accepted for one in first]

    assert await read_all_but_imports(graph) == before


async def test_counts_are_those_of_ordinary_imports(graph: Graph, identity: Identity, tmp_path: Path) -> None:
    requests = [
        write(tmp_path / "a.csv", "1,13800000001,,,张伟,2026-01-01", "2,12345,,,李娜,2026-01-01"),
        write(tmp_path / "b.csv", "1,13800000001,,,张伟,2026-01-02", "3,13800000003,,,王芳,2026-01-01"),
        write(tmp_path / "c.csv", "1,13800000001,,,张伟,2026-01-02", system="erp"),
    ]

    summaries = await bulk(graph, identity, requests)

    assert [(one.rows, one.accepted, one.rejected, one.changed_records) for one in summaries] == [
        (2, 1, 1, 1),
        (2, 2, 0, 1),
        (1, 1, 0, 1),
    ]
    assert summaries[0].rejects is not None
    assert "12345" in summaries[0].rejects.read_text(encoding="utf-8-sig")
    assert await read_partition(graph) == {frozenset({"pos|1", "erp|1"}), frozenset({"pos|3"})}


async def test_a_copy_of_a_file_has_nothing_left_to_do(graph: Graph, identity: Identity, tmp_path: Path) -> None:
    rows = ["1,13800000001,,,张伟,2026-01-01", "2,12345,,,李娜,2026-01-01"]
    requests = [write(tmp_path / name, *rows) for name in ("a.csv", "b.csv")]

    summaries = await bulk(graph, identity, requests)

    assert [(one.path.name, one.was_complete, one.changed_records) for one in summaries] == [
        ("a.csv", False, 1),
        ("b.csv", True, 0),
    ]


@pytest.mark.parametrize("portions", [0, 1, 3])
async def test_a_load_that_died_is_completed_by_either_kind(
    graph: Graph, identity: Identity, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, portions: int
) -> None:
    requests = export(tmp_path, seed=7)
    expected = await expect(graph, identity, requests)
    monkeypatch.setattr(write_module, "PORTION", 10)

    class Died(Exception):
        pass

    def begin(label: str) -> Progress:
        ticks = 0

        def tell(_done: int, _total: int) -> None:
            nonlocal ticks
            ticks += 1
            if ticks == portions + 1 and label == ("writing" if portions else "resolving"):
                raise Died

        return tell

    for complete in (bulk, import_all):
        await empty(graph)
        with pytest.raises(Died):
            await bulk(graph, identity, requests, begin)
        assert (await replay(graph, identity.policy)).equal
        assert bool(await read_partition(graph)) is bool(portions)

        await complete(graph, identity, requests)

        assert await compare(graph, identity) == expected


async def test_what_is_there_already_is_taken_into_account(
    graph: Graph, identity: Identity, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    requests = export(tmp_path, seed=8)
    expected = await expect(graph, identity, requests)
    monkeypatch.setattr(write_module, "PORTION", 10)
    await import_all(graph, identity, requests[2:3])

    await bulk(graph, identity, requests)

    assert await compare(graph, identity) == expected


async def test_rebinds_limits_and_values_in_many_hands_are_as_in_ordinary_imports(
    graph: Graph, identity: Identity, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    requests = [
        write(
            tmp_path / "a.csv",
            *(f"q{number},13900000000,139****0000,q{number},人{number},2026-01-01" for number in range(20)),
            "r1,13800000001,,,张伟,2026-01-01",
            "r1,13800000002,,,张伟,2026-02-01",
            *(f"l{number},1370000000{number},137****0000,L1,李娜,2026-01-01" for number in range(6)),
        ),
        write(
            tmp_path / "b.csv",
            "r2,13800000001,138****0001,,王芳,2026-03-01",
            "r3,13800000002,138****0002,,张伟,2026-03-01",
            "q1,,139****0000,,人1,2026-03-01",
            system="erp",
        ),
    ]
    expected = await expect(graph, identity, requests)
    monkeypatch.setattr(write_module, "PORTION", 1)

    await bulk(graph, identity, requests)

    found = await compare(graph, identity)
    assert found == expected
    for kind in ("blast_radius", "limit_exceeded"):
        assert any(kind in line for line in found if line.startswith("Case "))


async def test_a_component_that_is_too_large_waits_for_the_worker(
    graph: Graph, identity: Identity, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bounded = Identity(Vault(settings.require_identity_key()), replace(identity.policy, max_component=5), "CN")
    rows = [f"c{n},1380000{(n + 1) // 2:04d},,8{n // 2:09d},张伟,2026-01-{n % 20 + 1:02d}" for n in range(40)]
    requests = [write(tmp_path / "a.csv", *rows, "x1,13700000001,,,李娜,2026-01-01")]
    expected = await expect(graph, identity, requests)
    monkeypatch.setattr(write_module, "MAX_EVENTS", 4)

    await bulk(graph, bounded, requests)

    assert await count_unsettled(graph) > 0
    assert await compare(graph, bounded) == expected


async def test_another_policy_is_obeyed(graph: Graph, settings: Settings, identity: Identity, tmp_path: Path) -> None:
    types = {
        **identity.policy.types,
        "phone": replace(identity.policy.types["phone"], power="weak"),
        "card": replace(identity.policy.types["card"], power="weak", max_records=3),
    }
    other = Identity(Vault(settings.require_identity_key()), replace(identity.policy, types=types, weak_needed=2), "CN")
    requests = [
        write(
            tmp_path / "a.csv",
            "1,13800000001,,C1,张伟,2026-01-01",
            "2,13800000001,,C1,张伟,2026-01-01",
            "3,13800000001,,C2,张伟,2026-01-01",
            *(f"{number},1390000000{number},,C9,张伟,2026-01-01" for number in range(4, 9)),
        )
    ]
    expected = await expect(graph, other, requests)

    await bulk(graph, other, requests)

    assert await compare(graph, other) == expected
    assert frozenset({"pos|1", "pos|2"}) in await read_partition(graph)


async def test_what_others_write_meanwhile_is_not_lost(
    graph: Graph, identity: Identity, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    chooser = random.Random(9)
    rows = [f"c{n},138000000{chooser.randrange(90):02d},138****{n % 7},,张伟,2026-01-01" for n in range(150)]
    request = write(tmp_path / "a.csv", *rows)
    facts = [
        state_customer(identity, _customer(f"e{n}", f"138000000{chooser.randrange(90):02d}"), default_ms=1, source="t")
        for n in range(60)
    ]
    await graph.write(apply_facts, identity, facts, ())
    expected = await expect(graph, identity, [request])
    monkeypatch.setattr(write_module, "PORTION", 2)

    async def write_facts(lane: int) -> None:
        for fact in facts[lane::3]:
            await graph.write(apply_facts, identity, [fact], ())

    async with anyio.create_task_group() as writers:
        writers.start_soon(bulk, graph, identity, [request])
        for lane in range(3):
            writers.start_soon(write_facts, lane)

    assert await compare(graph, identity) == expected


async def test_the_graph_refuses_what_another_writer_created_after_the_look(
    graph: Graph, identity: Identity, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    requests = [write(tmp_path / "a.csv", "1,13800000001,,,张伟,2026-01-01", "2,13800000002,,,李娜,2026-01-01")]
    other = state_customer(identity, _customer("9", "13800000001", name="张伟"), default_ms=1, source="t")
    create = created.create_persons
    beaten = False

    async def be_beaten(*arguments: Any) -> None:
        nonlocal beaten
        if not beaten:
            beaten = True
            await graph.write(apply_facts, identity, [other], ())
        await create(*arguments)

    monkeypatch.setattr(created, "create_persons", be_beaten)

    await bulk(graph, identity, requests)

    assert await read_partition(graph) == {frozenset({"pos|1", "app|9"}), frozenset({"pos|2"})}
    assert (await replay(graph, identity.policy)).equal


async def test_what_was_erased_does_not_come_back(graph: Graph, identity: Identity, tmp_path: Path) -> None:
    requests = [write(tmp_path / "a.csv", "1,13800000001,,,张伟,2026-01-01", "2,13800000002,,,李娜,2026-01-01")]
    await bulk(graph, identity, requests)
    person = (await read_places(graph))["pos|1"]
    await erase_person(graph, identity, person, requested_by="customer", reason="asked")

    await bulk(graph, identity, [replace(requests[0], again=True)])

    assert await read_partition(graph) == {frozenset({"pos|2"})}


async def test_more_customers_than_fit_are_refused_before_anything_is_written(
    graph: Graph, identity: Identity, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(load, "MAX_ROWS", 1)
    requests = [write(tmp_path / "a.csv", "1,13800000001,,,张伟,2026-01-01", "2,13800000002,,,李娜,2026-01-01")]
    before = await read_everything(graph)

    with pytest.raises(InvalidInput, match=r"about 2 customer rows.*without --bulk"):
        await bulk(graph, identity, requests)
    with pytest.raises(InvalidInput, match=r"about 2 customer rows"):
        await check_load(identity, requests, timezone=ZONE)
    (tmp_path / "link.csv").hardlink_to(tmp_path / "a.csv")
    with pytest.raises(InvalidInput, match=r"link\.csv is .*a\.csv once more"):
        await bulk(graph, identity, [*requests, replace(requests[0], path=tmp_path / "link.csv")])
    with pytest.raises(InvalidInput, match=r"^a\.csv is given twice"):
        await bulk(graph, identity, requests * 2)

    assert await read_everything(graph) == before


def _customer(external_id: str, phone: str, *, name: str = "王芳") -> CustomerEvent:
    return CustomerEvent(RecordKey("app", external_id), 1, (RawIdentifier("phone", "", phone),), {"name": name})
