"""What an explanation consists of, for programs; `hub.services.explanation_words` makes sentences of it.

Nothing here holds the value of an identifier, only its masked form.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from graph.explaining import ShownDecision, ShownIdentifier
from hub.core.model import RecordKey
from rules.obstacles import Kind

SeparationKind = Kind | Literal["ended"]
Verdict = Literal["together", "apart", "beyond"]


@dataclass(frozen=True, slots=True)
class Proof:
    """One record's claim on the identifier in question.

    Attributes:
        source: the delivery that stated it first.
        valid_from_ms, observed_ms: when it was first and last stated.
        valid_to_ms: when another value took its place; None while the claim is live.
        verified: whether any source had proof of it.
    """

    record: RecordKey
    source: str
    valid_from_ms: int
    valid_to_ms: int | None
    observed_ms: int
    verified: bool


@dataclass(frozen=True, slots=True)
class EvidenceStep:
    """Two records of one person, and what joined them: an identifier with both records' claims, or a decision.

    Attributes:
        near, far: in the direction of the path, or away from the root of the tree.
        company: other weak identifiers without which this one would not have joined them.
    """

    near: RecordKey
    far: RecordKey
    identifier: ShownIdentifier | None
    claims: tuple[Proof, ...]
    company: tuple[ShownIdentifier, ...] = ()
    decision: ShownDecision | None = None


@dataclass(frozen=True, slots=True)
class Separation:
    """One reason why two records are two persons.

    Attributes:
        kind: as in `rules.obstacles.Obstacle`; or `ended`: both records claimed the identifier, not both still do.
        left, right: the records on each side that hold the identifier, or that the decision names.
        claims: what these records say of the identifier, by record and start.
        reasons, count, limit, at_ms, open: as in `rules.obstacles.Obstacle`; `at_ms` of `ended` is the last end.
    """

    kind: SeparationKind
    left: tuple[RecordKey, ...]
    right: tuple[RecordKey, ...]
    identifier: ShownIdentifier | None = None
    claims: tuple[Proof, ...] = ()
    decision: ShownDecision | None = None
    reasons: tuple[str, ...] = ()
    count: int | None = None
    limit: int | None = None
    at_ms: int | None = None
    open: bool = False


@dataclass(frozen=True, slots=True)
class Place:
    """A record and the person whom the hub counts it to now."""

    record: RecordKey
    person_id: str


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why two records are one person, or two; computed from the evidence as it is now.

    Attributes:
        verdict: `beyond`: one of them is connected to more records than are explained at once (`bound`).
        steps: `together`: the path from left to right; empty for a record and itself.
        separations: `apart`: decisions first, then what both sides hold, the strongest first; empty where they have
            nothing in common.
        settled: whether the stored persons say the same; if not, a change is still being worked in.
    """

    left: Place
    right: Place
    verdict: Verdict
    policy_version: int
    bound: int
    steps: tuple[EvidenceStep, ...] = ()
    separations: tuple[Separation, ...] = ()
    settled: bool = True


@dataclass(frozen=True, slots=True)
class PersonTree:
    """A person as the strongest tree of evidence.

    Attributes:
        records: how many the hub counts to the person.
        root: the record that brought the person's id.
        steps: one for each other record, each from a record that was reached before; empty if `beyond`.
        beyond, bound, settled: as in `Explanation`.
    """

    person_id: str
    records: int
    root: RecordKey
    policy_version: int
    bound: int
    steps: tuple[EvidenceStep, ...] = ()
    beyond: bool = False
    settled: bool = True
