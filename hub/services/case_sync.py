"""Cases follow the evidence: a question that it leaves open is asked once, and closed when evidence answers it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Final

from ulid import ULID

from graph import cases
from graph.cases import OpenCase, StoredCase
from graph.database import Transaction
from graph.evidence import IdentifierState
from hub.core.clock import now_ms
from hub.services.components import is_quarantined
from rules.partition import Refusal, Resolution
from rules.policy import Policy

_KINDS: Final = {
    "limit": "limit_exceeded",
    "shared": "shared_identifier",
    "recycled": "recycled_phone",
    "conflict": "conflicting_decisions",
}
_MOOT: Final = "The evidence has answered this meanwhile."
_NEW: Final = "The hub could not decide this by the evidence."


async def sync_cases(
    tx: Transaction,
    policy: Policy,
    states: Mapping[str, IdentifierState],
    touched: Collection[str],
    resolution: Resolution,
) -> None:
    """Open, renew and close the cases about these identifiers.

    Args:
        states: of every identifier that is held in the component, after the change.
        touched: those of them that the change is about: only they may become quarantined, or be freed, by it.
    """
    wanted = {case.key: case for case in _wanted(policy, states, touched, resolution.refusals)}
    known = await cases.fetch_about(tx, [key for key, state in states.items() if state.cases])
    now = now_ms()
    ask = [case for key, case in wanted.items() if _is_news(case, known.get(key))]
    await cases.open_cases(tx, ask, now_ms=now, note=_NEW)
    settled = {key for key, state in states.items() if key in touched or not is_quarantined(policy, state)}
    moot = [
        case.key
        for case in known.values()
        if case.state == "open" and case.key not in wanted and case.key.partition(":")[2] in settled
    ]
    await cases.close_moot(tx, moot, now_ms=now, reason=_MOOT)


def _wanted(
    policy: Policy,
    states: Mapping[str, IdentifierState],
    touched: Collection[str],
    refusals: Iterable[Refusal],
) -> Iterable[OpenCase]:
    for refusal in refusals:
        if refusal.open:
            sides = tuple(tuple(sorted(side)) for side in refusal.sides)
            about = (refusal.by,) if refusal.type != "ruling" else ()
            key = f"{'identifier' if about else 'ruling'}:{refusal.by}"
            yield OpenCase(key, str(ULID()), _KINDS[refusal.kind], refusal.type, sides, refusal.reasons, about)
    for key in touched:
        state = states[key]
        if is_quarantined(policy, state):
            yield OpenCase(f"quarantine:{key}", str(ULID()), "blast_radius", state.type, (), ("max_records",), (key,))


def _is_news(case: OpenCase, known: StoredCase | None) -> bool:
    """Whether to ask: never twice, and an answer counts for all who were there when it was given."""
    if known is None or known.state == "moot":
        return True
    asked = {record for side in known.sides for record in side}
    if known.state == "answered":
        return not case.records <= asked
    return (known.kind, known.sides, known.reasons) != (case.kind, case.sides, case.reasons)
