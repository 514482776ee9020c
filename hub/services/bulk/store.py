"""One portion into the graph, in one transaction."""

from __future__ import annotations

from graph import bulk, evidence
from graph.database import Transaction
from graph.evidence import ClaimChange
from graph.partition import NewRecord
from hub.services.bulk.prepare import Prepared
from hub.services.case_sync import write_cases
from hub.services.claim_counts import count_claims, list_outdated
from hub.services.identity import Identity
from hub.services.personal_data.barred import check_unchanged, drop_barred
from hub.services.policy import check_policy


class Creation:
    """A portion that is created at once if it can be.

    Attributes:
        careful: look first whether the graph has any of it. Otherwise the constraints tell, and the repeat is careful:
            in a graph that knows nothing the look takes an eighth of the statements' time, and finds nothing.
    """

    def __init__(self, identity: Identity, prepared: Prepared, *, careful: bool) -> None:
        self.careful = careful
        self.prepared = prepared
        self._identity = identity

    async def create(self, tx: Transaction) -> bool:
        """Create everything; False, with nothing written, where the graph has any of it or may not have some of it.

        Raises:
            PolicyChanged: it was prepared by a policy that is no longer in force.
        """
        identity, prepared = self._identity, self.prepared
        said = list(prepared.facts.values())
        allowed, _ = await drop_barred(tx, identity, said, ())
        careful, self.careful = self.careful, True
        if list(allowed) != said or (careful and await self._is_known(tx)):
            return False
        await _create(tx, prepared)
        await check_policy(tx, identity.policy)
        await check_unchanged(tx, identity)
        return True

    async def _is_known(self, tx: Transaction) -> bool:
        return await bulk.knows_any(tx, records=self.prepared.facts, identifiers=self.prepared.own)


async def _create(tx: Transaction, prepared: Prepared) -> None:
    golden = {person.id: person.golden_after for person in prepared.plan.persons}
    placed = [(record, prepared.plan.places[str(record.key)]) for record in prepared.created]
    await bulk.create_persons(tx, prepared.own, prepared.states, golden, placed)
    if prepared.shared:
        await _share(tx, prepared)
    await write_cases(tx, prepared.plan.cases, unsold=True)


async def _share(tx: Transaction, prepared: Prepared) -> None:
    """Identifiers that join nobody may be there: they are locked, and who claims them now is added to the others."""
    born = {key: prepared.states[key] for key in prepared.shared}
    rows = [(item, born[key].live, born[key].releases) for key, item in prepared.shared.items()]
    touched = await evidence.touch_identifiers(tx, rows, ())
    states = count_claims(touched, prepared.shared.values(), {}, {}, prepared.created)
    await evidence.update_identifiers(tx, list_outdated(states, touched, born))
    await evidence.change_claims(tx, (_claim_shared(record, prepared) for record in prepared.created))


def _claim_shared(record: NewRecord, prepared: Prepared) -> ClaimChange:
    claims = frozenset(claim for claim in record.claims if claim.identifier in prepared.shared)
    return ClaimChange(str(record.key), frozenset(), claims)
