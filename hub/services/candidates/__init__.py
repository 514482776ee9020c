"""Candidates: records that share no identifier and are much alike, for a steward to judge.

The records are read from the graph, `hub.services.similarity` scores them in a process of its own, and what comes of it
is written in small transactions: cases, and links where the policy names a probability for them. Everything may be run
again at any time: a question that is open, was answered or has become moot is not asked twice.
"""

from hub.services.candidates.scoring import Request
from hub.services.candidates.suggest import Suggested, suggest_candidates

__all__ = ["Request", "Suggested", "suggest_candidates"]
