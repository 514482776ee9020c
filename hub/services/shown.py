"""What may be shown of the records, identifiers and decisions that an explanation names."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from graph import explaining
from graph.database import Graph
from graph.explaining import ShownDecision, ShownIdentifier
from graph.persons import HeldClaim
from hub.core.model import RecordKey
from hub.services.explanation import Proof


@dataclass(frozen=True, slots=True)
class Shown:
    """Claims by record, identifiers by key, decisions by id."""

    claims: Mapping[str, tuple[HeldClaim, ...]]
    identifiers: Mapping[str, ShownIdentifier]
    decisions: Mapping[str, ShownDecision]

    @classmethod
    async def read(cls, graph: Graph, records: Collection[str], named: Collection[str]) -> Shown:
        """`named` are keys of identifiers and ids of decisions: whatever is no identifier is a decision."""
        identifiers = await explaining.fetch_identifiers(graph, named)
        decisions = await explaining.fetch_decisions(graph, set(named) - identifiers.keys())
        return cls(await explaining.fetch_claims(graph, records), identifiers, decisions)

    def proofs(self, identifier: str, records: Iterable[str], *, ended: bool = False) -> tuple[Proof, ...]:
        """These records' claims on an identifier, in the given order of records; ended claims only if asked for."""
        return tuple(
            Proof(
                RecordKey.parse(record),
                claim.source,
                claim.valid_from_ms,
                claim.valid_to_ms,
                claim.observed_ms,
                claim.verified,
            )
            for record in records
            for claim in sorted(self.claims.get(record, ()), key=lambda claim: claim.valid_from_ms)
            if claim.identifier == identifier and (ended or claim.valid_to_ms is None)
        )
