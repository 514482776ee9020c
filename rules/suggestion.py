"""What the hub would answer to a case, with a score that a steward can recompute by hand."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Final, Literal

from rules.component import RecordEvidence
from rules.likeness import Traits, compare_traits
from rules.policy import Contradiction, Policy

Outcome = Literal["same", "different", "lift", "dismiss"]

SAME_ABOVE: Final = 0.65
DIFFERENT_BELOW: Final = 0.35
_EVEN: Final = 0.5
_LEAST, _MOST = 0.05, 0.95
_AGREE: Final[Mapping[Contradiction, float]] = {"name": 0.25, "birthday": 0.15}
_CONTRADICT: Final[Mapping[Contradiction, float]] = {"name": -0.3, "birthday": -0.2, "gender": -0.1}
_SHARED_STRONG, _SHARED_WEAK = 0.2, 0.1
_RECYCLED: Final = -0.1


@dataclass(frozen=True, slots=True)
class Suggestion:
    """The likely answer.

    Attributes:
        outcome: None where nothing speaks for either.
        score: how likely the sides are one person, 0.05 to 0.95, for likeness the probability that was computed; None
            where that is not the question.
        grounds: what counted, such as `name agrees` and `unionid shared`, in the order in which it counts.
    """

    outcome: Outcome | None
    score: float | None
    grounds: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Side:
    """What one side of a case says: its traits, and the identifiers that it holds, key to type."""

    traits: Traits
    identifiers: Mapping[str, str]

    @classmethod
    def of(cls, records: Iterable[RecordEvidence]) -> Side:
        """What these records say together."""
        traits, identifiers = Traits(), dict[str, str]()
        for one in records:
            traits.add(Traits.of(one.profile))
            identifiers.update({claim.identifier: claim.type for claim in one.claims})
        return cls(traits, identifiers)


def suggest(
    policy: Policy, sides: Sequence[Side], *, about: Collection[str] = (), recycled: bool = False
) -> Suggestion:
    """Whether the sides of a case are one person.

    A pair starts at 0.5. A name that agrees adds 0.25, one that contradicts takes 0.3; a birthday 0.15 and 0.2; another
    gender takes 0.1. Each further type of identifier that both hold adds 0.2 if it is strong, else 0.1; those that the
    case is `about` do not count. A value that changed hands takes 0.1. The least likely pair speaks for all sides.
    """
    pairs = [_score(policy, one, two, about, recycled) for one, two in combinations(sides, 2)]
    if not pairs:
        return Suggestion(None, None)
    score, grounds = min(pairs)
    outcome: Outcome | None = None
    if score >= SAME_ABOVE:
        outcome = "same"
    elif max(pairs)[0] <= DIFFERENT_BELOW:
        outcome = "different"
    return Suggestion(outcome, score, grounds)


def suggest_on_quarantine(holders: Sequence[Side]) -> Suggestion:
    """Whether to lift a quarantine: yes where all holders' names agree, no where any two contradict each other."""
    verdicts = {compare_traits(one.traits, two.traits, ("name",)).verdict for one, two in combinations(holders, 2)}
    if "contradict" in verdicts:
        return Suggestion("dismiss", None, ("names contradict",))
    if verdicts == {"agree"}:
        return Suggestion("lift", None, ("names agree",))
    return Suggestion(None, None)


def suggest_on_likeness(
    probability: float | None, bars: Iterable[tuple[str, str, float]], objections: Collection[str] = ()
) -> Suggestion:
    """What a comparison of two records comes to: its probability, and what speaks for it, the strongest first.

    Args:
        bars: (field, level, bits) of a waterfall whose first bar is the prior.
        objections: as `rules.similarity.find_objections`; with any, likeness alone does not suggest `same`.
    """
    _, *compared = bars
    grounds = sorted((-bits, f"{name} {level}") for name, level, bits in compared if bits > 0 and level != "frequency")
    outcome: Outcome | None = None
    if probability is not None and probability >= SAME_ABOVE:
        outcome = None if objections else "same"
    elif probability is not None and probability <= DIFFERENT_BELOW:
        outcome = "different"
    return Suggestion(outcome, probability, tuple(ground for _, ground in grounds))


def _score(
    policy: Policy, one: Side, two: Side, about: Collection[str], recycled: bool
) -> tuple[float, tuple[str, ...]]:
    score, grounds = _EVEN, list[str]()
    for name in _CONTRADICT:
        verdict = compare_traits(one.traits, two.traits, (name,)).verdict
        if verdict == "agree":
            score += _AGREE.get(name, 0)
            grounds.append(f"{name} agrees")
        elif verdict == "contradict":
            score += _CONTRADICT[name]
            grounds.append(f"{name} contradicts")
    shared = {one.identifiers[key] for key in one.identifiers.keys() & two.identifiers.keys() if key not in about}
    for kind in sorted(shared):
        known = policy.types.get(kind)
        if known is not None and known.power != "never":
            score += _SHARED_STRONG if known.power == "strong" else _SHARED_WEAK
            grounds.append(f"{kind} shared")
    if recycled:
        score += _RECYCLED
        grounds.append("changed hands")
    return round(min(max(score, _LEAST), _MOST), 2), tuple(grounds)
