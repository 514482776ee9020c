"""Decisions: they outrank evidence, say what they would do first, refuse contradictions, and can be taken back."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import anyio
import pytest

from graph import evidence
from graph.database import Graph
from graph.decisions import Decision
from graph.evidence import IdentifierState
from graph.unsettled import count_unsettled, fetch_unsettled
from hub.core.errors import Conflict, HubError, InvalidInput, NotFound
from hub.services.check_persons import check_slice
from hub.services.decisions import (
    DecisionRequest,
    fetch_decisions,
    make_decision,
    preview_decision,
    preview_withdrawal,
    request_lift,
    request_link,
    request_pin,
    withdraw_decision,
)
from hub.services.identity import Identity
from hub.services.lift_targets import find_lift_target
from hub.services.personal_data.erase import erase_person
from hub.services.replay import replay
from hub.services.settle_large import settle_waiting
from tests.support.contents import read_everything, read_partition
from tests.support.events import PHONES
from tests.support.stewardship import (
    find_cases,
    put,
    read_births,
    read_golden,
    read_places,
    read_resolved,
    read_state,
    said,
)

pytestmark = pytest.mark.anyio

A, B, C, D = "pos|a", "tmall:flagship|b", "wechat:mini|c", "erp|d"


def same(left: str, right: str, *, author: str = "li", reason: str = "called them") -> DecisionRequest:
    return request_link(left, right, apart=False, author=author, reason=reason)


def apart(left: str, right: str, *, author: str = "wang", reason: str = "two people") -> DecisionRequest:
    return request_link(left, right, apart=True, author=author, reason=reason)


def pin(record: str, field: str, value: str, *, author: str = "li") -> DecisionRequest:
    return request_pin(record, field, value, author=author, reason="saw the card")


async def withdraw(graph: Graph, identity: Identity, decision: Decision) -> Decision:
    return await withdraw_decision(graph, identity, decision.id, "zhao", "it was wrong")


async def test_a_merge_by_decision_and_its_withdrawal_leave_everything_as_it_was(
    graph: Graph, identity: Identity
) -> None:
    await put(graph, identity, said(A, ("phone", PHONES[0]), name="张伟"), said(B, ("phone", PHONES[1]), city="上海"))
    before = await read_state(graph)

    decision = await make_decision(graph, identity, same(A, B))
    merged = await read_places(graph)
    golden = await read_golden(graph, merged[A])
    await withdraw(graph, identity, decision)

    assert merged[A] == merged[B]
    assert golden == {"name": "张伟", "city": "上海"}
    assert await read_state(graph) == before


async def test_a_cannot_link_splits_and_gives_each_its_own_id_back(graph: Graph, identity: Identity) -> None:
    await put(graph, identity, said(A, ("phone", PHONES[0])))
    await put(graph, identity, said(B, ("phone", PHONES[0])))
    before = await read_state(graph)

    decision = await make_decision(graph, identity, apart(A, B))
    places = await read_places(graph)
    births = await read_births(graph)
    await withdraw(graph, identity, decision)

    assert places == births
    assert await read_state(graph) == before


async def test_a_decision_outranks_evidence_that_arrives_later(graph: Graph, identity: Identity) -> None:
    await put(graph, identity, said(A, ("phone", PHONES[0])), said(B, ("phone", PHONES[1])))
    await make_decision(graph, identity, apart(A, B))

    await put(graph, identity, said(B, ("unionid", "u1"), at=2), said(A, ("unionid", "u1"), at=2))

    assert len(await read_partition(graph)) == 2
    assert (await replay(graph, identity.policy)).equal


async def test_the_same_decision_again_is_the_one_that_is_there(graph: Graph, identity: Identity) -> None:
    await put(graph, identity, said(A, ("phone", PHONES[0])), said(B, ("phone", PHONES[1])))
    requests = [same(B, A), pin(A, "name", "王五")]
    made = [await make_decision(graph, identity, request) for request in requests]
    before = await read_everything(graph)

    again = [
        await make_decision(graph, identity, replace(request, author="other", reason="again")) for request in requests
    ]

    assert again == made
    assert [one.repeated for one in (*made, *again)] == [False, False, True, True]
    assert await read_everything(graph) == before


async def test_contradictions_are_refused_and_name_the_earlier_decision(graph: Graph, identity: Identity) -> None:
    await put(graph, identity, *(said(record, ("phone", PHONES[at])) for at, record in enumerate((A, B, C, D))))
    one = await make_decision(graph, identity, same(A, B))
    two = await make_decision(graph, identity, same(B, C))
    between = await make_decision(graph, identity, apart(C, D))
    before = await read_everything(graph)

    refusals: list[tuple[DecisionRequest, Decision, str]] = [
        (apart(A, B), one, "li"),
        (apart(A, C), one, "li"),
        (same(C, D), between, "wang"),
        (same(A, D), between, "wang"),
    ]
    for request, earlier, author in refusals:
        for attempt in (preview_decision, make_decision):
            with pytest.raises(Conflict) as refused:
                await attempt(graph, identity, request)
            assert earlier.id in refused.value.safe_message
            assert f"by {author} on 20" in refused.value.safe_message

    assert two.live
    assert await read_everything(graph) == before


async def test_another_value_for_a_pinned_field_is_refused(graph: Graph, identity: Identity) -> None:
    await put(graph, identity, said(A, ("phone", PHONES[0])), said(B, ("phone", PHONES[0])))
    earlier = await make_decision(graph, identity, pin(A, "name", "王五"))

    with pytest.raises(Conflict, match=earlier.id):
        await make_decision(graph, identity, pin(B, "name", "赵六"))
    await withdraw(graph, identity, earlier)
    await make_decision(graph, identity, pin(B, "name", "赵六"))

    assert (await read_golden(graph, (await read_places(graph))[A]))["name"] == "赵六"


@pytest.mark.parametrize(
    ("request_it", "error"),
    [
        (lambda: same(A, "pos|nobody"), NotFound),
        (lambda: apart("pos|nobody", "pos|none"), NotFound),
        (lambda: pin("pos|nobody", "name", "x"), NotFound),
        (lambda: request_lift("0" * 32, 20, author="li", reason="why"), NotFound),
        (lambda: same(A, A), InvalidInput),
        (lambda: same(A, "not a record"), InvalidInput),
        (lambda: pin(A, "shoe size", "43"), InvalidInput),
        (lambda: pin(A, "birthday", "yesterday"), InvalidInput),
        (lambda: pin(A, "birthday", "1990-W01-1"), InvalidInput),
        (lambda: pin(A, "birthday", "1899-12-31"), InvalidInput),
        (lambda: pin(A, "birthday", "2199-01-01"), InvalidInput),
        (lambda: pin(A, "gender", "Male"), InvalidInput),
        (lambda: pin(A, "gender", "男"), InvalidInput),
        (lambda: pin(A, "name", "  "), InvalidInput),
        (lambda: same(A, B, reason=" "), InvalidInput),
        (lambda: same(A, B, author=""), InvalidInput),
    ],
)
async def test_what_cannot_be_decided_is_refused_and_changes_nothing(
    graph: Graph, identity: Identity, request_it: Callable[[], DecisionRequest], error: type[HubError]
) -> None:
    await put(graph, identity, said(A, ("phone", PHONES[0])), said(B, ("phone", PHONES[1])))
    before = await read_everything(graph)

    with pytest.raises(error):
        await make_decision(graph, identity, request_it())

    assert await read_everything(graph) == before


async def test_an_unknown_decision_cannot_be_withdrawn_and_a_withdrawn_one_stays_as_it_is(
    graph: Graph, identity: Identity
) -> None:
    await put(graph, identity, said(A, ("phone", PHONES[0])), said(B, ("phone", PHONES[1])))
    with pytest.raises(NotFound):
        await withdraw_decision(graph, identity, "01ARZ3NDEKTSV4RRFFQ69G5FAV", "li", "why")
    decision = await make_decision(graph, identity, same(A, B))
    withdrawn = await withdraw(graph, identity, decision)
    before = await read_everything(graph)

    again = await withdraw_decision(graph, identity, decision.id, "other", "other reason")

    assert again == withdrawn
    assert (withdrawn.repeated, again.repeated) == (False, True)
    assert (again.withdrawn_by, again.withdrawal_reason, again.live) == ("zhao", "it was wrong", False)
    assert await read_everything(graph) == before
    with pytest.raises(Conflict):
        await preview_withdrawal(graph, identity, decision.id)


async def test_of_contradictory_decisions_at_once_one_wins(graph: Graph, identity: Identity) -> None:
    await put(graph, identity, *(said(record, ("phone", PHONES[at])) for at, record in enumerate((A, B, C))))
    await make_decision(graph, identity, same(B, C))
    outcomes: list[str] = []

    async def attempt(request: DecisionRequest) -> None:
        try:
            await make_decision(graph, identity, request)
        except Conflict:
            outcomes.append("refused")
        else:
            outcomes.append(request.kind)

    async with anyio.create_task_group() as stewards:
        stewards.start_soon(attempt, same(A, B))
        stewards.start_soon(attempt, apart(A, C))

    assert sorted(outcomes) in (["cannot_link", "refused"], ["must_link", "refused"])
    assert len(await read_partition(graph)) == (1 if "must_link" in outcomes else 2)
    assert (await replay(graph, identity.policy)).equal


async def test_a_preview_says_what_happens_and_writes_nothing(graph: Graph, identity: Identity) -> None:
    await put(graph, identity, said(A, ("phone", PHONES[0]), name="张伟"))
    await put(graph, identity, said(B, ("phone", PHONES[1]), city="上海"))
    births = await read_births(graph)
    before = await read_everything(graph)

    preview = await preview_decision(graph, identity, same(A, B))

    assert await read_everything(graph) == before
    assert [(move.record, move.before, move.after) for move in preview.moves] == [(B, births[B], births[A])]
    assert {(one.id, one.before, one.after) for one in preview.persons} == {
        (births[A], (A,), (A, B)),
        (births[B], (B,), ()),
    }
    assert [tuple(one) for one in preview.ids] == [(births[B], births[B], births[A])]
    assert [tuple(one) for one in preview.fields] == [(births[A], "city", None, "上海")]
    assert preview.settled
    assert not preview.opened
    assert not preview.closed


async def test_what_was_previewed_is_what_is_written(graph: Graph, identity: Identity) -> None:
    await put(graph, identity, said(A, ("phone", PHONES[0])), said(B, ("phone", PHONES[1])))
    for request in (same(A, B), pin(A, "name", "王五")):
        preview = await preview_decision(graph, identity, request)
        decision = await make_decision(graph, identity, request, preview.token)
        places = await read_places(graph)
        assert all(places[move.record] == move.after for move in preview.moves)

        back = await preview_withdrawal(graph, identity, decision.id)
        await withdraw_decision(graph, identity, decision.id, "li", "undo", back.token)
        places = await read_places(graph)
        assert all(places[move.record] == move.after for move in back.moves)


@pytest.mark.parametrize(
    "event", [said(A, ("phone", PHONES[2]), at=9), said(B, at=9, name="李娜"), said(C, ("phone", PHONES[0]))]
)
async def test_a_token_is_refused_after_new_evidence(graph: Graph, identity: Identity, event: object) -> None:
    await put(graph, identity, said(A, ("phone", PHONES[0])), said(B, ("phone", PHONES[1])))
    preview = await preview_decision(graph, identity, same(A, B))
    await put(graph, identity, event)  # type: ignore[arg-type]
    before = await read_everything(graph)

    with pytest.raises(Conflict, match="has changed since the preview"):
        await make_decision(graph, identity, same(A, B), preview.token)

    assert await read_everything(graph) == before


async def test_a_token_is_not_refused_for_what_happens_to_others(graph: Graph, identity: Identity) -> None:
    await put(graph, identity, said(A, ("phone", PHONES[0])), said(B, ("phone", PHONES[1])))
    preview = await preview_decision(graph, identity, same(A, B))
    await put(graph, identity, said(D, ("phone", PHONES[5])))

    await make_decision(graph, identity, same(A, B), preview.token)

    assert len(await read_partition(graph)) == 2


async def test_a_pin_outlives_new_evidence_and_follows_its_record_after_a_split(
    graph: Graph, identity: Identity
) -> None:
    await put(graph, identity, said(A, ("phone", PHONES[0]), name="张伟"), said(B, ("phone", PHONES[0])))
    decision = await make_decision(graph, identity, pin(B, "name", "张玮"))
    joined = await read_golden(graph, (await read_places(graph))[A])

    await put(graph, identity, said(A, ("phone", PHONES[0]), at=9, name="张伟"))
    later = await read_golden(graph, (await read_places(graph))[A])
    await make_decision(graph, identity, apart(A, B))
    places = await read_places(graph)

    assert joined["name"] == later["name"] == "张玮"
    assert (await read_golden(graph, places[A]))["name"] == "张伟"
    assert (await read_golden(graph, places[B]))["name"] == "张玮"
    assert not (await check_slice(graph, identity.policy)).wrong
    await withdraw(graph, identity, decision)
    assert "name" not in await read_golden(graph, places[B])


async def test_a_lifted_quarantine_links_and_its_withdrawal_quarantines_again(graph: Graph, identity: Identity) -> None:
    records = [f"pos|q{number:02d}" for number in range(17)]
    await put(graph, identity, *(said(record, ("phone", PHONES[0])) for record in records))
    before = await read_state(graph)
    key = await find_lift_target(graph, identity.policy, records[0])

    with pytest.raises(InvalidInput, match="lift it to 17 or more"):
        await make_decision(graph, identity, request_lift(key, 16, author="li", reason="a family"))
    preview = await preview_decision(graph, identity, request_lift(key, 20, author="li", reason="a family"))
    decision = await make_decision(
        graph, identity, request_lift(key, 20, author="li", reason="a family"), preview.token
    )

    assert decision.shown == "phone 138****0001"
    assert [one.shown for one in await fetch_decisions(graph)] == [decision.shown]
    assert len(preview.moves) == 16
    assert [one.kind for one in preview.closed] == ["blast_radius"]
    assert await read_partition(graph) == {frozenset(records)}
    assert not await find_cases(graph)
    with pytest.raises(Conflict, match=decision.id):
        await make_decision(graph, identity, request_lift(key, 18, author="li", reason="fewer"))
    more = await make_decision(graph, identity, request_lift(key, 30, author="li", reason="more"))
    await withdraw(graph, identity, more)
    assert len(await read_partition(graph)) == 1
    await withdraw(graph, identity, decision)
    assert await read_state(graph) == before
    assert [case.kind for case in await find_cases(graph)] == ["blast_radius"]


async def test_a_decision_on_too_large_a_component_waits_for_the_background_job(
    graph: Graph, identity: Identity
) -> None:
    small = identity.under(replace(identity.policy, max_component=3))
    await put(graph, small, *(said(f"pos|x{number}", ("phone", PHONES[0])) for number in range(3)))
    await put(graph, small, said(A, ("phone", PHONES[1])))

    preview = await preview_decision(graph, small, same(A, "pos|x0"))
    decision = await make_decision(graph, small, same(A, "pos|x0"), preview.token)

    assert (preview.settled, preview.moves, decision.settled) == (False, (), False)
    assert len(await read_partition(graph)) == 2
    assert set(await fetch_unsettled(graph)) == {A, "pos|x0"}
    with pytest.raises(Conflict, match=decision.id):
        await make_decision(graph, small, apart(A, "pos|x0"))
    await settle_waiting(graph, small.policy)
    assert len(await read_partition(graph)) == 1
    assert await count_unsettled(graph) == 0
    withdrawn = await withdraw(graph, small, decision)
    assert not withdrawn.settled
    await settle_waiting(graph, small.policy)
    assert len(await read_partition(graph)) == 2


async def test_decisions_are_listed_newest_first_in_pages(graph: Graph, identity: Identity) -> None:
    await put(graph, identity, *(said(record, ("phone", PHONES[at])) for at, record in enumerate((A, B, C))))
    made = [await make_decision(graph, identity, one) for one in (same(A, B), pin(C, "name", "王五"), apart(B, C))]
    ended = await withdraw(graph, identity, made[2])
    [new, old] = sorted(made[:2], key=lambda one: one.id, reverse=True)
    everything = sorted([*made[:2], ended], key=lambda one: one.id, reverse=True)

    assert await fetch_decisions(graph) == [new, old]
    assert await fetch_decisions(graph, live=False, limit=2) == everything[:2]
    assert await fetch_decisions(graph, live=False, before=everything[1].id) == everything[2:]
    assert await fetch_decisions(graph, record=C) == [made[1]]


async def test_after_random_merges_and_splits_every_id_resolves_to_one_living_person(
    graph: Graph, identity: Identity
) -> None:
    chooser = random.Random(20261125)
    records = [f"pos|r{number}" for number in range(10)]
    await put(graph, identity, *(said(record, ("phone", PHONES[at % 4])) for at, record in enumerate(records)))
    start = await read_state(graph)
    births = set((await read_births(graph)).values())
    live: list[Decision] = []

    for _ in range(60):
        if live and chooser.random() < 0.4:
            await withdraw(graph, identity, live.pop(chooser.randrange(len(live))))
        else:
            left, right = chooser.sample(records, 2)
            try:
                made = await make_decision(graph, identity, chooser.choice([same, apart])(left, right))
            except Conflict:
                continue
            live += [made] if made not in live else []
        resolved = await read_resolved(graph)
        assert resolved.keys() == births
        assert all(len(persons) == 1 and persons[0] <= birth for birth, persons in resolved.items())
    assert (await replay(graph, identity.policy)).equal

    for decision in live:
        await withdraw(graph, identity, decision)
    assert await read_state(graph) == start


async def test_stewards_and_sources_at_once_give_what_one_after_the_other_gives(
    graph: Graph, identity: Identity
) -> None:
    records = [f"pos|s{number}" for number in range(8)]
    await put(graph, identity, *(said(record, ("phone", PHONES[at % 3])) for at, record in enumerate(records)))

    async def steward() -> None:
        made = [await make_decision(graph, identity, same(records[0], records[1]))]
        made.append(await make_decision(graph, identity, apart(records[2], records[5])))
        await withdraw(graph, identity, made[0])

    async def source(turn: int) -> None:
        for at, record in enumerate(records):
            await put(graph, identity, said(record, ("phone", PHONES[(at + turn) % 3]), at=turn + 2))

    async with anyio.create_task_group() as group:
        group.start_soon(steward)
        for turn in (1, 2):
            group.start_soon(source, turn)

    assert (await replay(graph, identity.policy)).equal
    assert not (await check_slice(graph, identity.policy)).wrong


async def test_a_decision_on_a_record_that_is_erased_before_its_lock_is_refused(
    graph: Graph, identity: Identity, monkeypatch: pytest.MonkeyPatch
) -> None:
    await put(graph, identity, said(A, ("phone", PHONES[0])), said(B, ("phone", PHONES[1])), said(C))
    births = await read_births(graph)
    touch = evidence.touch_identifiers

    async def erase_first(*args: Any) -> dict[str, IdentifierState]:
        monkeypatch.setattr(evidence, "touch_identifiers", touch)
        await erase_person(graph, identity, births[next(erased)], requested_by="li", reason="asked for it")
        return await touch(*args)

    erased = iter((A, B))
    for request in (pin(A, "name", "张伟"), same(B, C)):
        monkeypatch.setattr(evidence, "touch_identifiers", erase_first)
        with pytest.raises(NotFound):
            await make_decision(graph, identity, request)

    assert await fetch_decisions(graph) == []
