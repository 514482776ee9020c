"""Erasure: a person's values go, their ids answer "erased", totals stay as nobody's (PIPL, article 47).

One transaction, in the order of every writer: identifiers are locked, then persons, then the records and their orders.
What was connected to the person is decided anew in it, and what was said of them until now is barred from coming back.
"""

from __future__ import annotations

import secrets
from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import Final

from graph import barred, erasure, evidence, installation, order_states, partition, personal_data, receipts, unsettled
from graph.database import Graph, Transaction
from graph.evidence import StoredRecord
from graph.failures import vanished
from graph.order_states import decode_header
from graph.personal_data import SubjectOrder, SubjectRecord
from graph.receipts import Receipt
from hub.core.clock import now_ms
from hub.core.errors import InvariantBroken, NotFound
from hub.core.vault import hash_text
from hub.services.claim_counts import count_claims
from hub.services.components import Component, find_seeds, lock_component
from hub.services.find_person import check_person_id
from hub.services.identity import Identity
from hub.services.key_rotation import ERASURE_PLACE
from hub.services.personal_data.barred import check_key
from hub.services.personal_data.receipt import make_receipt
from hub.services.personal_data.scrub import scrub_case, scrub_header, scrub_text
from hub.services.settle import Change, settle

_SECRET_BYTES: Final = 32


@dataclass(frozen=True, slots=True)
class Erasure:
    """What an erasure did, or would do.

    Attributes:
        receipt: stored, unless this was a rehearsal.
        before: the person was erased already; the receipt is that of then.
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


class _Rehearsed(Exception):
    def __init__(self, erasure: Erasure) -> None:
        self.erasure = erasure


async def erase_person(
    graph: Graph, identity: Identity, person_id: str, *, requested_by: str, reason: str, preview: bool = False
) -> Erasure:
    """Erase a person by any id of theirs; repeating it gives the same receipt.

    A preview does all of it and takes it back, so that what it tells is exactly what would happen.

    Raises:
        NotFound: the id was never given out.
        Conflict: the graph has another identity key than this process.
    """
    work = _Erasure(identity, check_person_id(person_id), requested_by, reason, preview)
    try:
        return await graph.write(work.run)
    except _Rehearsed as rehearsed:
        return rehearsed.erasure


class _Erasure:
    """One erasure; `run` may run several times."""

    def __init__(self, identity: Identity, any_id: str, requested_by: str, reason: str, preview: bool) -> None:
        self._identity = identity
        self._any_id = any_id
        self._requested_by = requested_by
        self._reason = reason
        self._preview = preview

    async def run(self, tx: Transaction) -> Erasure:
        await check_key(tx, self._identity)
        subject = await personal_data.find_subject(tx, self._any_id)
        if subject is None:
            raise NotFound("No person ever had this id.")
        if subject.person_id is None:
            return Erasure(await _old_receipt(tx, subject.receipt), before=True)
        done = await self._erase(tx, subject.person_id)
        if self._preview:
            raise _Rehearsed(done)
        return done

    async def _erase(self, tx: Transaction, person: str) -> Erasure:
        now = now_ms()
        records = await personal_data.fetch_subject_records(tx, person)
        keys = {record.key for record in records}
        stored = await evidence.fetch_records(tx, keys)
        named = {claim.identifier for record in stored.values() for claim in record.claims}
        touched = await evidence.touch_identifiers(tx, (), named)
        given_up = Counter(claim.identifier for record in stored.values() for claim in record.claims if claim.live)
        seeds = find_seeds(touched.values(), self._identity.policy, given_up=given_up)
        found = await lock_component(tx, self._identity.policy, identifiers=seeds, records=keys)
        await partition.lock_persons(tx, {person})  # its component may be too large to have been reached
        await erasure.lock_records(tx, keys)
        if await personal_data.fetch_subject_records(tx, person) != records:
            raise vanished()

        own = Counter(claim.identifier for record in stored.values() for claim in record.claims)
        gone = {key for key, claims in (await personal_data.count_all_claims(tx, named)).items() if claims <= own[key]}
        blank = {key: StoredRecord(key, {}, frozenset()) for key in stored}
        states = {key: state for key, state in count_claims(touched, (), stored, blank, ()).items() if key not in gone}
        orders = await self._forget_buyers(tx, keys)
        cases = await _scrub_cases(tx, keys, gone, now)
        decisions = await _scrub_decisions(tx, keys, gone)
        shown = {claim.key: (claim.type, claim.masked) for record in records for claim in record.claims}
        ids = tuple(sorted(record.birth_id for record in records))
        counts = {
            "records": len(records),
            "identifiers_deleted": len(gone),
            "identifiers_kept": len(named) - len(gone),
            "orders": len(orders),
            "cases": cases,
            "decisions": decisions,
        }
        receipt = make_receipt(
            "erasure",
            person,
            {"ids": ids, "counts": counts},
            counts,
            at_ms=now,
            requested_by=self._requested_by,
            reason=self._reason,
        )
        await self._leave_behind(tx, keys, states.keys(), found, now)
        await erasure.bury_records(tx, keys, receipt=receipt.id, now_ms=now)
        await erasure.delete_identifiers(tx, gone)
        await partition.put_persons(tx, {person: None})
        await evidence.update_identifiers(tx, [state for key, state in states.items() if state != touched[key]])
        await settle(tx, self._identity.policy, _without(found, keys), Change(states=states))
        await self._bar(tx, records, stored, orders, now)
        await receipts.put_receipt(tx, receipt)
        return Erasure(
            receipt,
            ids=ids,
            systems=dict(sorted(Counter(record.system for record in records).items())),
            deleted=tuple(sorted(shown[key] for key in gone)),
            kept=tuple(sorted(shown[key] for key in named - gone)),
        )

    async def _forget_buyers(self, tx: Transaction, keys: set[str]) -> list[SubjectOrder]:
        """The orders as they were; from now on they are guests' orders, and count as such."""
        await order_states.lock_orders(tx, [order.key for order in await personal_data.fetch_subject_orders(tx, keys)])
        orders = await personal_data.fetch_subject_orders(tx, keys)
        await erasure.update_headers(tx, [(order.key, scrub_header(order.header)) for order in orders])
        return orders

    async def _leave_behind(
        self, tx: Transaction, keys: set[str], shared: Collection[str], found: Component, now: int
    ) -> None:
        """Have the background job decide on what is connected but too large for this transaction."""
        if not found.beyond:
            return
        waiting = await erasure.find_neighbours(tx, shared, keys)
        waiting |= {ruling.other for ruling in await personal_data.fetch_subject_rulings(tx, keys)} - keys
        await unsettled.mark(tx, waiting, now_ms=now)

    async def _bar(
        self,
        tx: Transaction,
        records: list[SubjectRecord],
        stored: Mapping[str, StoredRecord],
        orders: list[SubjectOrder],
        now: int,
    ) -> None:
        """Refuse what was said until now; a source whose clock is ahead has said things of later on."""
        until = dict.fromkeys(stored, now)
        for key, record in stored.items():
            said = [stated.at_ms for claim in record.claims for stated in claim.stated]
            until[key] = max([now, *said, *(at_ms for _, at_ms in record.profile.values())])
        for order in orders:
            _, at_ms = decode_header(order.header).customer or ("", now)
            until[order.record] = max(until[order.record], at_ms)
        vault = self._identity.vault
        fresh = vault.seal_text(secrets.token_hex(_SECRET_BYTES), ERASURE_PLACE)
        sealed = await installation.count_erasure(tx, fingerprint=vault.fingerprint, secret=fresh)
        secret = vault.reveal(sealed, ERASURE_PLACE)
        await barred.put_barred(tx, [(hash_text(secret, record.key), until[record.key]) for record in records])


async def _old_receipt(tx: Transaction, receipt_id: str | None) -> Receipt:
    found = await receipts.find_receipt(tx, receipt_id or "")
    if found is None:
        raise InvariantBroken("A record belongs to nobody and was not erased.")
    return found


async def _scrub_cases(tx: Transaction, keys: set[str], gone: set[str], now: int) -> int:
    found = await personal_data.fetch_subject_cases(tx, keys, gone)
    scrubbed = {case["id"]: scrub_case(case, records=keys, identifiers=gone, now_ms=now) for case in found}
    await erasure.replace_cases(tx, scrubbed)
    return len(scrubbed)


async def _scrub_decisions(tx: Transaction, keys: set[str], gone: set[str]) -> int:
    """Withdrawn ones too: their words speak of the person as well."""
    rulings = await personal_data.fetch_subject_rulings(tx, keys)
    stated = {one.decision: one.properties for one in rulings if one.properties is not None}
    stated |= await personal_data.fetch_subject_decisions(tx, keys, gone)
    await erasure.replace_decisions(tx, {decision: scrub_text(said) for decision, said in stated.items()})
    return len({one.decision for one in rulings} | stated.keys())


def _without(found: Component, keys: set[str]) -> Component:
    """What stays of a component; decisions on records that are gone say nothing any more."""
    members = {
        key: replace(member, rulings=tuple(one for one in member.rulings if one.other not in keys))
        for key, member in found.members.items()
        if key not in keys
    }
    return Component(members, found.beyond - keys)
