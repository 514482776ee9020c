"""Everything that the hub knows about one person, as JSON, with a receipt (PIPL, article 45)."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import asdict
from typing import Any, Final

import orjson

from graph import balances, personal_data, receipts
from graph.cases import decode_sides
from graph.database import Graph, Transaction
from graph.evidence import decode_profile
from graph.ledger_history import TracedEntry, fetch_last
from graph.order_states import decode_header, decode_lines
from graph.personal_data import ClearClaim, SubjectFact, SubjectOrder, SubjectRecord, SubjectRuling
from hub.core.clock import from_ms, now_ms
from hub.core.course import Course
from hub.core.errors import Erased, NotFound
from hub.core.ledger import Account, AccountKey
from hub.core.model import OrderLine
from hub.services.find_person import ERASED_MESSAGE, check_person_id
from hub.services.identity import Identity
from hub.services.personal_data.receipt import make_receipt

_COUNTED: Final = ("records", "identifiers", "orders", "cases", "decisions", "ledger", "membership")


async def export_person(
    graph: Graph, identity: Identity, person_id: str, *, requested_by: str, reason: str
) -> dict[str, Any]:
    """What is stored about a person, by any id of theirs, in JSON's types; instants are ISO 8601 in UTC.

    Keys: `person`, `records`, `identifiers` (in clear), `household`, `orders`, `cases`, `decisions`, `ledger`,
    `membership`, and `receipt`, which the graph keeps; its `sha256` is over all the others, as JSON with sorted keys.
    Other people's records are counted, never named.

    Raises:
        NotFound: the id was never given out; Erased: its person is erased.
        InvariantBroken: a sealed value does not open.
    """
    return await graph.write(_export, identity, check_person_id(person_id), requested_by, reason)


async def _export(tx: Transaction, identity: Identity, any_id: str, requested_by: str, reason: str) -> dict[str, Any]:
    subject = await personal_data.find_subject(tx, any_id)
    if subject is None:
        raise NotFound("No person ever had this id.")
    if subject.person_id is None:
        raise Erased(ERASED_MESSAGE)
    records = await personal_data.fetch_subject_records(tx, subject.person_id)
    own = {record.key for record in records}
    held = {claim.key for record in records for claim in record.claims}
    shared = await personal_data.count_all_claims(tx, held)
    content = {
        "person": {"id": subject.person_id, "ids": sorted(record.birth_id for record in records)},
        "records": [_record(record) for record in records],
        "identifiers": _identifiers(identity, records),
        "household": _household(records, shared),
        "orders": [_order(order) for order in await personal_data.fetch_subject_orders(tx, own)],
        "cases": [_case(case, own) for case in await personal_data.fetch_subject_cases(tx, own, held)],
        "decisions": await _decisions(tx, own),
        "ledger": await _ledger(tx, own),
        "membership": [_fact(one) for one in await personal_data.fetch_subject_membership(tx, own)],
    }
    counts = {name: len(content[name]) for name in _COUNTED}
    receipt = make_receipt(
        "export", subject.person_id, content, counts, at_ms=now_ms(), requested_by=requested_by, reason=reason
    )
    await receipts.put_receipt(tx, receipt)
    return content | {"receipt": asdict(receipt)}


def _at(instant_ms: int | None) -> str | None:
    return None if instant_ms is None else from_ms(instant_ms).isoformat(timespec="milliseconds")


def _record(record: SubjectRecord) -> dict[str, Any]:
    profile = decode_profile(record.profile)
    return {
        "system": record.system,
        "external_id": record.external_id,
        "birth_id": record.birth_id,
        "first_seen": _at(record.created_ms),
        "profile": {name: {"value": value, "stated": _at(at_ms)} for name, (value, at_ms) in profile.items()},
        "pins": None if record.pins is None else orjson.loads(record.pins),
        "with_this_person_since": _at(record.since_ms),
        "formerly": [
            {"person_id": person, "since": _at(since), "until": _at(until)} for person, since, until in record.was_of
        ],
    }


def _identifiers(identity: Identity, records: Iterable[SubjectRecord]) -> list[dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    for record in records:
        for claim in record.claims:
            one = found.setdefault(claim.key, _identifier(identity, claim))
            one["claims"].append(_claim(record, claim))
    return sorted(found.values(), key=lambda one: (one["type"], one["scope"], one["value"] or one["masked"]))


def _identifier(identity: Identity, claim: ClearClaim) -> dict[str, Any]:
    """`value` is None where only a hash is kept."""
    value = identity.vault.reveal(claim.sealed, claim.key) if claim.sealed else None
    return {"type": claim.type, "scope": claim.scope, "value": value, "masked": claim.masked, "claims": []}


def _claim(record: SubjectRecord, claim: ClearClaim) -> dict[str, Any]:
    stated = zip(claim.stated_ms, claim.sources, claim.proofs, strict=True)
    return {
        "system": record.system,
        "external_id": record.external_id,
        "valid_from": _at(claim.valid_from_ms),
        "valid_to": _at(claim.valid_to_ms),
        "stated": [{"at": _at(at_ms), "source": source, "verified": proof} for at_ms, source, proof in stated],
    }


def _household(records: Iterable[SubjectRecord], shared: dict[str, int]) -> list[dict[str, Any]]:
    """The households that the records state, each with how many statements of it there are, of others too."""
    claims = {claim.key: claim for record in records for claim in record.claims if claim.type == "household"}
    return [{"scope": claims[key].scope, "masked": claims[key].masked, "claims": shared[key]} for key in sorted(claims)]


def _order(order: SubjectOrder) -> dict[str, Any]:
    header = decode_header(order.header)
    lines = [_line(one.line, one.observed_ms) for one in decode_lines(order.lines)]
    return {
        "system": order.system,
        "order_id": order.order_id,
        "external_id": header.customer and header.customer[0],
        "placed": _at(header.placed_ms[0]),
        "status": header.status[0],
        "stated": _at(header.status[1]),
        "amount_fen": order.amount_fen,
        "store": header.store and header.store[0],
        "lines": lines,
        "course": _course(header.course),
    }


def _course(course: Course) -> dict[str, Any]:
    return {
        "deposit_fen": course.deposit_fen and course.deposit_fen[0],
        "reached": {one.stage: _at(one.at_ms) for one in course.reached},
        "refunds": [{**refund._asdict(), "stated": _at(at_ms)} for at_ms, refund in course.refunds],
        "exchanges": [{**exchange._asdict(), "stated": _at(at_ms)} for at_ms, exchange in course.exchanges],
    }


def _line(line: OrderLine, observed_ms: int) -> dict[str, Any]:
    return {**line._asdict(), "stated": _at(observed_ms)}


async def _ledger(tx: Transaction, own: Collection[str]) -> list[dict[str, Any]]:
    """Each account with all of its entries, in their order."""
    accounts = await balances.fetch_of_records(tx, own)
    numbers = {account.key: account.entries for _, account in accounts}
    entries: dict[str, list[TracedEntry]] = {key: [] for key in numbers}
    for one in await fetch_last(tx, numbers.items(), each=max(numbers.values(), default=0)):
        entries[one.entry.account].append(one)
    for listed in entries.values():
        listed.sort(key=lambda one: one.entry.number)
    return [_account(record, account, entries[account.key]) for record, account in accounts]


def _account(record: str, account: Account, entries: Iterable[TracedEntry]) -> dict[str, Any]:
    programme, asset, _ = AccountKey.parse(account.key)
    return {
        "record": record,
        "programme": programme,
        "asset": asset,
        "left": account.worth + account.debt,
        "held": account.held,
        "owed": account.debt,
        "entries": [
            {
                "at": _at(one.entry.at_ms),
                "kind": one.entry.kind.value,
                "amount": one.entry.amount,
                "operation": one.operation,
                "cause": one.cause,
                "author": one.author,
                "reason": one.reason,
            }
            for one in entries
        ],
    }


def _fact(fact: SubjectFact) -> dict[str, Any]:
    """What it says, under its own words; instants as everywhere in a copy."""
    said = {
        name.removesuffix("_ms"): _at(value) if name.endswith("_ms") else value
        for name, value in sorted(fact.properties.items())
    }
    return {"record": fact.record, "what": fact.label, **said}


def _case(case: dict[str, Any], own: Collection[str]) -> dict[str, Any]:
    sides = decode_sides(case["sides"])
    return {
        "id": case["id"],
        "kind": case["kind"],
        "type": case.get("type"),
        "state": case["state"],
        "outcome": case.get("outcome"),
        "opened": _at(case.get("opened_ms")),
        "closed": _at(case.get("closed_ms")),
        "reasons": list(case.get("reasons") or ()),
        "score": case.get("score"),
        "likeness": orjson.loads(case.get("waterfall") or "null"),
        "history": [orjson.loads(entry) for entry in case.get("history") or ()],
        "sides": [
            {
                "records": [record for record in side if record in own],
                "others": sum(record not in own for record in side),
            }
            for side in sides
        ],
    }


async def _decisions(tx: Transaction, own: Collection[str]) -> list[dict[str, Any]]:
    """Those that say who is who, then the others: pins, and what was withdrawn."""
    rulings = await personal_data.fetch_subject_rulings(tx, own)
    told = {one.decision for one in rulings}
    others = await personal_data.fetch_subject_decisions(tx, own)
    return [_decision(one, own) for one in rulings] + [
        _other_decision(stated, own) for stated in others if stated["id"] not in told
    ]


def _other_decision(stated: dict[str, Any], own: Collection[str]) -> dict[str, Any]:
    """Without the key of a record that is another person's."""
    named = [stated[side] for side in ("left", "right") if stated.get(side)]
    foreign = [record for record in named if record not in own]
    return {
        "id": stated["id"],
        "says": stated["kind"],
        "record": next((record for record in named if record in own), None),
        "other": None,
        "stated": {
            name: value
            for name, value in sorted(stated.items())
            if isinstance(value, str | int | bool) and not any(record in str(value) for record in foreign)
        },
    }


def _decision(ruling: SubjectRuling, own: Collection[str]) -> dict[str, Any]:
    stated = ruling.properties or {}
    return {
        "id": ruling.decision,
        "says": "two persons" if ruling.apart else "one person",
        "record": ruling.record,
        "other": ruling.other if ruling.other in own else None,
        "stated": {
            name: value
            for name, value in sorted(stated.items())
            if isinstance(value, str | int | bool) and (ruling.other in own or ruling.other not in str(value))
        },
    }
