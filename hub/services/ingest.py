"""Ingest: facts into the graph, the affected persons decided anew, all in one transaction.

The order of work inside the transaction is what keeps concurrent writers right:

1. Facts that would change nothing are dropped, so that a repeat writes nothing at all.
2. Identifiers are created or locked, in sorted order. (Before that, where the engine asks for it, a look around: see
   `hub.services.components.look_around`.)
3. What these connect is read hop by hop and its persons are locked, until nobody new turns up. A record belongs to a
   person at every moment, so that it needs no lock of its own.
4. `rules` decides; the difference between its answer and what is stored is written (`hub.services.settle`).

A component that is too large for that is left as it is, and its records are marked for the background job.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import astuple, dataclass, field, replace

from ulid import ULID

from graph import evidence, order_states, unsettled
from graph.database import Transaction
from graph.evidence import ClaimChange, IdentifierState, NewIdentifier, StoredRecord
from graph.failures import vanished
from graph.order_states import PreparedOrder
from hub.core.clock import now_ms
from hub.core.model import OrderState
from hub.services.claim_counts import count_claims, list_outdated
from hub.services.components import Component, find_seeds, lock_component, look_around
from hub.services.facts import CustomerFact, make_ready, make_record, merge_facts
from hub.services.identity import Identity
from hub.services.personal_data.barred import check_unchanged, drop_barred
from hub.services.policy import check_policy
from hub.services.settle import Change, settle
from rules.evidence import merge_profile, weave
from rules.orders import merge_order


@dataclass(frozen=True, slots=True)
class Applied:
    """How many records, orders, balances and tiers a batch created or changed."""

    records: int = 0
    orders: int = 0
    balances: int = 0
    tiers: int = 0

    def __add__(self, other: Applied) -> Applied:
        return Applied(*(mine + theirs for mine, theirs in zip(astuple(self), astuple(other), strict=True)))


async def apply_facts(
    tx: Transaction, identity: Identity, customers: Sequence[CustomerFact], orders: Sequence[PreparedOrder]
) -> Applied:
    """Store facts and bring the persons they touch up to date; running it again changes nothing more.

    Orders may come before their customers: a buyer whom nobody has described yet becomes a bare record.

    Raises:
        PolicyChanged: the facts were made by a policy that is no longer in force.
    """
    erasures = identity.erasures
    customers, orders = await drop_barred(tx, identity, customers, orders)
    records = await _apply_customers(tx, identity, merge_facts(customers)) if customers else 0
    done = await _apply_orders(tx, orders) if orders else _OrdersDone()
    # Whoever an order names has a record, also where another statement of its buyer counts.
    strangers = {
        order.buyer for order in orders if order.customer is not None and order.customer != done.buyers[order.key]
    }
    strangers.update(order.buyer for order in (*done.left, *done.unplaced))
    if bare := [CustomerFact(buyer, str(ULID())) for buyer in strangers if buyer is not None]:
        # Hardly ever: to ask for the buyers of every batch beforehand would cost as much as its orders.
        records += await _apply_customers(tx, identity, merge_facts(bare))
    if done.left:
        await order_states.create_orders(tx, done.left, now_ms=now_ms())
    if done.unplaced:
        await order_states.place_orders(tx, done.unplaced)
    applied = Applied(records, done.written)
    if applied != Applied():
        # Last, under the locks: whoever walks the graph by a new policy waits for them, or was here before.
        await check_policy(tx, identity.policy)
        await check_unchanged(tx, identity, erasures)
    return applied


async def _apply_customers(tx: Transaction, identity: Identity, facts: Mapping[str, CustomerFact]) -> int:
    new, changed, before = await _find_changes(tx, facts)
    if not (new or changed):
        return 0
    created = [make_record(fact, now_ms=now_ms()) for fact in new.values()]
    named = {item.key: item for fact in (*new.values(), *changed.values()) for item in fact.identifiers}
    # The record could not be created if another writer had been first, so that its identifiers are born counted.
    born = count_claims({}, named.values(), {}, {}, created)
    policy = identity.policy
    said = {(claim.identifier, claim.type) for record in before for claim in record.claims}
    said.update((key, item.type) for key, item in named.items())
    types = {key: type for key, type in said if policy.links(type)}
    around = await look_around(tx, policy, types=types, records=changed, more=len(changed))
    touched = await _touch_identifiers(tx, named, born, before)
    given_up = Counter(claim.identifier for record in before for claim in record.claims if claim.live)
    seeds = find_seeds(touched.values(), policy, given_up=given_up)
    found = await lock_component(tx, policy, identifiers=seeds, records=changed, around=around)
    stored = await evidence.fetch_records(tx, changed) if changed else {}
    if any(stored.get(record.key) != record for record in before):
        # Somebody wrote them before our lock: they may claim by now what we did not lock, and would not count.
        raise vanished()
    woven = {key: _weave_record(record, changed[key]) for key, record in stored.items()}
    states = count_claims(touched, named.values(), stored, woven, created)
    await settle(tx, policy, found, Change(woven, created, states))
    await _write_evidence(tx, stored, woven)
    await evidence.update_identifiers(tx, list_outdated(states, touched, born))
    if beyond := [key for key, fact in facts.items() if _is_beyond(key, fact, found)]:
        await unsettled.mark(tx, beyond, now_ms=now_ms())
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
    tx: Transaction,
    named: Mapping[str, NewIdentifier],
    born: Mapping[str, IdentifierState],
    before: Iterable[StoredRecord],
) -> dict[str, IdentifierState]:
    """Create or lock what the facts name and the records ever held: a claim may end on the one, begin on the other."""
    held = {claim.identifier for record in before for claim in record.claims}
    if not (named or held):
        return {}
    rows = [(item, born[key].live, born[key].releases) for key, item in named.items()]
    return await evidence.touch_identifiers(tx, rows, held - named.keys())


def _is_beyond(key: str, fact: CustomerFact, found: Component) -> bool:
    return key in found.beyond or any(item.key in found.beyond for item in fact.identifiers)


async def _write_evidence(
    tx: Transaction, before: Mapping[str, StoredRecord], after: Mapping[str, StoredRecord]
) -> None:
    changes = [ClaimChange(key, before[key].claims, record.claims) for key, record in after.items()]
    await evidence.change_claims(tx, changes)
    profiles = [(key, record.profile) for key, record in after.items() if record.profile != before[key].profile]
    if profiles:
        await evidence.update_profiles(tx, profiles)


@dataclass(frozen=True, slots=True)
class _OrdersDone:
    """What became of a batch's orders.

    Attributes:
        written: how many were new or have changed, those in `left` included.
        left: new ones that could not be created before there is a record of their buyer.
        unplaced: changed ones, some of which found no record of their buyer.
        buyers: the buyer's external id, by order.
    """

    written: int = 0
    left: Sequence[PreparedOrder] = ()
    unplaced: Sequence[PreparedOrder] = ()
    buyers: Mapping[str, str | None] = field(default_factory=dict[str, "str | None"])


async def _apply_orders(tx: Transaction, orders: Iterable[PreparedOrder]) -> _OrdersDone:
    said: dict[str, PreparedOrder] = {}
    for order in orders:
        key = order.key
        said[key] = _merge_orders(said[key].state, order.state) if key in said else order
    stored = await order_states.fetch_orders(tx, said)
    changed = [key for key, state in stored.items() if merge_order([state, said[key].state]) != state]
    updated: list[PreparedOrder] = []
    unplaced = 0
    if changed:
        await order_states.lock_orders(tx, changed)
        stored |= await order_states.fetch_orders(tx, changed)
        updated = [_merge_orders(stored[key], said[key].state) for key in changed]
        unplaced = await order_states.update_orders(tx, updated, now_ms=now_ms())
    new = [order for key, order in said.items() if key not in stored]
    left = await order_states.create_orders(tx, new, now_ms=now_ms()) if new else []
    buyers = {key: state.header.customer and state.header.customer[0] for key, state in stored.items()}
    buyers |= {order.key: order.customer for order in (*updated, *new)}
    return _OrdersDone(len(updated) + len(new), left, updated if unplaced else (), buyers)


def _merge_orders(known: OrderState, said: OrderState) -> PreparedOrder:
    return make_ready(merge_order([known, said]))


def _weave_record(record: StoredRecord, fact: CustomerFact) -> StoredRecord:
    return replace(
        record,
        claims=weave(record.claims, fact.assertions),
        profile=merge_profile(record.profile, fact.profile),
    )
