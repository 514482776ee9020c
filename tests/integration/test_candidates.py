"""Candidates: who is much alike becomes a case, once, with its reasons; joined unasked only if the policy says so."""

from __future__ import annotations

import re
import subprocess
import sys
from dataclasses import replace
from typing import Any, Final

import anyio
import psutil
import pytest

from graph.case_work import find_case
from graph.database import Graph
from graph.similar_cases import SimilarCase, fetch_open
from graph.similarity import find_newest_model
from graph.statement import Statement
from hub.core.errors import Erased
from hub.core.model import CustomerEvent
from hub.core.settings import Settings
from hub.services.candidates import Request, Suggested, asking, suggest, suggest_candidates
from hub.services.candidates.asking import AUTHOR, Scores, link_unasked, open_cases, update_cases
from hub.services.candidates.choice import Candidate
from hub.services.candidates.scoring import score_records
from hub.services.candidates.standing import Verdict, read_standings
from hub.services.cases import answer_case, get_case
from hub.services.decisions import fetch_decisions, make_decision, request_link, withdraw_decision
from hub.services.find_person import PersonFinder
from hub.services.identity import Identity
from hub.services.personal_data.erase import erase_person
from hub.services.personal_data.export import export_person
from hub.services.replay import replay
from hub.services.settle_large import settle_waiting
from hub.services.similarity import ScoredPair, Weight
from tests.integration.api_process import environ_of
from tests.support.alike import HOME, others, wang
from tests.support.commands import run_hub
from tests.support.contents import read_everything, read_partition
from tests.support.events import PHONES
from tests.support.stewardship import find_cases, put, read_births, read_places, said
from workers.candidates import find_candidates

pytestmark = pytest.mark.anyio

A, B, C = "pos|a", "tmall:flagship|b", "wechat:mini|c"
_MODELS = Statement("tests.models", "read", "MATCH (m:SimilarityModel) RETURN m.id AS id")
_SEALED: Final = Statement(
    "tests.sealed",
    "read",
    """
    UNWIND $records AS record
    MATCH (:Record {key: record})-[:CLAIMS]->(i:Identifier)
    RETURN i.key AS key, i.sealed AS sealed
    """,
)


async def put_alike(graph: Graph, identity: Identity) -> None:
    """Two persons who are much alike, and three who are not."""
    await put(graph, identity, wang(A, PHONES[0]), wang(B, PHONES[1]), *others())


def somebody(number: int) -> CustomerEvent:
    """One of a crowd in one city."""
    name = f"{'王李张赵陈'[number % 5]}{'明丽伟敏芳静'[number % 6]}"
    return wang(
        f"pos|{number}",
        f"1390000{number:04d}",
        name=name,
        birthday=f"{1950 + number % 50}-0{1 + number % 9}-1{number % 10}",
        address=f"中山路{number}号{number % 7}幢",
    )


async def run(graph: Graph, identity: Identity, *, retrain: bool = False, dry_run: bool = False) -> Suggested:
    return await suggest_candidates(graph, identity, Request(retrain, dry_run))


def pair(left: str = A, right: str = B, probability: float = 0.95) -> ScoredPair:
    weights = (Weight("prior", "", -13.0), Weight("name", "same", 11.0), Weight("birthday", "same", 12.0))
    return ScoredPair(min(left, right), max(left, right), probability, weights)


def scores_of(*pairs: ScoredPair, complete: bool = True) -> Scores:
    return Scores({(one.left, one.right): one for one in pairs}, "M1", complete)


async def candidate(graph: Graph, identity: Identity, one: ScoredPair) -> Candidate:
    [standing] = await read_standings(graph, identity.policy, [(one.left, one.right)])
    return Candidate(one, standing)


async def ask(graph: Graph, identity: Identity, *pairs: ScoredPair) -> int:
    """Open cases as a run does that has scored these pairs."""
    portion = [await candidate(graph, identity, one) for one in pairs]
    return await open_cases(graph, identity.policy, portion, scores_of(*pairs))


async def verdict(graph: Graph, identity: Identity, left: str = A, right: str = B) -> Verdict:
    [standing] = await read_standings(graph, identity.policy, [(left, right)])
    return standing.verdict


async def open_alike(graph: Graph) -> list[SimilarCase]:
    return await fetch_open(graph, after="", limit=100)


async def test_two_persons_who_are_alike_become_one_case_with_its_waterfall(graph: Graph, identity: Identity) -> None:
    await put_alike(graph, identity)

    first = await run(graph, identity)
    before = await read_everything(graph)
    again = await run(graph, identity)

    assert (first.records, first.opened, first.linked) == (5, 1, 0)
    assert (again.opened, again.counts["open"], again.rescored, again.closed) == (0, 1, 0, 0)
    assert await read_everything(graph) == before
    [summary] = await find_cases(graph)
    details = await get_case(graph, identity, summary.id)
    assert (summary.kind, summary.records, summary.score) == ("weak_similarity", 2, details.suggestion.score)
    assert [[record.key for record in side.records] for side in details.sides] == [[A], [B]]
    assert details.suggestion.outcome == "same"
    assert details.suggestion.grounds[:2] == ("address same", "birthday same")
    waterfall = details.case.waterfall
    assert waterfall is not None
    odds = 2 ** sum(bar.bits for bar in waterfall.bars)
    assert odds / (1 + odds) == pytest.approx(summary.score, abs=1e-4)
    assert not re.search(r"王|1990-|人民路|上海|138\*", repr(waterfall))


async def test_a_dry_run_writes_nothing(graph: Graph, identity: Identity) -> None:
    await put_alike(graph, identity)
    before = await read_everything(graph)

    done = await run(graph, identity, dry_run=True)

    assert [(one.pair.left, one.pair.right) for one in done.choice.asked] == [(A, B)]
    assert done.opened == 1
    assert await read_everything(graph) == before


async def test_parameters_are_trained_once_stored_and_reused(graph: Graph, identity: Identity) -> None:
    crowd = list(map(somebody, range(300)))
    doubles = [replace(one, record=replace(one.record, system="erp"), identifiers=()) for one in crowd[::3]]
    await put(graph, identity, *crowd, *doubles)

    dry = await run(graph, identity, dry_run=True)
    kept_by_dry_run = await find_newest_model(graph)
    first = await run(graph, identity)
    second = await run(graph, identity)
    third = await run(graph, identity, retrain=True)

    assert (dry.trained, kept_by_dry_run) == (True, None)
    assert first.model is not None
    assert (first.trained, first.model.records, first.model.policy) == (True, 400, identity.policy.version)
    assert (second.trained, second.model, second.opened, second.rescored) == (False, first.model, 0, 0)
    assert second.counts["open"] == first.opened > 0
    assert third.trained
    assert third.model is not None
    assert third.model.parameters == first.model.parameters
    assert len(await graph.read(_MODELS)) == 2
    assert third.closed == 0


async def test_a_run_that_died_is_finished_by_the_next(
    graph: Graph, identity: Identity, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(suggest, "_PORTION", 1)
    await put_alike(graph, identity)
    for record, phone in (("pos|l1", PHONES[2]), ("erp|l2", PHONES[3])):
        await put(graph, identity, wang(record, phone, name="李小龙", birthday="1980-05-05", address="长江路77号"))

    def die(stage: str, done: int, _total: int) -> None:
        if stage == "write" and done == 1:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        await suggest_candidates(graph, identity, Request(), progress=die)
    half = await open_alike(graph)
    done = await run(graph, identity)

    assert len(half) == 1
    assert (done.opened, done.counts["open"]) == (1, 1)
    assert len(await open_alike(graph)) == 2


async def test_stopping_ends_the_process_that_compares(graph: Graph, identity: Identity) -> None:
    await put_alike(graph, identity)
    begun: list[psutil.Process] = []

    def stop(stage: str, _done: int, _total: int) -> None:
        if stage == "block" and not begun:
            begun.extend(psutil.Process().children())
            scope.cancel()

    with anyio.CancelScope() as scope:
        await suggest_candidates(graph, identity, Request(), progress=stop)

    compared = [process for process in begun if process not in psutil.Process().children()]
    assert scope.cancelled_caught
    assert len(compared) == 1
    assert not compared[0].is_running()
    assert not await open_alike(graph)


async def test_over_link_above_a_withdrawable_decision_joins_them(graph: Graph, identity: Identity) -> None:
    await put_alike(graph, identity)
    linking = identity.under(replace(identity.policy, link_above=0.95))

    done = await run(graph, linking)
    joined = await read_partition(graph)
    replayed = await replay(graph, linking.policy)
    [decision] = await fetch_decisions(graph)
    await withdraw_decision(graph, linking, decision.id, "li", "father and son")
    again = await run(graph, linking)

    assert (done.linked, done.opened) == (1, 0)
    assert frozenset({A, B}) in joined
    assert replayed.equal
    assert (decision.kind, decision.author) == ("must_link", AUTHOR)
    assert re.search(r"0\.99\d\d, .* link_above 0\.95 of policy version 0; parameters as shipped", decision.reason)
    assert (again.linked, again.opened) == (0, 1)
    assert not await fetch_decisions(graph)


@pytest.mark.parametrize("against", ["unionid", "gender", "different", "withdrawn", "dismiss"])
async def test_nothing_that_is_known_is_overridden_unasked(graph: Graph, identity: Identity, against: str) -> None:
    own = [("unionid", "u1"), ("unionid", "u2")] if against == "unionid" else []
    genders = [("male", "female"), ("male", "male")][against != "gender"]
    events = [
        said(record, ("phone", phone), *own[at : at + 1], name="王小明" if against != "gender" else "", gender=gender)
        for at, (record, phone, gender) in enumerate(zip((A, B), PHONES, genders, strict=False))
    ]
    await put(graph, identity, *(replace(one, profile={k: v for k, v in one.profile.items() if v}) for one in events))
    one = await candidate(graph, identity, pair(probability=0.999))
    if against == "different":
        await make_decision(graph, identity, request_link(A, B, apart=True, author="li", reason="two people"))
    if against == "withdrawn":
        made = await make_decision(graph, identity, request_link(A, B, apart=False, author="li", reason="one"))
        await withdraw_decision(graph, identity, made.id, "li", "a mistake")
    if against == "dismiss":
        await ask(graph, identity, pair())
        [case] = await find_cases(graph)
        await answer_case(graph, identity, case.id, "dismiss", "li", "nobody knows")
    before = await read_everything(graph)

    linked = await link_unasked(graph, identity, one, scores_of(one.pair))

    assert not linked
    assert await read_everything(graph) == before
    assert len(await read_partition(graph)) == 2


async def test_what_speaks_against_joining_is_told_with_the_case(graph: Graph, identity: Identity) -> None:
    await put(graph, identity, said(A, ("unionid", "u1"), name="王小明"), said(B, ("unionid", "u2"), name="王小明"))

    await ask(graph, identity, pair())

    [case] = await find_cases(graph)
    details = await get_case(graph, identity, case.id)
    assert details.case.reasons == ("unionid",)
    assert (details.suggestion.outcome, details.suggestion.score) == (None, 0.95)


async def test_different_is_never_asked_again_whatever_record_is_alike(graph: Graph, identity: Identity) -> None:
    await put(graph, identity, wang(A, PHONES[0]), wang(B, PHONES[1]), wang(C, PHONES[0]))
    await ask(graph, identity, pair())
    [case] = await find_cases(graph)
    answered = await answer_case(graph, identity, case.id, "different", "li", "father and son")

    assert await verdict(graph, identity) == "apart"
    assert await verdict(graph, identity, C, B) == "apart"
    assert await ask(graph, identity, pair(C, B)) == 0

    await withdraw_decision(graph, identity, answered.decisions[0].id, "li", "a mistake")

    [again] = await open_alike(graph)
    assert (again.id, again.score) == (case.id, 0.95)
    assert again.waterfall is not None


async def test_the_answer_same_joins_and_its_withdrawal_asks_again(graph: Graph, identity: Identity) -> None:
    await put_alike(graph, identity)
    await ask(graph, identity, pair())
    [case] = await find_cases(graph)

    answered = await answer_case(graph, identity, case.id, "same", "li", "called")
    joined = await verdict(graph, identity)
    await withdraw_decision(graph, identity, answered.decisions[0].id, "li", "a mistake")

    assert joined == "one"
    assert [one.id for one in await open_alike(graph)] == [case.id]


@pytest.mark.parametrize("end", ["evidence", "same", "apart", "evidence later", "apart later"])
async def test_a_case_closes_by_itself_when_it_is_moot_and_says_so(graph: Graph, identity: Identity, end: str) -> None:
    await put(graph, identity, wang(A, PHONES[0]), wang(C, PHONES[0]), wang(B, PHONES[1]))
    await ask(graph, identity, pair())
    [case] = await find_cases(graph)

    how, _, later = end.partition(" ")
    told = identity.under(replace(identity.policy, max_component=1)) if later else identity
    if how == "evidence":
        await put(graph, told, wang(B, PHONES[0], at=5))
    else:
        record = A if later else C
        await make_decision(graph, told, request_link(record, B, apart=how == "apart", author="li", reason="called"))
    if later:
        await settle_waiting(graph, identity.policy)

    assert not await open_alike(graph)
    closed = await find_case(graph, case.id)
    assert closed is not None
    assert closed.summary.state == "moot"
    assert closed.history[-1].text == "The evidence has answered this meanwhile."


async def test_what_does_not_answer_it_leaves_a_case_open(graph: Graph, identity: Identity) -> None:
    await put_alike(graph, identity)
    await ask(graph, identity, pair())

    await put(graph, identity, wang(A, PHONES[2], at=5), said("pos|x", ("phone", PHONES[2])))
    await make_decision(graph, identity, request_link(A, "pos|other0", apart=True, author="li", reason="two"))
    made = await make_decision(graph, identity, request_link(B, "pos|other1", apart=False, author="li", reason="one"))
    await withdraw_decision(graph, identity, made.id, "li", "a mistake")

    assert len(await open_alike(graph)) == 1


async def test_open_cases_are_scored_anew_and_closed_when_no_longer_alike(graph: Graph, identity: Identity) -> None:
    await put_alike(graph, identity)
    await ask(graph, identity, pair())
    portion = await open_alike(graph)

    same = await update_cases(graph, identity.policy, portion, scores_of(pair()))
    other = await update_cases(graph, identity.policy, portion, scores_of(pair(probability=0.97)))
    unknown = await update_cases(graph, identity.policy, portion, scores_of(complete=False))
    [rescored] = await open_alike(graph)
    gone = await update_cases(graph, identity.policy, [rescored], scores_of())
    twice = await update_cases(graph, identity.policy, [rescored], scores_of())

    assert (dict(same), dict(other), dict(unknown)) == ({}, {"rescored": 1}, {})
    assert rescored.score == 0.97
    assert (dict(gone), dict(twice)) == ({"closed": 1}, {})
    closed = await find_case(graph, rescored.id)
    assert closed is not None
    assert closed.history[-1].text == "The records are no longer alike enough to ask."


async def test_a_raised_threshold_empties_the_queue(graph: Graph, identity: Identity) -> None:
    await put_alike(graph, identity)
    await run(graph, identity)

    done = await run(graph, identity.under(replace(identity.policy, suggest_above=1.0)))

    assert (done.closed, done.opened) == (1, 0)
    assert not await open_alike(graph)


async def test_whom_a_strong_identifier_did_not_join_is_not_asked_about(graph: Graph, identity: Identity) -> None:
    await put(graph, identity, said(A, ("phone", PHONES[0]), name="王小明"), said(B, ("phone", PHONES[0]), name="李丽"))

    assert await verdict(graph, identity) == "judged"
    assert await ask(graph, identity, pair()) == 0


async def test_whom_another_case_asks_about_is_not_asked_about_twice(graph: Graph, identity: Identity) -> None:
    both = said(A, ("phone", PHONES[0]), ("unionid", "u1")), said(B, ("phone", PHONES[0]), ("unionid", "u2"))
    await put(graph, identity, *both)

    assert [case.kind for case in await find_cases(graph)] == ["limit_exceeded"]
    assert await verdict(graph, identity) == "asked"


async def test_two_runs_at_once_open_one_case(graph: Graph, identity: Identity) -> None:
    await put(graph, identity, wang(A, PHONES[0]), wang(C, PHONES[0]), wang(B, PHONES[1]))
    pairs = [pair(), pair(C, B)]
    found = [await candidate(graph, identity, one) for one in pairs]

    async with anyio.create_task_group() as tasks:
        for one in found:
            tasks.start_soon(open_cases, graph, identity.policy, [one], scores_of(*pairs))

    assert len(await open_alike(graph)) == 1


async def test_an_erasure_leaves_nothing_of_the_likeness(graph: Graph, identity: Identity) -> None:
    await put_alike(graph, identity)
    await run(graph, identity)
    births, places = await read_births(graph), await read_places(graph)

    copy = await export_person(graph, identity, places[A], requested_by="li", reason="asked for it")
    await erase_person(graph, identity, places[A], requested_by="li", reason="asked for it")

    assert copy["cases"][0]["likeness"]["bars"][0][0] == "prior"
    assert not await open_alike(graph)
    [case] = [line for line in await read_everything(graph) if "weak_similarity" in line]
    assert births[A] not in case
    assert "bits" not in case
    assert "same month" not in case
    assert "waterfall: '{}'" in case
    assert await verdict(graph, identity) == "gone"
    assert await ask(graph, identity, pair()) == 0


@pytest.mark.parametrize("link_above", [None, 0.95])
async def test_nothing_of_persons_erased_while_candidates_are_sought_comes_back(
    graph: Graph, identity: Identity, monkeypatch: pytest.MonkeyPatch, link_above: float | None
) -> None:
    """Two once they were compared, one once it was chosen, one before the lock, and one that is after the same lock."""
    own = identity.under(replace(identity.policy, link_above=link_above))
    pairs = [(f"erp|stays-{number}", f"pos|gone-{number}") for number in range(6)]
    for number, two in enumerate(pairs):
        born, home = f"196{number}-0{number + 1}-1{number}", f"长江路7{number}号9幢"
        for record, begins in zip(two, ("137", "136"), strict=True):
            await put(graph, own, wang(record, f"{begins}1234{number:04d}", birthday=born, address=home))
    await ask(graph, own, pair(*pairs[5]))
    places = await read_places(graph)
    gone = [record for number, (_, record) in enumerate(pairs) if number != 4]
    words = {"gone-0", "gone-1", "gone-2", "gone-3", "gone-5", *(f"136****{number:04d}" for number in (0, 1, 2, 3, 5))}
    words |= {text for row in await graph.read(_SEALED, records=gone) for text in (row["key"], row["sealed"])}
    step = "draft_decisions" if link_above else "lock_standings"

    async def erase(number: int) -> None:
        await erase_person(graph, own, places[f"pos|gone-{number}"], requested_by="li", reason="asked for it")

    async def score_and_be_overtaken(*args: Any) -> Any:
        scored = await score_records(*args)
        await erase(0)
        await erase(5)
        return scored

    async def choose_and_be_overtaken(*args: Any, **options: Any) -> Any:
        monkeypatch.setattr(suggest, "_choose", choose)
        monkeypatch.setattr(asking, step, lock_and_be_overtaken)
        chosen = await choose(*args, **options)
        await erase(1)
        return chosen

    async def lock_and_be_overtaken(*args: Any) -> Any:
        monkeypatch.setattr(asking, step, lock)
        await erase(2)
        erasures.start_soon(erase, 3)
        return await lock(*args)

    choose, lock = suggest._choose, getattr(asking, step)
    monkeypatch.setattr(suggest, "score_records", score_and_be_overtaken)
    monkeypatch.setattr(suggest, "_choose", choose_and_be_overtaken)
    async with anyio.create_task_group() as erasures:
        await run(graph, own)
    monkeypatch.undo()
    again = await run(graph, own)

    assert (again.opened, again.linked) == (0, 0)
    assert [line for line in await read_everything(graph) if any(word in line for word in words)] == []
    for record in gone:
        with pytest.raises(Erased):
            await PersonFinder(graph, own).find_by_id(places[record])
    joined = await read_partition(graph)
    assert (frozenset(pairs[4]) in joined) is (link_above is not None)
    assert len(await open_alike(graph)) == (link_above is None)
    assert (await replay(graph, own.policy)).equal


async def test_two_processes_one_of_which_is_killed_leave_nothing_to_ask(
    graph: Graph, identity: Identity, settings: Settings
) -> None:
    crowd = list(map(somebody, range(70)))
    doubles = [replace(one, record=replace(one.record, system="erp"), identifiers=()) for one in crowd]
    await put(graph, identity, *crowd, *doubles)
    command, environ = [sys.executable, "-m", "hub.cli", "candidates"], environ_of(settings)

    killed, other = [
        await anyio.open_process(command, env=environ, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        for _ in range(2)
    ]
    while not await open_alike(graph):
        assert None in (killed.returncode, other.returncode)
    killed.kill()
    await killed.wait()
    code = await other.wait()
    again = await run(graph, identity)

    sides = [case.sides for case in await fetch_open(graph, after="", limit=1000)]
    assert (code, again.opened, again.closed, again.rescored) == (0, 0, 0, 0)
    assert again.counts["open"] == len(sides) == len(set(sides)) >= 70


async def test_the_worker_opens_cases_too(graph: Graph, identity: Identity) -> None:
    await put_alike(graph, identity)

    opened = await find_candidates({"graph": graph, "identity": identity})

    assert opened == len(await open_alike(graph)) == 1


async def test_a_graph_without_records_gives_nothing(graph: Graph, identity: Identity) -> None:
    done = await run(graph, identity)

    assert (done.records, done.compared, done.opened, done.model) == (0, 0, 0, None)


async def test_the_command_opens_shows_and_sums_up(graph: Graph, identity: Identity, settings: Settings) -> None:
    await put_alike(graph, identity)
    environ = environ_of(settings)

    dry = run_hub(environ, "candidates", "--dry-run")
    done = run_hub(environ, "candidates")
    [case] = await find_cases(graph)
    shown = run_hub(environ, "case", "show", case.id)

    assert (dry.returncode, done.returncode) == (0, 0), dry.stderr + done.stderr
    assert re.search(r"cases to open / \S+ +1\b", dry.stdout)
    assert "王** / 王**" in dry.stdout
    assert not re.search(f"王小明|{HOME}|1990-03-14|{PHONES[0]}", dry.stdout + done.stdout)
    assert re.search(r"records read / \S+ +5\b", done.stdout)
    assert re.search(r"cases opened / \S+ +1\b", done.stdout)
    assert "too few records to train on" in done.stdout
    assert re.search(r"birthday +same +\+\d+\.\d\d", shown.stdout)
    assert "suggestion: same" in shown.stdout
