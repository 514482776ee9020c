"""Explanations in sentences."""

from __future__ import annotations

import string
from typing import get_args
from zoneinfo import ZoneInfo

import pytest

from graph.explaining import ShownDecision, ShownIdentifier
from hub.core.model import RecordKey
from hub.services.explanation import (
    EvidenceStep,
    Explanation,
    PersonTree,
    Place,
    Proof,
    Separation,
    SeparationKind,
    Verdict,
)
from hub.services.explanation_texts import PHRASES
from hub.services.explanation_words import Language, explain_in_words
from rules.obstacles import Kind

A, B = RecordKey("pos", "C1"), RecordKey("wechat:mini", "wx{2}")
PHONE = ShownIdentifier("phone", "", "138****0001")
NOON_MS = 1_760_000_000_000
PROOFS = (
    Proof(A, "delivery-1", NOON_MS, None, NOON_MS + 86_400_000, True),
    Proof(B, "", NOON_MS, NOON_MS + 86_400_000, NOON_MS, False),
)
ONE, TWO = Place(A, "P1"), Place(B, "P2")
SHANGHAI = ZoneInfo("Asia/Shanghai")


def separate(kind: SeparationKind, **details: object) -> Explanation:
    """Two records that are apart for one reason."""
    found = Separation(kind, (A,), (B,), PHONE, PROOFS, **details)  # type: ignore[arg-type]
    return Explanation(ONE, TWO, "apart", 3, 2000, (), (found,))


def kinds() -> list[SeparationKind]:
    return [*get_args(Kind), "ended"]


@pytest.mark.parametrize("phrase", PHRASES)
def test_both_languages_say_the_same_things(phrase: str) -> None:
    english, chinese = (
        {name for _, name, _, _ in string.Formatter().parse(text) if name is not None} for text in PHRASES[phrase]
    )

    assert english == chinese


@pytest.mark.parametrize("language", get_args(Language))
@pytest.mark.parametrize("kind", kinds())
def test_every_reason_has_a_sentence_of_its_own(kind: SeparationKind, language: Language) -> None:
    decision = ShownDecision("D1", "wang", "same {face}", NOON_MS)
    told = separate(kind, decision=decision, reasons=("name",), count=5, limit=4, at_ms=NOON_MS)

    verdict, sentence = explain_in_words(told, language, SHANGHAI)

    assert "pos C1" in sentence
    assert "wechat:mini wx{2}" in sentence
    assert "None" not in sentence
    others = {explain_in_words(separate(one, count=5, limit=4, at_ms=NOON_MS), language)[1] for one in kinds()}
    assert len(others) == len(kinds())
    assert "3" in verdict, "the version of the policy"


@pytest.mark.parametrize(
    ("told", "english", "chinese"),
    [
        (
            separate("quarantined", count=16, limit=15),
            "pos C1 and wechat:mini wx{2} share the phone 138****0001, which is quarantined: 16 records claim it where "
            "at most 15 may: pos C1 since 2025-10-09 (last stated 2025-10-10, verified, from delivery-1); wechat:mini "
            "wx{2} since 2025-10-09 (until 2025-10-10, not verified).",
            "pos C1 与 wechat:mini wx{2} 共用手机号 138****0001，但该标识已被隔离：有 16 条记录声明，上限为 15 条："
            "pos C1 自 2025-10-09 起（最近一次 2025-10-10，已验证，来源 delivery-1）；"
            "wechat:mini wx{2} 自 2025-10-09 起（至 2025-10-10 止，未验证）。",
        ),
        (
            Explanation(
                ONE, TWO, "apart", 3, 2000, (),
                (Separation("decision", (A,), (B,), decision=ShownDecision("D1", "wang", "met both", NOON_MS)),),
            ),
            "A steward decided that pos C1 and wechat:mini wx{2} are two persons (decision D1, by wang, on 2025-10-09, "
            "because: met both).",
            "数据管家认定 pos C1 与 wechat:mini wx{2} 是两个人"
            "（决定 D1，wang 作出，时间 2025-10-09，理由：met both）。",
        ),
    ],
)  # fmt: skip
def test_a_reason_reads_as_a_sentence(told: Explanation, english: str, chinese: str) -> None:
    assert explain_in_words(told, "en", SHANGHAI)[1] == english
    assert explain_in_words(told, "zh", SHANGHAI)[1] == chinese


@pytest.mark.parametrize(
    ("reasons", "limit", "english", "chinese"),
    [
        (("name",), None, "profiles contradict each other (name)", "资料相互矛盾（姓名）"),
        (("unionid",), 1, "together 3 values of unionid where a person may hold at most 1", "合计有 3 个unionid"),
        (("ruling",), None, "with records that a steward keeps apart", "人工已决定将其他共用者分开"),
        ((), None, "the evidence does not decide whether they are one", "现有证据不足以判断"),
    ],
)
def test_what_is_undecided_says_what_shows_that_several_people_share_it(
    reasons: tuple[str, ...], limit: int | None, english: str, chinese: str
) -> None:
    told = separate("undecided", reasons=reasons, count=3, limit=limit)

    assert english in explain_in_words(told, "en")[1]
    assert chinese in explain_in_words(told, "zh")[1]


@pytest.mark.parametrize("language", get_args(Language))
def test_every_verdict_has_a_sentence_of_its_own(language: Language) -> None:
    step = EvidenceStep(A, B, PHONE, PROOFS, (ShownIdentifier("email", "", "a***@b.c"),))
    verdicts: list[Verdict] = ["together", "apart", "beyond"]
    told = [
        *(explain_in_words(Explanation(ONE, TWO, verdict, 3, 2000), language)[0] for verdict in verdicts),
        explain_in_words(Explanation(ONE, Place(B, "P1"), "beyond", 3, 2000), language)[0],
        explain_in_words(Explanation(ONE, ONE, "together", 3, 2000), language)[0],
        explain_in_words(separate("blocked"), language)[0],
        *(explain_in_words(PersonTree("P1", n, A, 3, 2000, beyond=beyond), language)[0] for n, beyond in
          ((1, False), (2, False), (2, True))),
    ]  # fmt: skip

    assert len(set(told)) == len(told)
    unsettled = explain_in_words(PersonTree("P1", 2, A, 3, 2000, (step,), settled=False), language)
    assert len(unsettled) == 3
    assert "a***@b.c" in unsettled[1]


def test_many_records_are_counted_rather_than_listed() -> None:
    crowd = tuple(RecordKey("pos", f"C{number}") for number in range(9))
    proofs = tuple(Proof(record, "", NOON_MS, None, NOON_MS, False) for record in crowd)
    told = Explanation(ONE, TWO, "apart", 3, 2000, (), (Separation("blocked", crowd, (B,), PHONE, proofs),))

    sentence = explain_in_words(told)[1]

    assert sentence.startswith("pos C0, pos C1, pos C2, 6 more records and wechat:mini wx{2} share")
    assert sentence.endswith("; and 3 more.")
