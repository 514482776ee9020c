"""Scoring in a process of its own: it takes minutes and a gigabyte."""

from __future__ import annotations

from collections.abc import AsyncIterable, Collection, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import cast

from hub.services.apart import Progress, work_apart
from hub.services.similarity.candidates import check_installed, score_candidates
from hub.services.similarity.model import Limits, Scoring, SimilarRecord


@dataclass(frozen=True, slots=True)
class Task:
    """The arguments of `score_candidates`, without the rows."""

    threshold: float
    parameters: str | None = None
    also: Collection[tuple[str, str]] = ()
    limits: Limits = field(default_factory=Limits)


async def score_apart(pages: AsyncIterable[Sequence[SimilarRecord]], task: Task, progress: Progress) -> Scoring:
    """As `score_candidates`, in a child process that ends with this call, whatever ends it.

    Raises:
        as `score_candidates`; Unavailable where the child was killed.
    """
    check_installed()
    return cast(Scoring, await work_apart(_score, task, pages, progress))


def _score(task: Task, pages: Iterator[Sequence[SimilarRecord]], progress: Progress) -> Scoring:
    return score_candidates(
        chain.from_iterable(pages),
        threshold=task.threshold,
        parameters=task.parameters,
        also=task.also,
        limits=task.limits,
        progress=progress,
    )
