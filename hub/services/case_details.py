"""One case as a steward sees it: what each side's records say, masked, and what the hub would answer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from graph import case_work, decisions
from graph.case_work import ShownRecord, StoredCaseDetails
from graph.database import Graph
from graph.decisions import Decision
from hub.core.errors import NotFound
from rules.component import HeldIdentifier, RecordEvidence
from rules.policy import Policy
from rules.suggestion import Side, Suggestion, suggest, suggest_on_likeness, suggest_on_quarantine

MOST_RECORDS: Final = 50
"""How many records of a side are shown."""


@dataclass(frozen=True, slots=True)
class CaseSide:
    """Records that are one person's as far as is known, the first by key; `total` counts those not shown as well."""

    total: int
    records: tuple[ShownRecord, ...]


@dataclass(frozen=True, slots=True)
class CaseDetails:
    """A case with everything that it takes to answer it.

    Attributes:
        sides: what is to be one person or several; a case about too many holders has them all as its only side.
        suggestion: computed from what is shown.
        decisions: those that ever answered it, withdrawn ones included.
    """

    case: StoredCaseDetails
    sides: tuple[CaseSide, ...]
    suggestion: Suggestion
    decisions: tuple[Decision, ...]


async def get_case(graph: Graph, policy: Policy, case_id: str) -> CaseDetails:
    """One case by its id; raises NotFound."""
    case = await case_work.find_case(graph, case_id.strip().upper())
    if case is None:
        raise NotFound("There is no case with this id.")
    sides = await _read_sides(graph, case)
    answers = await decisions.fetch_decisions(graph, case.decisions)
    return CaseDetails(case, sides, _suggest(policy, case, sides), tuple(answers[key] for key in sorted(answers)))


async def _read_sides(graph: Graph, case: StoredCaseDetails) -> tuple[CaseSide, ...]:
    keys = [side[:MOST_RECORDS] for side in case.sides]
    totals = [len(side) for side in case.sides]
    if not keys:
        for identifier in case.about:
            keys.append(tuple(await decisions.fetch_holders(graph, identifier.key, limit=MOST_RECORDS)))
            totals.append(identifier.live)
    shown = await case_work.fetch_records(graph, {key for side in keys for key in side})
    return tuple(
        CaseSide(total, tuple(shown[key] for key in side if key in shown))
        for side, total in zip(keys, totals, strict=True)
    )


def _suggest(policy: Policy, case: StoredCaseDetails, sides: tuple[CaseSide, ...]) -> Suggestion:
    if case.waterfall is not None:
        return suggest_on_likeness(case.summary.score, case.waterfall.bars, case.reasons)
    said = [[_evidence(record) for record in side.records] for side in sides]
    if case.summary.kind == "blast_radius":
        return suggest_on_quarantine([Side.of([one]) for side in said for one in side])
    about = {identifier.key for identifier in case.about}
    recycled = case.summary.kind == "recycled_phone"
    return suggest(policy, [Side.of(side) for side in said], about=about, recycled=recycled)


def _evidence(record: ShownRecord) -> RecordEvidence:
    claims = tuple(HeldIdentifier(claim.identifier, claim.type, claim.scope) for claim in record.claims)
    return RecordEvidence(record.key, "", claims, {name: value for name, (value, _) in record.profile.items()})
