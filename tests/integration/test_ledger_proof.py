"""The proof of the ledger: whatever is changed by hand is found and named, and holds up nobody else."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Final

import pytest

from graph.database import Graph, Transaction
from graph.order_points import put_points
from graph.statement import Statement
from hub.core.model import DAY_MS
from hub.core.order_points import OrderPoints
from hub.services.identity import Identity
from hub.services.ledger.expire import expire_due
from hub.services.ledger.spending import refund_amount, transfer_amount
from hub.services.ledger.verify import verify_ledger
from tests.support.events import PHONES
from tests.support.ledger import NOW, PROGRAMME, Members
from tests.support.orders import Shop, bought

pytestmark = pytest.mark.anyio

_SPOIL: Final = {
    "balance": Statement("tests.spoil_balance", "write", "MATCH (a:Account) SET a.free = '[[0,1,999]]'"),
    "lot": Statement("tests.spoil_lot", "write", "MATCH (l:Lot) SET l.left = l.left + 1"),
    "entry": Statement("tests.spoil_entry", "write", "MATCH (e:Entry {kind: 'spend'}) SET e.amount = e.amount - 1"),
    "link": Statement("tests.spoil_link", "write", "MATCH (:Account)-[o:OPEN]->(:Lot) DELETE o"),
    "place": Statement("tests.spoil_place", "write", "MATCH (l:Lot) SET l.place = l.place + '0'"),
    "missing": Statement("tests.spoil_missing", "write", "MATCH (e:Entry {kind: 'spend'}) DELETE e"),
    "stray": Statement(
        "tests.spoil_stray",
        "write",
        "CREATE (:Entry {key: 'main|points|nobody|0000000001', at_ms: 1, kind: 'earn', amount: 0, body: '{}'})",
    ),
    "text": Statement("tests.spoil_text", "write", "MATCH (a:Account) SET a.holds = 'nothing'"),
    "body": Statement("tests.spoil_body", "write", "MATCH (e:Entry {kind: 'spend'}) SET e.body = '[]'"),
    "holder": Statement("tests.spoil_holder", "write", "MATCH (:Record)-[h:HOLDS]->(:Account) DELETE h"),
    "used": Statement("tests.spoil_used", "write", "MATCH (o:Operation {kind: 'spend'}) SET o.used = 0"),
    "slices": Statement("tests.spoil_slices", "write", "MATCH (o:Operation {kind: 'spend'}) SET o.slices = '[]'"),
    "amount": Statement("tests.spoil_amount", "write", "MATCH (o:Operation {kind: 'earn'}) SET o.amount = 101"),
    "operation": Statement("tests.spoil_operation", "write", "MATCH (o:Operation {kind: 'spend'}) DELETE o"),
    "day": Statement("tests.spoil_day", "write", "MATCH (d:EarnedDay) SET d.amounts = [99]"),
    "due": Statement("tests.spoil_due", "write", "MATCH (a:Account) SET a.due_ms = 253402300799999"),
}

_PART: Final = Statement("tests.part", "write", "MATCH (e:Entry {kind: 'transfer_out'}) SET e.operation = 'test|k1'")
_MARK: Final = Statement(
    "tests.mark", "write", "MATCH (o:Order {key: $key}) SET o.unsettled_ms = $at_ms, o.marked_ms = $at_ms"
)
_SPOIL_POINTS: Final[dict[str, Callable[[OrderPoints], OrderPoints]]] = {
    "earned": lambda known: replace(known, lots=(known.lots[0]._replace(amount=102),)),
    "taken back": lambda known: replace(known, lots=(known.lots[0]._replace(taken=1),)),
    "operations": lambda known: replace(known, steps=9),
}
_REVISION: Final = Statement("tests.revision", "read", "MATCH (a:Account) RETURN a.revision AS revision")
_SPOIL_ONE: Final = Statement("tests.spoil_one", "write", "MATCH (a:Account {key: $key}) SET a.holds = 'nothing'")


@pytest.fixture
def members(graph: Graph, identity: Identity) -> Members:
    return Members(graph, identity)


@pytest.mark.parametrize("what", sorted(_SPOIL))
async def test_a_value_corrupted_by_hand_is_found_and_named(members: Members, what: str) -> None:
    person = await members.add("pos|p1", PHONES[0])
    await members.earn("pos|p1", 100, days=9)
    spent = await members.spend(person, 30)
    await refund_amount(members.graph, PROGRAMME, members.call(), original=spent.key, amount=10, now_ms=NOW)
    revision = await members.graph.read(_REVISION)
    assert not (await verify_ledger(members.graph, now_ms=NOW)).wrong

    await members.graph.write(_spoil, _SPOIL[what])
    proof = await verify_ledger(members.graph, now_ms=NOW)

    assert proof.faults >= 1
    assert await members.graph.read(_REVISION) == revision
    assert proof.wrong[0].account == ("main|points|nobody" if what == "stray" else f"main|points|{person}")


async def _spoil(tx: Transaction, statement: Statement, key: str = "", at_ms: int = 0) -> None:
    await tx.run(statement, key=key, at_ms=at_ms)


async def test_a_transfer_whose_sides_do_not_fit_is_found(members: Members) -> None:
    giver, _ = await members.add("pos|p1", PHONES[0]), await members.add("pos|p2", PHONES[1])
    await members.earn("pos|p1", 100)
    asked = {"giver": giver, "receiver": "pos|p2", "asset": "points", "amount": 30, "now_ms": NOW}
    await transfer_amount(members.graph, PROGRAMME, members.call("t"), **asked)  # type: ignore[arg-type]
    assert not (await verify_ledger(members.graph, now_ms=NOW)).wrong

    await members.graph.write(_spoil, _PART)

    wrong = [what for _, what in (await verify_ledger(members.graph, now_ms=NOW)).wrong]
    assert len(wrong) == 2
    assert any("the sides of its transfer" in what and "-30" in what for what in wrong)


@pytest.mark.parametrize("what", sorted(_SPOIL_POINTS))
async def test_points_of_an_order_that_differ_from_the_ledger_are_found_and_named(members: Members, what: str) -> None:
    shop = Shop(members.graph, members.identity)
    await members.add("pos|c1", PHONES[0])
    await shop.deliver(bought("T1"), bought("T2"))
    await shop.settle()
    assert not (await verify_ledger(members.graph, now_ms=NOW)).wrong
    points = (await shop.points())["pos|T1"]

    await members.graph.write(put_points, {"pos|T1": {"main": _SPOIL_POINTS[what](points)}})

    [wrong] = (await verify_ledger(members.graph, now_ms=NOW)).wrong
    assert (wrong.account, f"of its points {what}" in wrong.what) == ("pos|T1", True)


async def test_an_order_that_waits_for_hours_is_named_unless_it_is_set_aside(members: Members) -> None:
    await members.add("pos|c1", PHONES[0])
    await Shop(members.graph, members.identity).deliver(bought("T1"), bought("T2"), bought("T3"))
    for order, hours in (("T1", -7), ("T2", -5), ("T3", 1)):
        await members.graph.write(_spoil, _MARK, f"pos|{order}", NOW + hours * 3_600_000)

    assert [one.account for one in (await verify_ledger(members.graph, now_ms=NOW)).wrong] == ["pos|T1"]


async def test_an_account_that_cannot_be_right_holds_up_no_other_night(members: Members) -> None:
    persons = [await members.add(f"pos|p{place}", phone) for place, phone in enumerate(PHONES[:3])]
    for place in range(3):
        await members.earn(f"pos|p{place}", 10, days=1)
    spoilt = f"main|points|{persons[1]}"
    await members.graph.write(_spoil, _SPOIL_ONE, spoilt)

    done = await expire_due(members.graph, now_ms=NOW + DAY_MS)
    again = await expire_due(members.graph, now_ms=NOW + DAY_MS)

    assert (done.entries, done.spoilt) == (2, frozenset({spoilt}))
    assert (again.entries, again.spoilt) == (0, frozenset({spoilt}))
