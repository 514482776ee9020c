"""What of an erased person the embedded stack's files still hold: after the next start and stop, nothing."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import pytest

from graph.database import Graph, Transaction
from graph.migrations import migrate
from graph.statement import Statement
from hub.core.errors import InvariantBroken
from hub.core.model import CustomerEvent, OrderEvent
from hub.core.settings import Settings
from hub.embedded.stack import Stack
from hub.services.check_installation import check_installation
from hub.services.check_persons import check_slice
from hub.services.facts import state_customer, state_order
from hub.services.find_person import PersonFinder
from hub.services.identity import Identity
from hub.services.ingest import apply_facts
from hub.services.personal_data.erase import erase_person
from tests.support.events import customer, order
from tests.support.servers import chosen_engine

pytestmark = [
    pytest.mark.anyio,
    pytest.mark.skipif(chosen_engine() != "embedded", reason="how Neo4j frees its files is its own"),
]

PHONE: Final = "13911112222"
NAME: Final = "欧阳消失甲"
ID: Final = "gone-external-77"
GRAPH: Final = frozenset({"graph"})
_STORED: Final = Statement(
    "tests.stored",
    "read",
    "MATCH (r:Record {external_id: $id})-[:CLAIMS]->(i:Identifier) RETURN i.key AS key, i.sealed AS sealed",
)
_DOUBLE: Final = Statement("tests.double", "write", "CREATE (:Record {key: $key, birth_id: $key})")


async def ingest(graph: Graph, identity: Identity, events: Sequence[CustomerEvent | OrderEvent]) -> None:
    facts = [
        state_customer(identity, one, default_ms=1, source="t") for one in events if isinstance(one, CustomerEvent)
    ]
    orders = [state_order(one, default_ms=1) for one in events if isinstance(one, OrderEvent)]
    await graph.write(apply_facts, identity, facts, orders)


async def double(tx: Transaction, key: str) -> None:
    await tx.run(_DOUBLE, key=key)


def crowd(letter: str, first: int) -> list[CustomerEvent | OrderEvent]:
    return [customer("pos", f"{letter}{n}", phone=f"{first + n}", name="张三") for n in range(200)]


def find_words(folder: Path, words: Sequence[str]) -> dict[str, list[str]]:
    """Each word with the files that hold it."""
    files = [path for path in sorted(folder.rglob("*")) if path.is_file()]
    held: dict[str, list[str]] = {word: [] for word in words}
    for path in files:
        content = path.read_bytes()
        for word in words:
            if word.encode() in content:
                held[word].append(path.name)
    return {word: names for word, names in held.items() if names}


async def test_after_the_next_start_no_file_holds_a_word_of_an_erased_person(tmp_path: Path) -> None:
    asked = Settings(data_dir=tmp_path, embedded_durable=True)
    async with Stack(asked, GRAPH) as stack, Graph.open(stack.settings) as graph:
        await migrate(graph)
        identity = Identity.from_settings(stack.settings)
        await check_installation(graph, identity)
        # A record that is moved for its growth, then shrinks: what an update leaves behind is not overwritten.
        events: list[CustomerEvent | OrderEvent] = [order("pos", "T0", ID), *crowd("a", 13700000000)]
        await ingest(graph, identity, events)
        await ingest(graph, identity, [customer("pos", ID, phone=PHONE, name=NAME, unionid="gone-union")])
        await ingest(graph, identity, crowd("b", 13600000000))
        for at, name in enumerate((f"{NAME}{'有长名字' * 60}", f"{NAME}短"), 2):
            await ingest(graph, identity, [customer("pos", ID, phone=PHONE, name=name, at=at)])
        rows: list[Any] = await graph.read(_STORED, id=ID)
        words = [PHONE, f"+86{PHONE}", "139****2222", NAME, ID, "gone-union"]
        words += [word for row in rows for word in (row["key"], row["sealed"])]
        held_before = find_words(tmp_path, words)
        person = await PersonFinder(graph, identity).find_by_phone(PHONE)
        assert person is not None
        await erase_person(graph, identity, person, requested_by="care", reason="article 47")

    async with Stack(asked, GRAPH) as stack, Graph.open(stack.settings) as graph:
        assert (await check_slice(graph, identity.policy)).wrong == ()
        with pytest.raises(InvariantBroken):
            await graph.write(double, "pos|a1")
        assert await PersonFinder(graph, identity).find_by_phone("13700000001") is not None

    assert PHONE not in held_before
    assert {NAME, ID, "139****2222"} <= held_before.keys()
    assert find_words(tmp_path, words) == {}
