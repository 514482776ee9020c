"""What similarity is given and what it answers."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path

from hub.core.errors import InvalidInput


class UnfitParameters(InvalidInput):
    """Stored parameters are not those of what is compared now."""


@dataclass(frozen=True, slots=True)
class SimilarRecord:
    """What one customer record says that is too weak to link by.

    Attributes:
        record: unique among the rows.
        person: whom the record belongs to; records of one person are never paired.
        name: as stated, also masked (`王*明`), with a title (`王先生`) or in Latin letters.
        birthday: ISO date; anything else counts as not stated.
        phone_masks, email_masks: the masked forms (`138****1234`) of full and of masked ones alike.
    """

    record: str
    person: str
    name: str | None = None
    birthday: str | None = None
    address: str | None = None
    city: str | None = None
    phone_masks: tuple[str, ...] = ()
    email_masks: tuple[str, ...] = ()
    guide: str | None = None
    store: str | None = None


@dataclass(frozen=True, slots=True)
class Weight:
    """One bar of the waterfall: how far a field moves the odds, in bits (log2 of the Bayes factor).

    Attributes:
        field: `prior`, or a field that was compared.
        level: how the two agree; `frequency` for what a common or rare value takes or adds, `missing` (0 bits) where
            one of the two does not state the field, empty for the prior.
    """

    field: str
    level: str
    bits: float


@dataclass(frozen=True, slots=True)
class ScoredPair:
    """Two records of different persons, `left` < `right`; the weights add up to the log odds of the probability."""

    left: str
    right: str
    probability: float
    weights: tuple[Weight, ...]

    @property
    def bits(self) -> float:
        """The log2 odds that the two are one customer."""
        return math.fsum(weight.bits for weight in self.weights)


@dataclass(frozen=True, slots=True)
class Skipped:
    """What was not compared because it would have made too many pairs: `blocks` values of a blocking key.

    All values of a key (`whole`) where the pairs of all keys together went over the limit.
    """

    key: str
    blocks: int
    pairs: int
    whole: bool = False


@dataclass(frozen=True, slots=True)
class Scoring:
    """The pairs at or over the threshold, the likeliest first, then by record.

    Attributes:
        parameters: the model as Splink's JSON, to be stored and given again; levels without probabilities use defaults.
        learnt: whether this scoring trained any of it on these rows.
        untrained: the fields stated by two records or more whose weights are the defaults of `plans`.
        compared: how many pairs were scored.
        omitted: how many pairs over the threshold were left out, being over `Limits.results`.
    """

    pairs: tuple[ScoredPair, ...]
    parameters: str
    trained: bool
    untrained: tuple[str, ...] = ()
    skipped: tuple[Skipped, ...] = ()
    compared: int = 0
    omitted: int = 0
    learnt: bool = False


@dataclass(frozen=True, slots=True)
class Limits:
    """What a scoring may use.

    Attributes:
        temp_dir: where DuckDB may put what does not fit into memory; None keeps it in memory alone.
        memory_mib: DuckDB's memory; the rows themselves and the answer come on top.
        block_pairs: the most pairs that one value of a blocking key may make.
        pairs: the most pairs of all keys together.
        results: the most pairs in the answer.
    """

    temp_dir: Path | None = None
    memory_mib: int = 1024
    temp_mib: int = 8192
    block_pairs: int = 5_000
    pairs: int = 10_000_000
    results: int = 100_000
