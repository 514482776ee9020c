"""One portion into the graph, in one transaction."""

from __future__ import annotations

from graph import bulk, evidence
from graph.database import Transaction
from hub.services.bulk.prepare import Prepared
from hub.services.case_sync import write_cases
from hub.services.claim_counts import count_claims, list_outdated
from hub.services.identity import Identity
from hub.services.personal_data.barred import check_unchanged, drop_barred
from hub.services.policy import check_policy


async def create_portion(tx: Transaction, identity: Identity, prepared: Prepared) -> bool:
    """Create everything; False, with nothing written, where the graph has any of it or may not have some of it.

    Raises:
        PolicyChanged: it was prepared by a policy that is no longer in force.
    """
    said = list(prepared.facts.values())
    allowed, _ = await drop_barred(tx, identity, said, ())
    if list(allowed) != said or await bulk.knows_any(tx, records=prepared.facts, identifiers=prepared.own):
        return False
    await bulk.create_identifiers(tx, prepared.own, prepared.states)
    await _count_shared(tx, prepared)
    golden = {person.id: person.golden_after for person in prepared.plan.persons}
    await bulk.create_persons(tx, golden, prepared.created, prepared.plan.places)
    await write_cases(tx, prepared.plan.cases, unsold=True)
    await check_policy(tx, identity.policy)
    await check_unchanged(tx, identity)
    return True


async def _count_shared(tx: Transaction, prepared: Prepared) -> None:
    """Identifiers that join nobody may be there: they are locked, and who claims them now is added to the others."""
    if not prepared.shared:
        return
    born = {key: prepared.states[key] for key in prepared.shared}
    rows = [(item, born[key].live, born[key].releases) for key, item in prepared.shared.items()]
    touched = await evidence.touch_identifiers(tx, rows, ())
    states = count_claims(touched, prepared.shared.values(), {}, {}, prepared.created)
    await evidence.update_identifiers(tx, list_outdated(states, touched, born))
