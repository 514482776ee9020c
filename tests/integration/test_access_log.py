"""The access log is whole, or its proof says where it is not."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Final

import pytest

from graph.access_log import Access
from graph.database import Graph, Transaction, count_statements
from graph.statement import Statement
from hub.core.errors import InvalidInput
from hub.services.access import log as log_module
from hub.services.access.log import AccessLog, fetch_latest, verify

pytestmark = pytest.mark.anyio

_CHANGE: Final = Statement("tests.change_entry", "write", "MATCH (e:AccessEntry {number: 2}) SET e.purpose = 'other'")
_REMOVE: Final = Statement("tests.remove_entry", "write", "MATCH (e:AccessEntry {number: 2}) DELETE e")
_HIDE: Final = Statement("tests.hide_entry", "write", "MATCH (m:AccessMention {number: 2}) DELETE m")
_CUT: Final = Statement("tests.cut_log", "write", "MATCH (e:AccessEntry {number: 3}) DELETE e")
_FORGET: Final = Statement(
    "tests.forget_log", "write", "MATCH (n) WHERE n:AccessEntry OR n:AccessMention OR n:AccessHead DELETE n"
)


def access(number: int, client: str = "client-1") -> Access:
    return Access(number, client, "testing", "read", ("ProfileField.value",), (f"P{number}",))


async def fill(graph: Graph, entries: int) -> None:
    log = AccessLog(graph)
    for number in range(entries):
        await log.note(access(number))


async def spoil(graph: Graph, statement: Statement) -> None:
    async def run(tx: Transaction) -> None:
        await tx.run(statement)

    await graph.write(run)


@pytest.mark.parametrize(
    ("statement", "fault"),
    [
        (_CHANGE, "Entry 2 is not what was written"),
        (_REMOVE, "Entry 2 is missing"),
        (_HIDE, "not every one is found by whom it is about"),
        (_CUT, "ends with entry 2, and entry 3 was written"),
    ],
)
async def test_what_somebody_changed_is_found(graph: Graph, statement: Statement, fault: str) -> None:
    await fill(graph, 3)
    assert (await verify(graph)).fault is None

    await spoil(graph, statement)

    assert fault in ((await verify(graph)).fault or "")


async def test_a_log_that_was_written_anew_is_told_by_what_was_noted_down(graph: Graph) -> None:
    await fill(graph, 3)
    head = (await verify(graph)).head
    known = f"{head.number}:{head.digest}"
    assert (await verify(graph, known)).fault is None

    await spoil(graph, _FORGET)
    shorter = (await verify(graph, known)).fault
    await fill(graph, 2)
    await AccessLog(graph).note(access(9))
    await AccessLog(graph).note(access(10))

    assert shorter is not None
    assert (await verify(graph)).fault is None
    assert "another hash" in ((await verify(graph, known)).fault or "")


async def test_many_writers_make_one_chain(graph: Graph) -> None:
    logs = [AccessLog(graph) for _ in range(3)]

    await asyncio.gather(*(logs[number % 3].note(access(number)) for number in range(60)))

    assert (await verify(graph)).head.number == 60
    assert (await verify(graph)).fault is None
    found = await fetch_latest(graph, fits=lambda _: True, limit=100)
    assert sorted(one.access.at_ms for one in found) == list(range(60))


async def test_the_latest_that_fit_are_found(graph: Graph) -> None:
    await fill(graph, 5)
    await AccessLog(graph).note(access(5, "client-2"))

    found = await fetch_latest(graph, fits=lambda one: one.client == "client-1", limit=2)

    assert [one.access.at_ms for one in found] == [4, 3]


async def test_the_latest_about_a_person_are_found_among_all_others(
    graph: Graph, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(log_module, "_PAGE", 3)
    log = AccessLog(graph)
    for number in range(20):
        persons = ("P1", "P10") if number % 2 else ("P2",)
        await log.note(replace(access(number, f"client-{number % 4}"), persons=persons))

    found = await fetch_latest(graph, fits=lambda one: one.client == "client-3", limit=4, person="P1")
    nobody = await fetch_latest(graph, fits=lambda _: True, limit=4, person="P")
    with count_statements() as counted:
        await fetch_latest(graph, fits=lambda _: True, limit=3, person="P10")

    assert [one.access.at_ms for one in found] == [19, 15, 11, 7]
    assert nobody == []
    assert sorted(counted.by_name) == ["access_log.fetch_mentions", "access_log.fetch_numbered", "access_log.find_head"]


@pytest.mark.parametrize("known", ["", "x:y", "12", "12:"])
async def test_what_was_noted_down_has_a_form(graph: Graph, known: str) -> None:
    with pytest.raises(InvalidInput, match="NUMBER:HASH"):
        await verify(graph, known)
