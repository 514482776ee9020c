"""Which of a load's files says what of a portion: their numbers are the order in which they were given."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping
from itertools import groupby
from operator import itemgetter

from hub.services.bulk.pool import Portion
from hub.services.facts import CustomerFact


def by_file(portion: Portion) -> list[tuple[int, list[CustomerFact]]]:
    """The facts that each file says, file after file."""
    said = sorted(portion.facts, key=itemgetter(0))
    return [(number, [fact for _, fact in facts]) for number, facts in groupby(said, key=itemgetter(0))]


def count_first(speakers: Mapping[str, Collection[int]]) -> Counter[int]:
    """How many records each file was the first to speak of."""
    return Counter(map(min, speakers.values()))


def find_speakers(portion: Portion) -> dict[str, set[int]]:
    """The files that speak of each record."""
    speakers: defaultdict[str, set[int]] = defaultdict(set)
    for file, fact in portion.facts:
        speakers[str(fact.record)].add(file)
    return speakers
