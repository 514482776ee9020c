"""Which pairs a steward is asked about: one for two persons, and not too many for each. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from hub.services.candidates.standing import Standing
from hub.services.similarity import ScoredPair


@dataclass(frozen=True, slots=True)
class Candidate:
    """A pair with where it stands."""

    pair: ScoredPair
    standing: Standing


@dataclass(frozen=True, slots=True)
class Choice:
    """What is done about the pairs.

    Attributes:
        asked: pairs of records to be asked about, the likeliest first.
        linked: pairs that are over the policy's `link_above`, and that nothing speaks against joining.
        counts: how many pairs of persons there are of each verdict but `free`; `left_out` are those that are, but
            enough is asked about one of the two.
    """

    asked: tuple[Candidate, ...]
    linked: tuple[Candidate, ...]
    counts: Counter[str]


def choose(candidates: Iterable[Candidate], *, most_each: int, link_above: float | None) -> Choice:
    """Go through the pairs, the likeliest first.

    Two persons are asked about once, by the likeliest pair of their records. About one person at most `most_each`
    questions are open at once; those that are open already count first.
    """
    known: dict[frozenset[str], Candidate] = {}
    for one in candidates:
        if one.standing.verdict not in ("gone", "one"):
            known.setdefault(frozenset(one.standing.persons), one)
    links = [one for one in known.values() if _links(one, link_above)]
    rest = [one for one in known.values() if not _links(one, link_above)]
    counts = Counter[str](one.standing.verdict for one in rest if one.standing.verdict != "free")
    questions = Counter(person for one in rest if one.standing.verdict == "open" for person in one.standing.persons)
    asked = []
    for one in rest:
        if one.standing.verdict != "free":
            continue
        if any(questions[person] >= most_each for person in one.standing.persons):
            counts["left_out"] += 1
            continue
        questions.update(one.standing.persons)
        asked.append(one)
    return Choice(tuple(asked), tuple(links), counts)


def _links(one: Candidate, link_above: float | None) -> bool:
    return link_above is not None and one.pair.probability >= link_above and one.standing.may_link
