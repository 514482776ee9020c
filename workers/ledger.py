"""`ledger.expire` and `ledger.verify`: what fell due is written; the whole ledger is added up again."""

from __future__ import annotations

from typing import Any

import structlog

from hub.core.clock import now_ms
from hub.services.ledger.expire import expire_due
from hub.services.ledger.verify import verify_ledger
from workers.edge import task


@task
async def expire_lots(ctx: dict[str, Any]) -> int:
    """Write what expired and which holds lapsed; returns how many entries that took."""
    done = await expire_due(ctx["graph"], now_ms=now_ms())
    if done.accounts:
        structlog.get_logger(__name__).info(
            "ledger is up to date", account_count=done.accounts, entry_count=done.entries
        )
    return done.entries


@task
async def prove_ledger(ctx: dict[str, Any]) -> int:
    """Add everything up again; returns how many things do not fit, which somebody should be woken up for."""
    proof = await verify_ledger(ctx["graph"], now_ms=now_ms())
    log = structlog.get_logger(__name__)
    if proof.faults:
        log.error("ledger does not add up", code="INVARIANT_BROKEN", fault_count=proof.faults, wrong=proof.wrong[:10])
    else:
        log.info("ledger adds up", account_count=proof.accounts, entry_count=proof.entries)
    return proof.faults
