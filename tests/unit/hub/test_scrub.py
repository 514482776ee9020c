from __future__ import annotations

import json
from typing import Any, Final

import pytest

from graph.cases import encode_sides
from graph.order_states import decode_header, encode_header
from hub.core.model import OrderHeader
from hub.services.personal_data.scrub import scrub_case, scrub_decision, scrub_header, scrub_report, scrub_text

KEY: Final = "0123456789abcdef0123456789abcdef"


def case(**changes: Any) -> dict[str, Any]:
    made = {
        "id": "C1", "key": f"identifier:{KEY}", "kind": "shared_identifier", "type": "phone", "state": "open",
        "outcome": None, "closed_ms": None, "updated_ms": 1, "opened_ms": 1, "records": 3, "score": 0.5, "revision": 4,
        "sides": encode_sides([["pos|a"], ["pos|b", "pos|c"]]), "reasons": ["name"],
        "history": ['[1,"steward","he said"]'], "value_fen": 100, "note": "call her at home",
    }  # fmt: skip
    return made | changes


def scrub(made: dict[str, Any], *, identifiers: set[str] | None = None) -> dict[str, Any]:
    return scrub_case(made, records={"pos|a", "pos|b"}, identifiers=identifiers or set(), now_ms=9)


def test_an_open_case_is_closed_and_keeps_only_the_records_that_stay() -> None:
    scrubbed = scrub(case())

    assert (scrubbed["state"], scrubbed["outcome"], scrubbed["closed_ms"]) == ("moot", "erased", 9)
    assert json.loads(scrubbed["sides"]) == [["pos|c"]]
    assert scrubbed["history"] == ['[9,"","erased"]']
    assert (scrubbed["note"], scrubbed["reasons"], scrubbed["key"]) == ("erased", [], f"identifier:{KEY}")


def test_an_answered_case_stays_answered() -> None:
    scrubbed = scrub(case(state="answered", closed_ms=5))

    assert (scrubbed["state"], scrubbed["closed_ms"]) == ("answered", 5)


def test_a_case_about_an_identifier_that_goes_is_not_named_by_it() -> None:
    assert scrub(case(), identifiers={KEY})["key"] == "erased:C1"


def test_a_case_on_likeness_forgets_how_the_two_were_alike() -> None:
    scrubbed = scrub(case(key="similar:B1:B2", kind="weak_similarity", waterfall='{"model": "M", "bars": []}'))

    assert (scrubbed["key"], scrubbed["waterfall"], scrubbed["score"]) == ("erased:C1", "{}", None)


def test_numbers_and_the_hubs_own_words_stay() -> None:
    said = {"id": "D1", "kind": "pin", "decided_ms": 5, "author": "s", "value": "张伟", "field": "", "more": ["张伟"]}

    assert scrub_text(said) == said | {"value": "erased", "more": []}


@pytest.mark.parametrize(("withdrawn_ms", "expected"), [(None, 9), (5, 5)])
def test_a_decision_holds_no_more(withdrawn_ms: int | None, expected: int) -> None:
    assert scrub_decision({"id": "D1", "withdrawn_ms": withdrawn_ms}, now_ms=9)["withdrawn_ms"] == expected


def test_a_report_that_names_nobody_erased_is_the_same_text() -> None:
    report = '{"records": 3,  "split_examples": [{"records": ["pos|z"]}]}'

    assert scrub_report(report, {"pos|a"}) == report


def test_an_order_becomes_a_guests() -> None:
    header = OrderHeader((1, 1), ("paid", 1), ("gone", 1), (5, 1), ("S01", 1))

    assert decode_header(scrub_header(encode_header(header))) == OrderHeader(
        (1, 1), ("paid", 1), None, (5, 1), ("S01", 1)
    )
