"""One portion into the graph, in one transaction."""

from __future__ import annotations

from collections import Counter

from graph import bulk, evidence
from graph.database import Transaction
from graph.evidence import ClaimChange
from graph.partition import NewRecord
from hub.core.clock import now_ms
from hub.services.bulk.files import by_file, count_first
from hub.services.bulk.prepare import Prepared
from hub.services.bulk.turn import Turn
from hub.services.case_sync import write_cases
from hub.services.claim_counts import count_claims, list_outdated
from hub.services.identity import Identity
from hub.services.ingest import Applied
from hub.services.ledger.opening import open_balances
from hub.services.membership.stated import grant_stated
from hub.services.personal_data.barred import check_unchanged, drop_barred
from hub.services.policy import check_policy
from rules.programme import Programme


class Creation:
    """A portion that is created at once if it can be, and of `careful` and `turn` what its repeats have to know.

    Attributes:
        careful: look first whether the graph has any of it. Otherwise the constraints tell, and the repeat is careful:
            in a graph that knows nothing the look takes an eighth of the statements' time, and finds nothing.
    """

    def __init__(
        self, identity: Identity, programme: Programme, prepared: Prepared, *, careful: bool, turn: Turn
    ) -> None:
        self.careful = careful
        self._turn = turn
        self._identity = identity
        self._programme = programme
        self._prepared = prepared

    async def create(self, tx: Transaction) -> list[tuple[int, Applied]] | None:
        """Create everything; gives what each file created.

        None, with nothing written, where the graph has any of it or may not have some of it.

        Raises:
            PolicyChanged: it was prepared by a policy that is no longer in force.
        """
        identity, prepared = self._identity, self._prepared
        said, erasures = list(prepared.facts.values()), identity.erasures
        allowed, _ = await drop_barred(tx, identity, said, ())
        careful, self.careful = self.careful, True
        if list(allowed) != said or (careful and await self._is_known(tx)):
            return None
        await create_persons(tx, prepared)
        await self._turn.take()
        done = await self._finish(tx)
        await check_policy(tx, identity.policy)
        await check_unchanged(tx, identity, erasures)
        return done

    async def _is_known(self, tx: Transaction) -> bool:
        return await bulk.knows_any(tx, records=self._prepared.facts, identifiers=self._prepared.own)

    async def _finish(self, tx: Transaction) -> list[tuple[int, Applied]]:
        """Write what belongs to the same pages or nodes as other portions' does."""
        prepared = self._prepared
        if prepared.shared:
            await _share(tx, prepared)
        await write_cases(tx, prepared.plan.cases, unsold=True)
        opened = await _open_balances(tx, self._programme, prepared)
        granted = await _grant_tiers(tx, self._programme, prepared)
        first = count_first(prepared.speakers)
        return [
            (number, Applied(first[number], balances=opened[number], tiers=granted[number]))
            for number in first | opened | granted
        ]


async def create_persons(tx: Transaction, prepared: Prepared) -> None:
    """Persons with their records, and the identifiers that nobody else holds: what no other portion has to wait for."""
    golden = {person.id: person.golden_after for person in prepared.plan.persons}
    placed = [(record, prepared.plan.places[str(record.key)]) for record in prepared.created]
    await bulk.create_persons(tx, prepared.own, prepared.states, golden, placed, prepared.accounts)


async def _open_balances(tx: Transaction, programme: Programme, prepared: Prepared) -> Counter[int]:
    """Open the balances that records were not created with; gives how many each file opened, those included."""
    opened = Counter[int]()
    for record, accounts in prepared.accounts.items():
        opened[min(prepared.speakers[record])] += len(accounts)
    at_ms = now_ms()
    for number, facts in by_file(prepared.portion):
        left = [fact for fact in facts if str(fact.record) in prepared.unopened]
        opened[number] += len(await open_balances(tx, programme, left, at_ms=at_ms))
    return opened


async def _grant_tiers(tx: Transaction, programme: Programme, prepared: Prepared) -> Counter[int]:
    """Grant the tiers that a portion states; gives how many each file did."""
    at_ms = now_ms()
    return Counter(
        {number: await grant_stated(tx, programme, facts, at_ms=at_ms) for number, facts in by_file(prepared.portion)}
    )


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
