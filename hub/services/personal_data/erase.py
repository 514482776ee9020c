"""Erasure: a person's values go, their ids answer "erased", totals stay as nobody's (PIPL, article 47).

One transaction, in the order of every writer: identifiers are locked, then persons, then the records and their orders.
What was connected to the person is decided anew in it, and what was said of them until now is barred from coming back.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace

from graph import balances, component, erasure, evidence, partition, personal_data, receipts, unsettled
from graph.changes import Mark
from graph.database import Graph, Transaction
from graph.evidence import IdentifierState, StoredRecord
from graph.failures import vanished
from graph.personal_data import SubjectRecord
from graph.receipts import Receipt
from hub.core.clock import now_ms
from hub.core.errors import InvariantBroken, NotFound
from hub.services.check_installation import check_key
from hub.services.claim_counts import count_claims
from hub.services.components import Component, find_seeds, lock_component, look_around
from hub.services.find_person import check_person_id
from hub.services.identity import Identity
from hub.services.personal_data.barred import bar_records
from hub.services.personal_data.forget import Forgotten, forget_mentions
from hub.services.personal_data.receipt import make_receipt
from hub.services.personal_data.scrub_ledger import scrub_ledger
from hub.services.policy import check_policy
from hub.services.settle import Change, settle
from rules.policy import Policy


@dataclass(frozen=True, slots=True)
class Erasure:
    """What an erasure did, or would do.

    Attributes:
        receipt: stored, unless this was a rehearsal.
        before: the person was erased already; the receipt is that of then, and the rest is empty.
        ids: ids that answer "erased" from now on, sorted.
        systems: how many records go, by system.
        deleted, kept: identifiers, as (type, masked form), sorted; those that others claim too are kept for them.
    """

    receipt: Receipt
    before: bool = False
    ids: tuple[str, ...] = ()
    systems: Mapping[str, int] | None = None
    deleted: tuple[tuple[str, str], ...] = ()
    kept: tuple[tuple[str, str], ...] = ()


async def erase_person(
    graph: Graph, identity: Identity, person_id: str, *, requested_by: str, reason: str, preview: bool = False
) -> Erasure:
    """Erase a person by any id of theirs; repeating it gives the same receipt.

    A preview does all of it and takes it back, so that what it tells is exactly what would happen.

    Raises:
        InvalidInput: this cannot be a person's id, or who asks and why is not said.
        NotFound: the id was never given out.
        Unavailable: the graph has another identity key than this process.
        PolicyChanged: another policy is in force than the identity's; nothing was erased.
    """
    request = _Request(check_person_id(person_id), requested_by, reason, preview)
    try:
        return await graph.write(_erase, identity, request)
    except _Rehearsed as rehearsed:
        return rehearsed.erasure


@dataclass(frozen=True, slots=True)
class _Request:
    any_id: str
    requested_by: str
    reason: str
    preview: bool


class _Rehearsed(Exception):
    """Takes back what a preview did."""

    def __init__(self, erasure: Erasure) -> None:
        self.erasure = erasure


@dataclass(frozen=True, slots=True)
class _Subject:
    """A person, locked: the records in full and as evidence, every identifier they ever claimed, what is connected."""

    person: str
    records: list[SubjectRecord]
    stored: Mapping[str, StoredRecord]
    touched: Mapping[str, IdentifierState]
    component: Component

    @property
    def keys(self) -> set[str]:
        return {record.key for record in self.records}


async def _erase(tx: Transaction, identity: Identity, request: _Request) -> Erasure:
    await check_key(tx, identity)
    found = await personal_data.find_subject(tx, request.any_id)
    if found is None:
        raise NotFound("No person ever had this id.")
    if found.person_id is None:
        return Erasure(await _old_receipt(tx, found.receipt), before=True)
    now = now_ms()
    subject = await _lock(tx, identity.policy, found.person_id)
    gone = await _find_gone(tx, subject)
    forgotten = await forget_mentions(tx, subject.keys, gone, now_ms=now)
    accounts = [account for _, account in await balances.fetch_of_records(tx, subject.keys)]
    facts = await personal_data.fetch_subject_membership(tx, subject.keys)
    await scrub_ledger(tx, accounts, [str(fact.properties["key"]) for fact in facts])
    await erasure.delete_membership(tx, subject.person, subject.keys)
    done = _describe(request, subject, gone, forgotten, {"accounts": len(accounts), "membership": len(facts)}, now)
    states = _count_anew(subject, gone)
    await _mark_large(tx, subject, states.keys(), forgotten, now)
    await erasure.bury_records(tx, subject.keys, receipt=done.receipt.id, now_ms=now)
    await erasure.delete_identifiers(tx, gone)
    emptied = {subject.person} | await _find_emptied(tx, subject)
    await partition.put_persons(tx, dict.fromkeys(emptied), [Mark("moved", subject.person)])
    outdated = [state for key, state in states.items() if state != subject.touched[key]]
    await evidence.update_identifiers(tx, outdated)
    await settle(tx, identity.policy, _without(subject), Change(states=states))
    await check_policy(tx, identity.policy)
    await bar_records(tx, identity, _last_said(subject, forgotten, now))
    await receipts.put_receipt(tx, done.receipt)
    if request.preview:
        raise _Rehearsed(done)
    return done


async def _old_receipt(tx: Transaction, receipt_id: str | None) -> Receipt:
    found = await receipts.find_receipt(tx, receipt_id or "")
    if found is None:
        raise InvariantBroken("A record belongs to nobody and was not erased.")
    return found


async def _lock(tx: Transaction, policy: Policy, person: str) -> _Subject:
    records = await personal_data.fetch_subject_records(tx, person)
    keys = {record.key for record in records}
    stored = await evidence.fetch_records(tx, keys)
    claims = [claim for record in stored.values() for claim in record.claims]
    types = {claim.identifier: claim.type for claim in claims if policy.links(claim.type)}
    around = await look_around(tx, policy, types=types, records=keys, more=len(keys))
    touched = await evidence.touch_identifiers(tx, (), {claim.identifier for claim in claims})
    given_up = Counter(claim.identifier for claim in claims if claim.live)
    seeds = find_seeds(touched.values(), policy, given_up=given_up)
    found = await lock_component(tx, policy, identifiers=seeds, records=keys, around=around)
    await partition.lock_persons(tx, {person})  # its component may be too large to have been reached
    await erasure.lock_records(tx, keys)
    if await personal_data.fetch_subject_records(tx, person) != records:
        raise vanished()  # somebody was faster: begin anew with what is there now
    return _Subject(person, records, stored, touched, found)


async def _find_emptied(tx: Transaction, subject: _Subject) -> set[str]:
    """Former persons of the records who have none: a job that did not get to its end left them their golden records."""
    former = {str(person) for record in subject.records for person, *_ in record.was_of} - {subject.person}
    if not former:
        return set()
    await partition.lock_persons(tx, former)
    return former - {member.person for member in await component.fetch_by_persons(tx, former)}


async def _find_gone(tx: Transaction, subject: _Subject) -> set[str]:
    """The identifiers that nobody else claims, or ever did."""
    own = Counter(claim.identifier for record in subject.stored.values() for claim in record.claims)
    every = await personal_data.count_all_claims(tx, own)
    return {key for key, claims in every.items() if claims <= own[key]}


def _count_anew(subject: _Subject, gone: set[str]) -> dict[str, IdentifierState]:
    """The states of the identifiers that stay, without the person's claims."""
    blank = {key: StoredRecord(key, {}, frozenset()) for key in subject.stored}
    states = count_claims(subject.touched, (), subject.stored, blank, ())
    return {key: state for key, state in states.items() if key not in gone}


def _describe(
    request: _Request,
    subject: _Subject,
    gone: set[str],
    forgotten: Forgotten,
    held: Mapping[str, int],
    now: int,
) -> Erasure:
    ids = tuple(sorted(record.birth_id for record in subject.records))
    counts = {
        "records": len(subject.records),
        "identifiers_deleted": len(gone),
        "identifiers_kept": len(subject.touched) - len(gone),
        "orders": len(forgotten.orders),
        "cases": forgotten.cases,
        "decisions": forgotten.decisions,
        **held,
    }
    receipt = make_receipt(
        "erasure",
        subject.person,
        {"ids": ids, "counts": counts},
        counts,
        at_ms=now,
        requested_by=request.requested_by,
        reason=request.reason,
    )
    shown = {claim.key: (claim.type, claim.masked) for record in subject.records for claim in record.claims}
    return Erasure(
        receipt,
        ids=ids,
        systems=dict(sorted(Counter(record.system for record in subject.records).items())),
        deleted=tuple(sorted(shown[key] for key in gone)),
        kept=tuple(sorted(shown[key] for key in shown.keys() - gone)),
    )


async def _mark_large(
    tx: Transaction, subject: _Subject, shared: Collection[str], forgotten: Forgotten, now: int
) -> None:
    """Have the background job decide on what was connected and is too large for this transaction."""
    if subject.component.beyond:
        waiting = await erasure.find_neighbours(tx, shared, subject.keys)
        await unsettled.mark(tx, waiting | forgotten.ruled_with, now_ms=now)


def _without(subject: _Subject) -> Component:
    """What stays of the component; decisions on records that are gone say nothing any more."""
    keys = subject.keys
    members = {
        key: replace(member, rulings=tuple(one for one in member.rulings if one.other not in keys))
        for key, member in subject.component.members.items()
        if key not in keys
    }
    return Component(members, subject.component.beyond - keys)


def _last_said(subject: _Subject, forgotten: Forgotten, now: int) -> dict[str, int]:
    """Until when each record is barred: now, or later where a source's clock was ahead of ours."""
    until_ms = {}
    for key, record in subject.stored.items():
        stated = [stated.at_ms for claim in record.claims for stated in claim.stated]
        until_ms[key] = max([now, *stated, *(at_ms for _, at_ms in record.profile.values())])
    for key, at_ms in forgotten.orders.values():
        until_ms[key] = max(until_ms[key], at_ms)
    return until_ms
