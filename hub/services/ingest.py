"""Ingest: facts into the graph, the affected persons decided anew, all in one transaction.

The order of work inside the transaction is what keeps concurrent writers right:

1. Facts that would change nothing are dropped, so that a repeat writes nothing at all.
2. Identifiers are created or locked, in sorted order.
3. The persons who may be affected are locked until no further person turns up; what they hold is read only then. A
   record belongs to a person at every moment, so that it needs no lock of its own.
4. `rules` decides; the difference between its answer and what is stored is written.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from ulid import ULID

from graph import evidence, order_states, partition
from graph.database import Transaction
from graph.evidence import ClaimChange, StoredRecord
from graph.order_states import PreparedOrder, prepare_order
from graph.partition import Member, NewRecord
from hub.core.clock import now_ms
from hub.core.model import Claim, OrderState
from hub.services.facts import CustomerFact
from hub.services.identity import Identity
from rules.evidence import merge_profile, weave
from rules.orders import merge_order
from rules.partition import Group, LiveClaim, resolve


@dataclass(frozen=True, slots=True)
class Applied:
    """How many records and orders a batch created or changed."""

    records: int = 0
    orders: int = 0


async def apply_facts(
    tx: Transaction, identity: Identity, customers: Sequence[CustomerFact], orders: Sequence[PreparedOrder]
) -> Applied:
    """Store facts and bring the persons they touch up to date; running it again changes nothing more.

    Orders may come before their customers: a buyer whom nobody has described yet becomes a bare record.
    """
    return Applied(
        records=await _apply_customers(tx, identity, _merge_facts([*customers, *_bare_buyers(orders)])),
        orders=await _apply_orders(tx, orders),
    )


async def _apply_customers(tx: Transaction, identity: Identity, facts: Mapping[str, CustomerFact]) -> int:
    new, changed, before = await _find_changes(tx, facts)
    if not (new or changed):
        return 0
    known_identifiers = await _touch_identifiers(tx, [*new.values(), *changed.values()], before)
    linking = {item.key for fact in facts.values() for item in fact.identifiers if identity.links(item.type, item.key)}
    persons = await _lock_persons(tx, linking & known_identifiers, changed)
    stored = await evidence.fetch_records(tx, changed) if changed else {}
    created = [_new_record(fact) for fact in new.values()]
    woven = {key: _weave_record(record, changed[key]) for key, record in stored.items()}
    members = await partition.fetch_members(tx, persons) if persons else []
    groups = _decide(identity, members, woven, created)
    await _write_persons(tx, groups, persons, members, created)
    await _write_evidence(tx, stored, woven)
    return len(created) + len(woven)


async def _find_changes(
    tx: Transaction, facts: Mapping[str, CustomerFact]
) -> tuple[dict[str, CustomerFact], dict[str, CustomerFact], list[StoredRecord]]:
    """The facts on unknown records, those that say something new of known ones, and these as they are now."""
    telling = {key for key, fact in facts.items() if fact.assertions or fact.profile}
    stored = await evidence.fetch_records(tx, telling) if telling else {}
    bare = facts.keys() - telling
    known = stored.keys() | (await evidence.find_records(tx, bare) if bare else set())
    new = {key: fact for key, fact in facts.items() if key not in known}
    changed = {key: facts[key] for key, record in stored.items() if _weave_record(record, facts[key]) != record}
    return new, changed, [stored[key] for key in changed]


async def _touch_identifiers(
    tx: Transaction, facts: Iterable[CustomerFact], records: Iterable[StoredRecord]
) -> set[str]:
    """Create or lock what the facts name and the records hold: a claim may end on the one, begin on the other."""
    held = {claim.identifier for record in records for claim in record.claims if claim.live}
    named = {item.key: item for fact in facts for item in fact.identifiers}
    return await evidence.touch_identifiers(tx, named.values(), held - named.keys()) if named or held else set()


async def _lock_persons(tx: Transaction, identifiers: Iterable[str], records: Iterable[str]) -> set[str]:
    """Lock everyone who may be affected. Another writer may have moved a record just before our lock: look again."""
    locked: set[str] = set()
    while found := await partition.find_persons(tx, identifiers=identifiers, records=records) - locked:
        locked |= await partition.lock_persons(tx, found)
    return locked


def _decide(
    identity: Identity, members: Iterable[Member], woven: Mapping[str, StoredRecord], created: Iterable[NewRecord]
) -> tuple[Group, ...]:
    births: dict[str, str] = {}
    claims: list[LiveClaim] = []
    for member in members:
        births[member.record] = member.birth_id
        if member.record not in woven:
            claims.extend(LiveClaim(member.record, key, kind) for key, kind in member.claims)
    for record in created:
        births[str(record.key)] = record.birth_id
        claims.extend(_live(str(record.key), record.claims))
    for key, stored in woven.items():
        claims.extend(_live(key, stored.claims))
    return resolve(births, claims, identity.policy, identity.blocked_keys).groups


async def _write_persons(
    tx: Transaction,
    groups: Iterable[Group],
    persons: set[str],
    members: Iterable[Member],
    created: Iterable[NewRecord],
) -> None:
    place = {record: group.person_id for group in groups for record in group.records}
    wanted = set(place.values())
    moves = [(one.record, place[one.record]) for one in members if place[one.record] != one.person_id]
    if wanted - persons:
        await partition.create_persons(tx, wanted - persons)
    if moves:
        await partition.move_records(tx, moves)
    if placed := [(record, place[str(record.key)]) for record in created]:
        await partition.create_records(tx, placed)


async def _write_evidence(
    tx: Transaction, before: Mapping[str, StoredRecord], after: Mapping[str, StoredRecord]
) -> None:
    changes = [ClaimChange(key, before[key].claims, record.claims) for key, record in after.items()]
    await evidence.change_claims(tx, changes)
    profiles = [(key, record.profile) for key, record in after.items() if record.profile != before[key].profile]
    if profiles:
        await evidence.update_profiles(tx, profiles)


async def _apply_orders(tx: Transaction, orders: Iterable[PreparedOrder]) -> int:
    said: dict[str, PreparedOrder] = {}
    for order in orders:
        key = order.key
        said[key] = _merge_orders(said[key].state, order.state) if key in said else order
    if not said:
        return 0
    stored = await order_states.fetch_orders(tx, said)
    changed = [key for key, state in stored.items() if merge_order([state, said[key].state]) != state]
    if changed:
        await order_states.lock_orders(tx, changed)
        current = await order_states.fetch_orders(tx, changed)
        merged = [_merge_orders(state, said[key].state) for key, state in current.items()]
        await order_states.update_orders(tx, merged)
    if new := [order for key, order in said.items() if key not in stored]:
        await order_states.create_orders(tx, new)
    return len(changed) + len(new)


def _merge_orders(known: OrderState, said: OrderState) -> PreparedOrder:
    return prepare_order(merge_order([known, said]))


def _bare_buyers(orders: Iterable[PreparedOrder]) -> list[CustomerFact]:
    buyers = {order.buyer for order in orders if order.customer is not None}
    return [CustomerFact(buyer, str(ULID())) for buyer in buyers if buyer is not None]


def _merge_facts(facts: Iterable[CustomerFact]) -> dict[str, CustomerFact]:
    """One fact a record: a batch may speak of it several times."""
    merged: dict[str, CustomerFact] = {}
    for fact in facts:
        key = str(fact.record)
        held = merged.get(key)
        if held is None:
            merged[key] = fact
        elif fact.assertions or fact.profile:
            merged[key] = replace(
                held,
                identifiers=held.identifiers + fact.identifiers,
                assertions=held.assertions + fact.assertions,
                profile=merge_profile(held.profile, fact.profile),
            )
    return merged


def _new_record(fact: CustomerFact) -> NewRecord:
    return NewRecord(fact.record, fact.birth_id, now_ms(), dict(fact.profile), weave((), fact.assertions))


def _weave_record(record: StoredRecord, fact: CustomerFact) -> StoredRecord:
    return replace(
        record,
        claims=weave(record.claims, fact.assertions),
        profile=merge_profile(record.profile, fact.profile),
    )


def _live(record: str, claims: Iterable[Claim]) -> list[LiveClaim]:
    return [LiveClaim(record, claim.identifier, claim.type) for claim in claims if claim.live]
