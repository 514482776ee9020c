"""What speaks of erased records elsewhere: their orders, cases, stewards' decisions and rehearsals."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from graph import erasure, order_states, personal_data
from graph.database import Transaction
from graph.order_states import decode_header
from hub.services.personal_data.scrub import scrub_case, scrub_decision, scrub_header, scrub_report


@dataclass(frozen=True, slots=True)
class Forgotten:
    """What no longer speaks of the records.

    Attributes:
        orders: by key, the record that each was of and when its customer was last stated.
        cases, decisions: how many lost their words.
        ruled_with: other records that a decision bound to the erased ones.
    """

    orders: Mapping[str, tuple[str, int]]
    cases: int
    decisions: int
    ruled_with: frozenset[str]


async def forget_mentions(
    tx: Transaction, records: Collection[str], identifiers: Collection[str], *, now_ms: int
) -> Forgotten:
    """Take these records, which must be locked, out of all that mentions them; `identifiers` are to be deleted next."""
    cases = {
        case["id"]: scrub_case(case, records=records, identifiers=identifiers, now_ms=now_ms)
        for case in await personal_data.fetch_subject_cases(tx, records, identifiers)
    }
    await erasure.replace_cases(tx, cases)
    rulings = await personal_data.fetch_subject_rulings(tx, records)
    decisions = {
        decision["id"]: scrub_decision(decision, now_ms=now_ms)
        for decision in await personal_data.fetch_subject_decisions(tx, records, identifiers)
    }
    await erasure.replace_decisions(tx, decisions)
    await _forget_examples(tx, records)
    return Forgotten(
        await _forget_buyers(tx, records),
        len(cases),
        len(decisions.keys() | {ruling.decision for ruling in rulings}),
        frozenset(ruling.other for ruling in rulings) - set(records),
    )


async def _forget_buyers(tx: Transaction, records: Collection[str]) -> dict[str, tuple[str, int]]:
    """Make the orders guests' orders, which count as before."""
    await order_states.lock_orders(tx, [order.key for order in await personal_data.fetch_subject_orders(tx, records)])
    orders = await personal_data.fetch_subject_orders(tx, records)
    await erasure.update_headers(tx, [(order.key, scrub_header(order.header)) for order in orders])
    customers = {order.key: (order.record, decode_header(order.header).customer) for order in orders}
    return {key: (record, stated[1] if stated else 0) for key, (record, stated) in customers.items()}


async def _forget_examples(tx: Transaction, records: Collection[str]) -> None:
    """Rehearsals are few, and name a few records each."""
    await erasure.update_rehearsals(
        tx,
        [
            (one.id, scrub_report(one.report, records), "" if one.position in records else one.position)
            for one in await personal_data.fetch_rehearsals(tx)
            if one.position in records or scrub_report(one.report, records) != one.report
        ],
    )
