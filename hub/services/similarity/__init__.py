"""Weak similarity: pairs of records that may be one customer, scored and explained, for a steward to judge.

Nothing here links anything. Splink on DuckDB does the arithmetic (Fellegi and Sunter's model, as in Splink's own
documentation); this package says what is compared, keeps it bounded and makes it reproducible.
`hub.services.candidates` reads the records from the graph and acts on the answer.
"""

from hub.services.similarity.candidates import check_installed, score_candidates
from hub.services.similarity.model import (
    Limits,
    ScoredPair,
    Scoring,
    SimilarRecord,
    Skipped,
    UnfitParameters,
    Weight,
)

__all__ = [
    "Limits",
    "ScoredPair",
    "Scoring",
    "SimilarRecord",
    "Skipped",
    "UnfitParameters",
    "Weight",
    "check_installed",
    "score_candidates",
]
