"""Lists of what has a text for a key, page by page: complete and in order in whatever script the keys are."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Final, TypeAlias
from zoneinfo import ZoneInfo

import pytest

from graph import component, ledger_audit, similar_records
from graph.database import Graph
from graph.export import stream_memberships
from graph.ledger_claims import stream_operations
from graph.person_places import RECORDS, Span, fetch_backward, fetch_onward, span_of_system
from hub.core.clock import now_ms
from hub.core.settings import Settings
from hub.services.ledger.earning import earn_amount
from hub.services.ledger.request import Call
from hub.services.programme.shipped import shipped_programme
from tests.integration.api_people import NOON_MS, customer, put

pytestmark = pytest.mark.anyio

# Emoji lie behind full-width forms by code point, and before them as Java compares texts.
IDS: Final = (
    "Z",
    "a",
    "é",
    "e\u0301",
    "中文",
    "\uff5a1",
    "\ufffd",
    "😀",
    "𠮷野家",
    "\U0010fffd",
    "|",
    "}",
    "~",
    "\uf8ff",
)
KEYS: Final = sorted(f"pos|{one}" for one in IDS)

List: TypeAlias = Callable[[Graph, int], Awaitable[list[str]]]


@pytest.fixture
async def people(graph: Graph, settings: Settings) -> None:
    """A customer for each id."""
    await put(graph, settings, [customer(one, f"138000000{number:02d}") for number, one in enumerate(IDS)])


async def list_members(graph: Graph, size: int) -> list[str]:
    """Records as a replay reads them."""
    keys: list[str] = []
    while page := await component.fetch_page(graph, after=keys[-1] if keys else "", limit=size):
        keys += [one.record for one in page]
    return keys


async def list_weak_evidence(graph: Graph, size: int) -> list[str]:
    """Records as candidates are sought among."""
    keys: list[str] = []
    while page := await similar_records.fetch_page(graph, [], after=keys[-1] if keys else "", limit=size):
        keys += [one.record for one in page]
    return keys


async def list_exported(graph: Graph, size: int) -> list[str]:
    """Records as they are exported."""
    return [f"{system}|{external_id}" async for _, system, external_id in stream_memberships(graph, page=size)]


async def list_onward(graph: Graph, size: int) -> list[str]:
    """Records as the API lists the persons of a system."""
    span = span_of_system("pos")
    keys: list[str] = []
    while page := (await fetch_onward(graph, RECORDS, Span(keys[-1], span.end) if keys else span, "", size))[0]:
        keys += [one.place for one in page]
    return keys


async def list_backward(graph: Graph, size: int) -> list[str]:
    """The same from the end."""
    span = span_of_system("pos")
    keys: list[str] = []
    while page := (await fetch_backward(graph, RECORDS, Span(span.start, keys[-1]) if keys else span, "", size))[0]:
        keys += [one.place for one in page]
    return keys[::-1]


@pytest.mark.parametrize("size", [1, 2, 3, 100])
@pytest.mark.parametrize("read", [list_members, list_weak_evidence, list_exported, list_onward, list_backward])
async def test_records_are_read_in_order_without_a_gap(graph: Graph, people: None, read: List, size: int) -> None:
    assert await read(graph, size) == KEYS


@pytest.mark.parametrize("size", [1, 2, 100])
async def test_operations_are_read_without_a_gap(
    graph: Graph, people: None, monkeypatch: pytest.MonkeyPatch, size: int
) -> None:
    monkeypatch.setattr(ledger_audit, "_PAGE", size)
    main = shipped_programme(ZoneInfo("Asia/Shanghai"))
    keys = [one for one in IDS if one.isprintable()]
    for key in keys:
        await earn_amount(
            graph, main, Call("test", key), record="pos|a", asset="points", amount=5, earned_ms=NOON_MS, now_ms=now_ms()
        )

    assert [one.key async for one in stream_operations(graph)] == sorted(f"test|{key}" for key in keys)
