"""Questions, decisions, reports and orders without the words that tell whom they were about."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Any, Final

import orjson

from graph.cases import decode_sides, encode_sides, history_entry
from graph.order_states import decode_header, encode_header

ERASED: Final = "erased"
# Properties whose text is the hub's own, or says which steward it was.
_OWN_TEXT: Final = frozenset({"id", "key", "kind", "type", "state", "by", "author", "withdrawn_by"})


def scrub_text(properties: Mapping[str, Any]) -> dict[str, Any]:
    """The properties with every text that may speak of a person replaced; numbers and the hub's own words stay."""
    return {name: _scrub(name, value) for name, value in properties.items()}


def scrub_decision(decision: Mapping[str, Any], *, now_ms: int) -> dict[str, Any]:
    """A decision on erased records: it holds no more, and its reason and what it was about are gone."""
    ended = {} if decision.get("withdrawn_ms") else {"withdrawn_ms": now_ms, "withdrawal_reason": ERASED}
    return scrub_text(decision) | ended


def scrub_case(
    case: Mapping[str, Any], *, records: Collection[str], identifiers: Collection[str], now_ms: int
) -> dict[str, Any]:
    """A case that involved erased records: closed where it was open, the other records still on their sides.

    `identifiers` are those that are gone: a case's key may hold one. That of a case on likeness names both records.
    """
    left = [tuple(record for record in side if record not in records) for side in decode_sides(case["sides"])]
    sides = tuple(side for side in left if side)
    gone = case["kind"] == "weak_similarity" or any(case["key"].endswith(f":{key}") for key in identifiers)
    was_open = case["state"] == "open"
    return scrub_text(case) | {
        "key": f"{ERASED}:{case['id']}" if gone else case["key"],
        "state": "moot" if was_open else case["state"],
        "outcome": ERASED,
        "closed_ms": now_ms if was_open else case.get("closed_ms"),
        "updated_ms": now_ms,
        "sides": encode_sides(sides),
        "reasons": [],
        "records": sum(map(len, sides)),
        "score": None,
        "history": [history_entry(now_ms, "", ERASED)],
        "revision": case.get("revision", 0) + 1,
    }


def scrub_report(report: str, records: Collection[str]) -> str:
    """A rehearsal's report whose examples do not name these records; the same text where they never did."""
    said = orjson.loads(report)
    named = [example for examples in said.values() if isinstance(examples, list) for example in examples]
    if not any(record in records for example in named for record in example["records"]):
        return report
    for example in named:
        example["records"] = [record for record in example["records"] if record not in records]
    return orjson.dumps(said).decode()


def scrub_header(header: str) -> str:
    """The stored header of an order without its customer: a guest's."""
    return encode_header(replace(decode_header(header), customer=None))


def _scrub(name: str, value: Any) -> Any:
    if name in _OWN_TEXT or not value or not isinstance(value, str | list):
        return value
    if isinstance(value, list):
        return []
    return {"[": "[]", "{": "{}"}.get(value[:1], ERASED)
