"""Facts of files into the graph: who is who, and what systems state that their records hold."""

from __future__ import annotations

from collections.abc import Sequence

from graph.database import Transaction
from graph.order_states import PreparedOrder
from hub.core.clock import now_ms
from hub.services.facts import CustomerFact
from hub.services.identity import Identity
from hub.services.ingest import Applied, apply_facts
from hub.services.ledger.opening import open_balances
from hub.services.membership.stated import grant_stated
from rules.programme import Programme


async def import_facts(
    tx: Transaction,
    identity: Identity,
    programme: Programme,
    customers: Sequence[CustomerFact],
    orders: Sequence[PreparedOrder],
) -> Applied:
    """Store facts as `apply_facts` does, with the balances and tiers that they state."""
    applied = await apply_facts(tx, identity, customers, orders)
    return applied + await bring_holdings(tx, programme, customers)


async def bring_holdings(tx: Transaction, programme: Programme, facts: Sequence[CustomerFact]) -> Applied:
    """Open the balances and grant the tiers that facts state of records that are stored by now."""
    at_ms = now_ms()
    return Applied(
        balances=len(await open_balances(tx, programme, facts, at_ms=at_ms)),
        tiers=await grant_stated(tx, programme, facts, at_ms=at_ms),
    )
