from __future__ import annotations

from bench.connected import list_holders
from bench.showable import Objections, show
from graph.evidence import IdentifierState
from hub.core.model import DAY_MS
from hub.services.policy import DEFAULT_POLICY
from hub.services.settle import Picture
from rules.component import HeldIdentifier, RecordEvidence


def _record(key: str, *held: str, at_ms: int = 0, **profile: str) -> RecordEvidence:
    claims = tuple(HeldIdentifier(one, one.rstrip("0123456789"), "", at_ms, at_ms) for one in held)
    return RecordEvidence(key, f"P{key}", claims, profile)


def _picture(*records: RecordEvidence) -> Picture:
    keys = [claim for record in records for claim in record.claims]
    states = {
        claim.identifier: IdentifierState(claim.identifier, claim.type, sum(one[0] == claim[0] for one in keys))
        for claim in keys
    }
    return Picture(tuple(sorted(records)), (), states, {}, {}, {})


def _groups(picture: Picture, truth: dict[str, str]) -> set[str]:
    shown = show(picture, truth, list_holders(picture, DEFAULT_POLICY))
    groups: dict[str, str] = {}
    for record in sorted(shown):
        groups[shown[record]] = groups.get(shown[record], "") + record
    return set(groups.values())


def _objections(picture: Picture, truth: dict[str, str]) -> list[str]:
    shown = show(picture, truth, list_holders(picture, DEFAULT_POLICY))
    return Objections(picture, shown, DEFAULT_POLICY).find("a", "b")


def test_what_only_one_person_holds_shows_that_the_records_are_theirs() -> None:
    picture = _picture(_record("a", "phone1"), _record("b", "phone1", "unionid1"), _record("c", "unionid1"))

    assert _groups(picture, {"a": "x", "b": "x", "c": "x"}) == {"abc"}


def test_a_shared_phone_shows_those_whose_names_agree() -> None:
    holders = [_record("a", "phone1", name="王小明"), _record("b", "phone1", name="Wang Xiaoming")]
    picture = _picture(*holders, _record("c", "phone1"), _record("d", "phone1", name="李娜"))

    assert _groups(picture, {"a": "x", "b": "x", "c": "x", "d": "y"}) == {"ab", "c", "d"}


def test_records_that_share_nothing_cannot_be_shown() -> None:
    assert _groups(_picture(_record("a", "phone1"), _record("b", "phone2")), {"a": "x", "b": "x"}) == {"a", "b"}


def test_a_nameless_record_on_anothers_phone_is_an_unavoidable_mistake() -> None:
    picture = _picture(_record("a", "phone1", name="王小明"), _record("b", "phone1"))

    assert _objections(picture, {"a": "x", "b": "y"}) == []


def test_what_another_record_of_the_person_says_speaks_against_it_too() -> None:
    picture = _picture(
        _record("a", "phone1", name="王小明"), _record("b", "phone1", "unionid1"), _record("c", "unionid1", name="李娜")
    )

    assert _objections(picture, {"a": "x", "b": "y", "c": "y"}) == ["name"]


def test_limits_and_idle_time_speak_against_it() -> None:
    late = 4 * 365 * DAY_MS
    picture = _picture(_record("a", "phone1", "unionid1"), _record("b", "phone1", "unionid2", at_ms=late))

    assert _objections(picture, {"a": "x", "b": "y"}) == ["limit", "handed over"]


def test_a_nameless_record_on_a_phone_that_others_prove_to_be_shared_could_be_left_alone() -> None:
    mother, daughter = _record("a", "phone1", name="王芳"), _record("b", "phone1", "unionid1")
    son, father = _record("c", "phone1", "unionid2"), _record("d", "phone1", name="王小明")
    truth = {"a": "x", "b": "y", "c": "z", "d": "v"}

    assert _objections(_picture(mother, daughter), truth) == []
    assert _objections(_picture(mother, daughter, son), truth) == ["shared"]
    assert _objections(_picture(mother, daughter, father), truth) == ["shared"]


def test_a_name_that_agrees_on_a_shared_phone_is_told_apart_by_nothing() -> None:
    namesakes = [_record(key, "phone1", name="王芳") for key in "ab"]

    assert _objections(_picture(*namesakes, _record("c", "phone1", name="李静")), {"a": "x", "b": "y", "c": "z"}) == []
