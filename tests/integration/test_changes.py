"""What changes is marked, in the same transaction, once for each thing."""

from __future__ import annotations

from datetime import date

import pytest

from graph import partition
from graph.changes import Mark, fetch
from graph.database import Graph, Transaction, count_statements
from graph.statement import Statement
from hub.core.errors import InvalidInput
from hub.core.model import DAY_MS
from hub.services.cases import answer_case, assign_case, comment_case, set_due, weigh_cases
from hub.services.decisions import make_decision, request_link, request_pin, withdraw_decision
from hub.services.identity import Identity
from hub.services.ledger.expire import expire_due
from hub.services.personal_data.erase import erase_person
from tests.support.changes import take_marks
from tests.support.events import PHONES
from tests.support.ledger import Members
from tests.support.stewardship import find_cases, put, read_births, said

pytestmark = pytest.mark.anyio

A, B = "pos|a", "tmall:flagship|b"
PHONE, OTHER = ("phone", PHONES[0]), ("phone", PHONES[1])
_PUT_MARKS = Statement(
    "tests.put_marks",
    "write",
    "UNWIND $keys AS key CREATE (:Change {key: key, kind: 'person', ids: ['p'], programme: ''})",
)


async def put_two(graph: Graph, identity: Identity) -> tuple[str, str]:
    """Two persons with a phone each, whose ids are returned; nothing of them waits to be told."""
    await put(graph, identity, said(A, PHONE))
    await put(graph, identity, said(B, OTHER))
    await take_marks(graph)
    births = await read_births(graph)
    return births[A], births[B]


async def test_a_new_person_is_marked(graph: Graph, identity: Identity) -> None:
    await put(graph, identity, said(A, PHONE))

    assert await take_marks(graph) == [Mark("person", (await read_births(graph))[A])]


async def test_what_a_record_says_anew_is_marked_and_a_repeat_is_not(graph: Graph, identity: Identity) -> None:
    first, _ = await put_two(graph, identity)
    await put(graph, identity, said(A, PHONE, ("email", "a@example.com"), at=2))
    assert await take_marks(graph) == [Mark("person", first)]

    await put(graph, identity, said(A, PHONE, ("email", "a@example.com"), at=2))

    assert await take_marks(graph) == []


async def test_a_merge_marks_both_sides_and_what_they_hold(graph: Graph, identity: Identity) -> None:
    first, second = await put_two(graph, identity)

    await put(graph, identity, said(B, PHONE, OTHER, at=2))

    assert await take_marks(graph) == [Mark("moved", second), Mark("person", first)]


async def test_a_decision_marks_whom_it_moves_and_so_does_its_withdrawal(graph: Graph, identity: Identity) -> None:
    first, second = await put_two(graph, identity)
    decision = await make_decision(graph, identity, request_link(A, B, apart=False, author="li", reason="one customer"))
    merged = await take_marks(graph)

    await withdraw_decision(graph, identity, decision.id, "li", "two customers")

    assert merged == [Mark("moved", second), Mark("person", first)]
    assert await take_marks(graph) == [Mark("moved", first), Mark("moved", second), Mark("person", second)]


async def test_a_pin_marks_its_person(graph: Graph, identity: Identity) -> None:
    first, _ = await put_two(graph, identity)

    await make_decision(graph, identity, request_pin(A, "city", "杭州", author="li", reason="they told us"))

    assert await take_marks(graph) == [Mark("person", first)]


async def test_an_erasure_marks_the_person(graph: Graph, identity: Identity) -> None:
    first, _ = await put_two(graph, identity)

    await erase_person(graph, identity, first, requested_by="li", reason="asked for")

    assert await take_marks(graph) == [Mark("moved", first)]


async def test_the_ledger_marks_whose_balance_it_changes(graph: Graph, identity: Identity) -> None:
    members = Members(graph, identity)
    person = await members.add(A, PHONES[0])
    await take_marks(graph)

    await members.earn(A, 100, key="e", days=1)
    assert await take_marks(graph) == [Mark("balance", person, "main")]
    await members.earn(A, 100, key="e", days=1)
    assert await take_marks(graph) == []
    await members.spend(person, 40)
    assert await take_marks(graph) == [Mark("balance", person, "main")]
    await expire_due(graph, now_ms=members.now_ms + 2 * DAY_MS)
    assert await take_marks(graph) == [Mark("balance", person, "main")]


async def test_marks_cost_the_ledger_no_statement(graph: Graph, identity: Identity) -> None:
    members = Members(graph, identity)
    person = await members.add(A, PHONES[0])
    await members.earn(A, 100)

    with count_statements() as counted:
        await members.spend(person, 40)

    assert counted.total == 2


async def test_cases_are_marked_whatever_is_done_with_them(graph: Graph, identity: Identity) -> None:
    await put(graph, identity, said(A, PHONE, ("unionid", "u1")))
    await put(graph, identity, said(B, PHONE, ("unionid", "u2")))
    [case] = await find_cases(graph)

    async def of_cases() -> list[Mark]:
        return [one for one in await take_marks(graph) if one.kind == "case"]

    marked = [Mark("case", case.id)]
    assert await of_cases() == marked
    await assign_case(graph, case.id, "wang", author="li")
    assert await of_cases() == marked
    await set_due(graph, case.id, "2999-01-01", today=date(2026, 11, 1), author="li")
    assert await of_cases() == marked
    await comment_case(graph, case.id, "who?", author="li")
    assert await of_cases() == marked
    await weigh_cases(graph)
    assert await of_cases() == []
    await answer_case(graph, identity, case.id, "different", "li", "asked the shop")
    assert await of_cases() == marked


async def test_what_evidence_answers_is_marked(graph: Graph, identity: Identity) -> None:
    await put(graph, identity, said(A, PHONE, ("unionid", "u1")))
    await put(graph, identity, said(B, PHONE, ("unionid", "u2")))
    [case] = await find_cases(graph)
    await take_marks(graph)

    await put(graph, identity, said(B, OTHER, ("unionid", "u2"), at=2))

    assert not await find_cases(graph)
    assert Mark("case", case.id) in await take_marks(graph)


async def test_a_transaction_that_fails_marks_nothing(graph: Graph) -> None:
    async def fail(tx: Transaction) -> None:
        await partition.put_persons(tx, {"p": None}, [Mark("person", "p")])
        raise InvalidInput("no")

    with pytest.raises(InvalidInput):
        await graph.write(fail)

    assert await take_marks(graph) == []


async def test_marks_are_read_by_their_time_in_whatever_order_they_were_written(graph: Graph) -> None:
    async def write(tx: Transaction) -> None:
        await tx.run(_PUT_MARKS, keys=["03", "05", "02", "04", "01"])

    await graph.write(write)

    assert [one.key for one in await fetch(graph, limit=3)] == ["01", "02", "03"]
