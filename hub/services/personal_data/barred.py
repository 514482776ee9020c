"""What was erased does not come back: facts about an erased record, up to its erasure, are dropped on arrival.

A process remembers how many erasures its graph had. While it knows of none this costs nothing; with some, one indexed
look-up a batch. Each transaction that wrote looks at the graph's count before it ends (one look-up) and begins anew
where it has changed: so no erasure is missed, however the two overlap, and a repeat, which writes nothing, stays free.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

from graph import barred
from graph.database import Transaction
from graph.failures import vanished
from graph.installation import Erasures, count_erasure
from graph.order_states import PreparedOrder
from hub.core.vault import hash_text
from hub.services.check_installation import check_key
from hub.services.facts import CustomerFact, make_ready
from hub.services.identity import Identity
from hub.services.key_rotation import ERASURE_PLACE

_SECRET_BYTES: Final = 32


async def drop_barred(
    tx: Transaction, identity: Identity, customers: Sequence[CustomerFact], orders: Sequence[PreparedOrder]
) -> tuple[Sequence[CustomerFact], Sequence[PreparedOrder]]:
    """The facts without what was said of erased records up to their erasure; such orders become guests' orders."""
    if identity.erasures.secret is None:
        return customers, orders
    secret = identity.vault.reveal(identity.erasures.secret, ERASURE_PLACE)
    records = {str(fact.record) for fact in customers} | {str(order.buyer) for order in orders if order.buyer}
    hashes = {hash_text(secret, record): record for record in records}
    found = await barred.fetch_barred(tx, hashes)
    until_ms = {hashes[key]: instant for key, instant in found.items()}
    if not until_ms:
        return customers, orders
    kept = (_drop_said(fact, until_ms) for fact in customers)
    return [fact for fact in kept if fact is not None], [_drop_buyer(order, until_ms) for order in orders]


async def check_unchanged(tx: Transaction, identity: Identity, known: Erasures) -> None:
    """Ask at the end of a transaction that wrote whether what was assumed at its beginning still holds.

    `known` is what the identity knew of erasures then: by now another task of this process may have learnt of more.

    Raises:
        Unavailable: the graph has another identity key by now.
        TransientError: persons were erased meanwhile; the driver repeats the transaction, which then knows of them.
    """
    identity.erasures = await check_key(tx, identity)
    if identity.erasures != known:
        raise vanished()


async def bar_records(tx: Transaction, identity: Identity, until_ms: Mapping[str, int]) -> None:
    """Refuse from now on what is said of these records up to the instant beside each, and count the erasure.

    Raises:
        Unavailable: the graph's identity key was or is being replaced: nobody could open what is sealed here with it.
    """
    vault = identity.vault
    fresh = vault.seal_text(secrets.token_hex(_SECRET_BYTES), ERASURE_PLACE)
    sealed = await count_erasure(tx, fingerprint=vault.fingerprint, secret=fresh)
    await check_key(tx, identity)  # under the lock of the count, for which a rotation waits
    secret = vault.reveal(sealed, ERASURE_PLACE)
    await barred.put_barred(tx, [(hash_text(secret, key), instant) for key, instant in until_ms.items()])


def _drop_said(fact: CustomerFact, until_ms: Mapping[str, int]) -> CustomerFact | None:
    """None where nothing is left; a fact that says nothing has no instant, and is taken for an old one."""
    instant = until_ms.get(str(fact.record))
    if instant is None:
        return fact
    assertions = tuple(one for one in fact.assertions if one.stated.at_ms > instant)
    profile = {name: said for name, said in fact.profile.items() if said[1] > instant}
    if not (assertions or profile):
        return None
    named = {one.identifier for one in assertions}
    identifiers = tuple(item for item in fact.identifiers if item.key in named)
    return replace(fact, identifiers=identifiers, assertions=assertions, profile=profile)


def _drop_buyer(order: PreparedOrder, until_ms: Mapping[str, int]) -> PreparedOrder:
    instant = until_ms.get(str(order.buyer))
    if instant is None:
        return order
    state = order.state
    if state.header.customer is None or state.header.customer[1] > instant:
        return order
    return make_ready(replace(state, header=replace(state.header, customer=None)))
