"""Which pairs are asked about, what of a record is compared, and the process that compares."""

from __future__ import annotations

from collections.abc import AsyncIterator

import psutil
import pytest

from graph.evidence import IdentifierState
from graph.similar_records import MaskedClaim, WeakEvidence
from hub.core.errors import InvalidInput, Unavailable
from hub.services.candidates.choice import Candidate, choose
from hub.services.candidates.records import describe
from hub.services.candidates.standing import Standing, Verdict
from hub.services.policy import DEFAULT_POLICY
from hub.services.similarity import ScoredPair, SimilarRecord, UnfitParameters, columns, score_candidates
from hub.services.similarity.process import Task, score_apart

pytestmark = pytest.mark.anyio


def candidate(
    one: str, other: str, probability: float, verdict: Verdict = "free", *, undone: bool = False, objection: str = ""
) -> Candidate:
    """Two persons, each named by a letter; their records are numbered by the probability."""
    persons = () if verdict == "gone" else (one, one if verdict == "one" else other)
    standing = Standing(verdict, persons, (one, other), (objection,) if objection else (), undone)
    return Candidate(ScoredPair(f"{one}{probability}", f"{other}{probability}", probability, ()), standing)


def persons(chosen: tuple[Candidate, ...]) -> list[str]:
    return ["".join(one.standing.persons) for one in chosen]


def test_two_persons_are_asked_about_once_by_their_likeliest_pair() -> None:
    pairs = [candidate("A", "B", 0.99), candidate("B", "A", 0.98), candidate("A", "C", 0.97)]

    choice = choose(pairs, most_each=5, link_above=None)

    assert persons(choice.asked) == ["AB", "AC"]
    assert choice.asked[0].pair.probability == 0.99


def test_of_many_questions_about_one_person_the_likeliest_are_asked_and_the_rest_counted() -> None:
    pairs = [candidate("A", name, 0.99 - at / 100) for at, name in enumerate("BCDE")]

    choice = choose([*pairs, candidate("B", "C", 0.91)], most_each=2, link_above=None)

    assert persons(choice.asked) == ["AB", "AC", "BC"]
    assert choice.counts == {"left_out": 2}


def test_open_questions_count_first_however_unlikely() -> None:
    choice = choose([candidate("A", "B", 0.99), candidate("A", "C", 0.9, "open")], most_each=1, link_above=None)

    assert not choice.asked
    assert choice.counts == {"left_out": 1, "open": 1}


def test_what_was_dealt_with_is_counted_and_who_is_gone_or_one_is_not() -> None:
    verdicts: list[Verdict] = ["gone", "one", "apart", "judged", "asked"]
    pairs = [candidate("A", name, 0.95, verdict) for name, verdict in zip("BCDEF", verdicts, strict=True)]

    choice = choose(pairs, most_each=1, link_above=0.9)

    assert (choice.asked, choice.linked) == ((), ())
    assert choice.counts == {"apart": 1, "judged": 1, "asked": 1}


def test_only_what_nothing_speaks_against_is_linked_and_the_rest_is_asked() -> None:
    pairs = [
        candidate("A", "B", 0.99),
        candidate("C", "D", 0.99, "open"),
        candidate("E", "F", 0.99, undone=True),
        candidate("G", "H", 0.99, objection="unionid"),
        candidate("I", "J", 0.98),
    ]

    choice = choose(pairs, most_each=5, link_above=0.99)

    assert persons(choice.linked) == ["AB", "CD"]
    assert persons(choice.asked) == ["EF", "GH", "IJ"]


def claim(kind: str, masked: str, *, live: int = 1, blocked: bool = False) -> MaskedClaim:
    return MaskedClaim(masked, IdentifierState(f"{kind}:{masked}", kind, live, blocked))


def test_a_record_is_compared_without_what_is_nobodys_own() -> None:
    claims = (
        claim("phone", "138****1234"),
        claim("masked_phone", "139****0001", live=100),
        claim("phone", "137****0000", blocked=True),
        claim("phone", "136****9999", live=100),
        claim("email", "x***@example.com"),
    )
    profile = {"name": "王小明", "birthday": "1990-03-14", "city": "上海市", "nickname": "x"}

    described = describe(DEFAULT_POLICY, WeakEvidence("pos|1", "P1", profile, claims, ("S2", "S1", "S1", "S3")))

    assert described == SimilarRecord(
        "pos|1",
        "P1",
        "王小明",
        "1990-03-14",
        city="上海市",
        phone_masks=("138****1234", "139****0001"),
        email_masks=("x***@example.com",),
        store="S1",
    )


def test_of_stores_that_are_equally_common_the_first_by_name_counts() -> None:
    assert describe(DEFAULT_POLICY, WeakEvidence("pos|1", "P1", {}, (), ("S2", "S1"))).store == "S1"
    assert describe(DEFAULT_POLICY, WeakEvidence("pos|1", "P1", {}, (), ())).store is None


ROWS = [
    SimilarRecord(f"pos|{at}", f"P{at}", name, born, phone_masks=("138****1234",))
    for at, (name, born) in enumerate([("王小明", "1990-03-14"), ("王小明", "1990-03-14"), ("李丽", "1985-07-01")])
]


async def pages(*rows: SimilarRecord) -> AsyncIterator[list[SimilarRecord]]:
    for row in rows:
        yield [row]


def children() -> set[psutil.Process]:
    """The processes that this one has started; a run of all tests has servers among them."""
    return set(psutil.Process().children())


async def test_a_process_of_its_own_gives_the_same_answer_and_ends() -> None:
    before = children()
    told: list[str] = []

    scoring = await score_apart(pages(*ROWS), Task(0.5), lambda stage, *_: told.append(stage))

    assert scoring == score_candidates(ROWS, threshold=0.5)
    assert list(dict.fromkeys(told)) == ["prepare", "block", "train", "score"]
    assert children() == before


async def test_what_the_process_refuses_is_raised_here() -> None:
    with pytest.raises(UnfitParameters, match="train new ones"):
        await score_apart(pages(*ROWS), Task(0.5, "{}"), lambda *_: None)
    with pytest.raises(InvalidInput, match="twice"):
        await score_apart(pages(ROWS[0], ROWS[0]), Task(0.5), lambda *_: None)


async def test_a_process_that_is_killed_is_told() -> None:
    before = children()

    def kill(*_: object) -> None:
        for child in children() - before:
            child.kill()

    with pytest.raises(Unavailable, match="ended from outside"):
        await score_apart(pages(*ROWS), Task(0.5), kill)


async def test_whoever_reads_the_rows_may_fail() -> None:
    before = children()

    async def fail() -> AsyncIterator[list[SimilarRecord]]:
        yield ROWS[:1]
        raise Unavailable("The graph does not answer.")

    with pytest.raises(Unavailable, match="does not answer"):
        await score_apart(fail(), Task(0.5), lambda *_: None)
    assert children() == before


def test_rows_are_laid_out_in_portions(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = columns.lay_out(ROWS)
    monkeypatch.setattr(columns, "_PORTION", 2)

    assert columns.lay_out(iter(ROWS)).equals(whole)
    assert columns.lay_out([]).num_rows == 0
