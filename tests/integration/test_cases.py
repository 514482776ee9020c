"""Cases: asked once, answered by decisions, closed by evidence, and asked again only for better reasons."""

from __future__ import annotations

from datetime import date

import anyio
import pytest

from graph.database import Graph
from hub.core.errors import Conflict, HubError, InvalidInput, NotFound
from hub.services.cases import (
    CaseFilter,
    answer_case,
    assign_case,
    comment_case,
    fetch_cases,
    get_case,
    preview_answer,
    set_due,
    start_after,
    weigh_cases,
)
from hub.services.decisions import make_decision, request_lift, request_link, withdraw_decision
from hub.services.facts import state_order
from hub.services.identity import Identity
from hub.services.ingest import apply_facts
from hub.services.replay import replay
from tests.support.contents import read_everything, read_partition
from tests.support.events import PHONES, order
from tests.support.stewardship import find_cases, put, read_golden, read_places, read_state, said

pytestmark = pytest.mark.anyio

A, B, C = "pos|a", "tmall:flagship|b", "wechat:mini|c"
TODAY = date(2026, 11, 25)
UNKNOWN = "01ARZ3NDEKTSV4RRFFQ69G5FAV"
PHONE = ("phone", PHONES[0])


async def open_case(graph: Graph, identity: Identity) -> str:
    """Two accounts with one phone: a person may hold one union id only."""
    await put(graph, identity, said(A, PHONE, ("unionid", "u1")))
    await put(graph, identity, said(B, PHONE, ("unionid", "u2")))
    [case] = await find_cases(graph)
    return case.id


async def open_quarantine(graph: Graph, identity: Identity, count: int = 16) -> str:
    await put(graph, identity, *(said(f"pos|q{number:02d}", PHONE) for number in range(count)))
    [case] = await find_cases(graph)
    return case.id


async def answer(graph: Graph, identity: Identity, case: str, outcome: str, allowed: int | None = None) -> list[str]:
    found = await answer_case(graph, identity, case, outcome, "li", "asked the shop", allowed=allowed)
    return [decision.id for decision in found.decisions]


async def buy(graph: Graph, identity: Identity, record: str, fen: int) -> None:
    system, _, external_id = record.partition("|")
    said_order = state_order(order(system, f"T{fen}", external_id, fen=fen), default_ms=1)
    await graph.write(apply_facts, identity, [], [said_order])


async def test_a_case_shows_its_sides_masked_with_a_suggestion(graph: Graph, identity: Identity) -> None:
    await put(graph, identity, said(A, PHONE, ("unionid", "u1"), ("email", "x@example.com"), name="张伟"))
    await put(graph, identity, said(B, PHONE, ("unionid", "u2"), ("email", "x@example.com"), name="张伟"))
    [summary] = await find_cases(graph)

    details = await get_case(graph, identity, summary.id)

    assert (summary.kind, summary.type, summary.records) == ("limit_exceeded", "phone", 2)
    assert [[record.key for record in side.records] for side in details.sides] == [[A], [B]]
    assert (details.suggestion.outcome, details.suggestion.score) == ("same", 0.85)
    assert details.suggestion.grounds == ("name agrees", "email shared")
    assert summary.score == 0.85
    assert details.case.about[0].masked == "138****0001"
    assert details.case.reasons == ("unionid",)
    assert PHONES[0] not in repr(details)


async def test_same_joins_the_sides_and_its_withdrawal_opens_the_case_again(graph: Graph, identity: Identity) -> None:
    case = await open_case(graph, identity)
    before = await read_state(graph)
    preview = await preview_answer(graph, identity, case, "same")

    answered = await answer_case(graph, identity, case, "same", "li", "one account is old", token=preview.token)

    assert [move.record for move in preview.moves] == [B]
    assert [one.id for one in preview.closed] == [case]
    assert len(await read_partition(graph)) == 1
    assert not await find_cases(graph)
    [decision] = (await get_case(graph, identity, case)).decisions
    assert (decision.id, decision.kind) == (answered.decisions[0].id, "must_link")

    await withdraw_decision(graph, identity, decision.id, "zhao", "a mistake")

    assert await read_state(graph) == before
    [again] = await find_cases(graph)
    details = await get_case(graph, identity, case)
    assert again.id == case
    assert [entry.author for entry in details.case.history] == ["", "li", ""]
    assert details.case.history[-1].text == "The answer was withdrawn, and the evidence leaves it open."


async def test_an_answered_case_is_not_asked_again(graph: Graph, identity: Identity) -> None:
    case = await open_case(graph, identity)
    await answer(graph, identity, case, "different")

    await put(graph, identity, said(A, PHONE, ("unionid", "u1"), at=5, name="张伟"), said(B, PHONE, at=5))
    await put(graph, identity, said("pos|a2", ("unionid", "u1"), PHONE, at=6))
    await put(graph, identity, said(B, PHONE, ("unionid", "u2"), ("email", "y@example.com"), at=7))

    assert not await find_cases(graph)
    assert await read_partition(graph) == {frozenset({A, "pos|a2"}), frozenset({B})}


async def test_a_dismissed_case_is_asked_again_only_with_a_new_side(graph: Graph, identity: Identity) -> None:
    case = await open_case(graph, identity)
    await answer(graph, identity, case, "dismiss")

    await put(graph, identity, said("pos|a2", ("unionid", "u1"), PHONE, at=6))
    still = await find_cases(graph)
    await put(graph, identity, said(C, PHONE, ("unionid", "u3"), at=7))

    assert not still
    [again] = await find_cases(graph)
    assert (again.id, again.records) == (case, 4)


async def test_different_is_asked_again_only_by_a_stronger_type(graph: Graph, identity: Identity) -> None:
    case = await open_case(graph, identity)
    await answer(graph, identity, case, "different")
    both = [PHONE, ("card", "88001122")]

    await put(graph, identity, said(A, *both, ("unionid", "u1"), at=3), said(B, *both, ("unionid", "u2"), at=3))
    [stronger] = await find_cases(graph)
    decisions = await answer(graph, identity, stronger.id, "different")
    both.append(("card", "88003344"))
    await put(graph, identity, said(A, *both, ("unionid", "u1"), at=4), said(B, *both, ("unionid", "u2"), at=4))
    equally_strong = await find_cases(graph)
    both.append(("erp_code", "E1"))
    await put(graph, identity, said(A, *both, ("unionid", "u1"), at=5), said(B, *both, ("unionid", "u2"), at=5))

    assert (stronger.kind, stronger.type) == ("stronger_evidence", "card")
    assert decisions == [one.id for one in (await get_case(graph, identity, case)).decisions]
    assert not equally_strong
    assert [(one.kind, one.type) for one in await find_cases(graph)] == [("stronger_evidence", "erp_code")]
    assert len(await read_partition(graph)) == 2


async def test_non_duplicates_without_evidence_are_asked_about_when_evidence_appears(
    graph: Graph, identity: Identity
) -> None:
    await put(graph, identity, said(A, PHONE), said(B, ("phone", PHONES[1])))
    decision = await make_decision(graph, identity, request_link(A, B, apart=True, author="li", reason="twins"))

    await put(graph, identity, said(B, PHONE, at=2))
    [case] = await find_cases(graph)
    with pytest.raises(Conflict, match=decision.id):
        await answer(graph, identity, case.id, "same")
    await withdraw_decision(graph, identity, decision.id, "li", "no twins")

    assert case.kind == "stronger_evidence"
    assert not await find_cases(graph)
    assert len(await read_partition(graph)) == 1


async def test_a_case_closes_when_evidence_makes_it_moot_and_says_so(graph: Graph, identity: Identity) -> None:
    case = await open_case(graph, identity)

    await put(graph, identity, said(B, ("phone", PHONES[1]), at=9))

    assert not await find_cases(graph)
    [moot] = await find_cases(graph, "moot")
    details = await get_case(graph, identity, case)
    assert moot.id == case
    assert moot.outcome == "The evidence has answered this meanwhile."
    assert details.case.history[-1].text == moot.outcome
    with pytest.raises(Conflict, match="the evidence has answered it"):
        await answer(graph, identity, case, "same")


async def test_a_direct_decision_closes_the_case_that_it_answers(graph: Graph, identity: Identity) -> None:
    case = await open_case(graph, identity)

    await make_decision(graph, identity, request_link(A, B, apart=False, author="li", reason="one customer"))

    assert [one.id for one in await find_cases(graph, "moot")] == [case]


async def test_a_lift_joins_the_holders_until_they_outgrow_it(graph: Graph, identity: Identity) -> None:
    case = await open_quarantine(graph, identity)
    details = await get_case(graph, identity, case)

    [lift] = await answer(graph, identity, case, "lift", 17)
    lifted = await read_partition(graph)
    await put(graph, identity, said("pos|q16", PHONE, at=2))
    fits = await find_cases(graph)
    await put(graph, identity, said("pos|q17", PHONE, at=2))

    assert (details.case.summary.kind, details.sides[0].total, len(details.sides[0].records)) == (
        "blast_radius",
        16,
        16,
    )
    assert len(lifted) == 1
    assert not fits
    assert [one.id for one in await find_cases(graph)] == [case]
    assert len(await read_partition(graph)) == 18
    await answer(graph, identity, case, "lift", 30)
    assert len(await read_partition(graph)) == 1
    await withdraw_decision(graph, identity, lift, "li", "superseded")
    assert len(await read_partition(graph)) == 1
    assert (await replay(graph, identity.policy)).equal


async def test_a_dismissed_quarantine_stays_and_is_not_asked_again(graph: Graph, identity: Identity) -> None:
    case = await open_quarantine(graph, identity)
    await answer(graph, identity, case, "dismiss")

    await put(graph, identity, *(said(f"pos|z{number:02d}", PHONE) for number in range(5)))

    assert not await find_cases(graph)
    assert len(await read_partition(graph)) == 21


@pytest.mark.parametrize(
    ("outcome", "allowed", "error"),
    [
        ("same", None, InvalidInput),
        ("lift", None, InvalidInput),
        ("lift", 3, InvalidInput),
        ("perhaps", None, InvalidInput),
    ],
)
async def test_an_answer_that_does_not_fit_changes_nothing(
    graph: Graph, identity: Identity, outcome: str, allowed: int | None, error: type[HubError]
) -> None:
    case = await open_quarantine(graph, identity)
    before = await read_everything(graph)

    for attempt in (
        preview_answer(graph, identity, case, outcome, allowed=allowed),
        answer(graph, identity, case, outcome, allowed),
    ):
        with pytest.raises(error):
            await attempt

    assert await read_everything(graph) == before


async def test_nothing_can_be_done_about_an_unknown_case(graph: Graph, identity: Identity) -> None:
    before = await read_everything(graph)

    for attempt in (
        get_case(graph, identity, UNKNOWN),
        answer(graph, identity, UNKNOWN, "same"),
        assign_case(graph, UNKNOWN, "li", author="wang"),
        set_due(graph, UNKNOWN, "2026-12-31", today=TODAY, author="wang"),
        comment_case(graph, UNKNOWN, "hm", author="wang"),
    ):
        with pytest.raises(NotFound):
            await attempt

    assert await read_everything(graph) == before


async def test_the_same_answer_again_returns_the_first_one(graph: Graph, identity: Identity) -> None:
    case = await open_case(graph, identity)
    first = await answer(graph, identity, case, "different")
    before = await read_everything(graph)

    assert await answer(graph, identity, case, "different") == first
    with pytest.raises(Conflict, match="it was answered"):
        await answer(graph, identity, case, "same")
    assert await read_everything(graph) == before


async def test_an_answer_is_refused_when_anything_has_changed_since_its_preview(
    graph: Graph, identity: Identity
) -> None:
    case = await open_case(graph, identity)
    preview = await preview_answer(graph, identity, case, "same")
    await put(graph, identity, said(C, PHONE, ("unionid", "u3"), at=7))

    with pytest.raises(Conflict, match="has changed since the preview"):
        await answer_case(graph, identity, case, "same", "li", "why", token=preview.token)

    assert [one.id for one in await find_cases(graph)] == [case]


async def test_of_two_answers_at_once_one_wins(graph: Graph, identity: Identity) -> None:
    case = await open_case(graph, identity)
    outcomes: list[str] = []

    async def attempt(outcome: str) -> None:
        try:
            await answer(graph, identity, case, outcome)
        except Conflict:
            outcomes.append("refused")
        else:
            outcomes.append(outcome)

    async with anyio.create_task_group() as stewards:
        for outcome in ("same", "different"):
            stewards.start_soon(attempt, outcome)

    assert sorted(outcomes) in (["refused", "same"], ["different", "refused"])
    [answered] = await find_cases(graph, "answered")
    assert answered.outcome in outcomes


async def test_assignee_due_date_and_comments_are_kept_with_their_history(graph: Graph, identity: Identity) -> None:
    case = await open_case(graph, identity)

    await assign_case(graph, case, "li", author="wang")
    await set_due(graph, case, "2026-12-31", today=TODAY, author="wang")
    await comment_case(graph, case, "Called, nobody answered.", author="li")

    details = await get_case(graph, identity, case)
    assert (details.case.summary.assignee, details.case.summary.due) == ("li", "2026-12-31")
    assert [(entry.author, entry.text) for entry in details.case.comments] == [("li", "Called, nobody answered.")]
    assert [entry.text for entry in details.case.history[1:]] == ["Assigned to li.", "Due on 2026-12-31.", "Commented."]
    assert [one.id for one in await fetch_cases(graph, CaseFilter(assignee="li"))] == [case]
    assert not await fetch_cases(graph, CaseFilter(assignee="wang"))
    await set_due(graph, case, TODAY.isoformat(), today=TODAY, author="wang")
    for wrong in ("soon", "2026-11-24", "2026-W52-1", "20261231"):
        with pytest.raises(InvalidInput):
            await set_due(graph, case, wrong, today=TODAY, author="wang")
    await answer(graph, identity, case, "dismiss")
    await comment_case(graph, case, "For the record.", author="li")
    with pytest.raises(Conflict):
        await assign_case(graph, case, "wang", author="wang")


async def test_a_closed_case_says_how_its_question_comes_back(graph: Graph, identity: Identity) -> None:
    case = await open_case(graph, identity)
    await answer(graph, identity, case, "same")
    with pytest.raises(Conflict, match="Withdraw the decision that answered it"):
        await assign_case(graph, case, "li", author="wang")
    [decision] = (await get_case(graph, identity, case)).decisions
    await withdraw_decision(graph, identity, decision.id, "zhao", "a mistake")

    await answer(graph, identity, case, "dismiss")

    for attempt in (assign_case(graph, case, "li", author="wang"), answer(graph, identity, case, "same")):
        with pytest.raises(Conflict, match=r"dismissed, which cannot be withdrawn\. It opens by itself when records"):
            await attempt
    await put(graph, identity, *(said(f"pos|q{number:02d}", ("phone", PHONES[1])) for number in range(16)))
    [quarantine] = await find_cases(graph)
    await answer(graph, identity, quarantine.id, "dismiss")
    with pytest.raises(Conflict, match=r"dismissed, which cannot be withdrawn\. `hub decide lift` still lifts"):
        await assign_case(graph, quarantine.id, "li", author="wang")
    key = (await get_case(graph, identity, quarantine.id)).case.about[0].key
    await make_decision(graph, identity, request_lift(key, 20, author="li", reason="a shared desk"))


async def test_a_question_that_changes_while_it_is_open_says_so_in_its_history(
    graph: Graph, identity: Identity
) -> None:
    case = await open_case(graph, identity)
    await put(graph, identity, said("pos|a2", ("unionid", "u1"), PHONE, at=6))
    await put(graph, identity, said(B, ("unionid", "u1"), at=7))
    await put(graph, identity, said(B, ("unionid", "u2"), at=8))

    details = await get_case(graph, identity, case)

    assert details.case.summary.state == "open"
    assert [entry.text for entry in details.case.history] == [
        "The hub could not decide this by the evidence.",
        "The question has changed with the evidence.",
        "The evidence has answered this meanwhile.",
        "The evidence leaves this open again.",
    ]


async def test_the_queue_is_by_value_at_stake_in_pages(graph: Graph, identity: Identity) -> None:
    for number, phone in enumerate(PHONES[:5]):
        one, two = said(f"pos|{number}", ("phone", phone), ("unionid", f"u{number}")), ("unionid", f"v{number}")
        await put(graph, identity, one, said(f"erp|{number}", ("phone", phone), two))
    await buy(graph, identity, "pos|3", 500)
    await buy(graph, identity, "erp|1", 900)
    await buy(graph, identity, "pos|1", 100)

    changed = await weigh_cases(graph)
    everything = await fetch_cases(graph)
    pages = [await fetch_cases(graph, limit=2)]
    while len(pages[-1]) == 2:
        pages.append(await fetch_cases(graph, after=start_after(pages[-1][-1]), limit=2))

    assert changed == 2
    assert await weigh_cases(graph) == 0
    assert [one.value_fen for one in everything] == [1000, 500, 0, 0, 0]
    assert [one for page in pages for one in page] == everything
    assert await fetch_cases(graph, CaseFilter(kind="limit_exceeded")) == everything
    assert not await fetch_cases(graph, CaseFilter(kind="blast_radius"))
    for wrong in (CaseFilter(state="lost"), CaseFilter(kind="odd")):
        with pytest.raises(InvalidInput):
            await fetch_cases(graph, wrong)


async def test_what_a_quarantine_puts_at_stake_is_weighed_too(graph: Graph, identity: Identity) -> None:
    await open_quarantine(graph, identity)
    await buy(graph, identity, "pos|q03", 700)

    await weigh_cases(graph)

    [case] = await find_cases(graph)
    assert (case.value_fen, case.records) == (700, 16)


async def test_many_sides_are_kept_apart_pair_by_pair(graph: Graph, identity: Identity) -> None:
    records = [f"pos|m{number}" for number in range(4)]
    await put(graph, identity, *(said(one, PHONE, ("unionid", one)) for one in records))
    [case] = await find_cases(graph)

    decisions = await answer(graph, identity, case.id, "different")

    assert len(decisions) == 6
    assert not await find_cases(graph)
    await withdraw_decision(graph, identity, decisions[0], "li", "not sure")
    assert [one.id for one in await find_cases(graph)] == [case.id]
    places = await read_places(graph)
    assert len(set(places.values())) == 4
    assert await read_golden(graph, places[records[0]]) == {}
