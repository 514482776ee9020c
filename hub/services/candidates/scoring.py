"""Scoring the records as they are now, by the stored parameters or by new ones."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Sequence
from dataclasses import dataclass, replace
from typing import Final

from ulid import ULID

from graph import similarity
from graph.counts import fetch_counts
from graph.database import Graph
from graph.similarity import SimilarityModel
from hub.core.clock import now_ms
from hub.services.candidates.records import read_records
from hub.services.candidates.standing import Pair
from hub.services.replay import Progress
from hub.services.similarity import Limits, Scoring, SimilarRecord, UnfitParameters
from hub.services.similarity.process import Task, score_apart
from rules.policy import Policy

MOST_EACH: Final = 5
"""How many questions about one person are open at once, unless the request says otherwise."""

_CERTAIN: Final = 1 - 2**-40
_LIMITS: Final = Limits(results=20_000)


@dataclass(frozen=True, slots=True)
class Request:
    """What to do.

    Attributes:
        retrain: train the parameters anew, though there are some.
        dry_run: write nothing.
        most_each: how many questions about one person are open at once; the likeliest.
    """

    retrain: bool = False
    dry_run: bool = False
    most_each: int = MOST_EACH
    limits: Limits = _LIMITS


@dataclass(frozen=True, slots=True)
class Scored:
    """A scoring, of how many records, by which parameters: None for those that ship."""

    scoring: Scoring
    records: int
    model: SimilarityModel | None


async def score_records(
    graph: Graph, policy: Policy, request: Request, also: Collection[Pair], progress: Progress
) -> Scored:
    """Read and score everybody; parameters are trained, and stored, where there are none or they do not fit any more.

    `also` are scored whatever they share.
    """
    model = None if request.retrain else await similarity.find_newest_model(graph)
    reading = _Reading(graph, policy, (await fetch_counts(graph)).records, progress)
    task = Task(min(policy.suggest_above, _CERTAIN), model.parameters if model else None, also, request.limits)
    try:
        scoring = await score_apart(reading.pages(), task, progress)
    except UnfitParameters:
        model = None
        scoring = await score_apart(reading.pages(), replace(task, parameters=None), progress)
    if scoring.learnt:
        model = SimilarityModel(str(ULID()), scoring.parameters, now_ms(), reading.done, policy.version)
        if not request.dry_run:
            await graph.write(similarity.create_model, model)
    return Scored(scoring, reading.done, model)


@dataclass(slots=True)
class _Reading:
    """The records as they are read, with progress; they may be read a second time."""

    graph: Graph
    policy: Policy
    total: int
    progress: Progress
    done: int = 0

    def pages(self) -> AsyncIterator[Sequence[SimilarRecord]]:
        return read_records(self.graph, self.policy, self._tell)

    def _tell(self, done: int) -> None:
        self.done = done
        self.progress("read", done, max(done, self.total))
