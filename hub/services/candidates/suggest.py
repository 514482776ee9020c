"""The job from end to end: read, score, bring the cases up to date."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import Final, TypeVar

from graph import similar_cases
from graph.database import Graph
from graph.similar_cases import SimilarCase
from graph.similarity import SimilarityModel
from hub.services.candidates.asking import Scores, link_unasked, open_cases, pair_of, update_cases
from hub.services.candidates.choice import Candidate, Choice, choose
from hub.services.candidates.scoring import Request, score_records
from hub.services.candidates.standing import read_standings
from hub.services.identity import Identity
from hub.services.replay import Progress
from hub.services.similarity import Skipped
from rules.policy import Policy

_PORTION: Final = 25
_PAGE: Final = 500
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Suggested:
    """What came of it. A dry run counts what would be opened and linked.

    Attributes:
        records, compared: how many were read, and how many pairs of them scored.
        alike: pairs of persons that are as probable as the policy asks.
        opened, linked, rescored, closed: cases opened, pairs linked unasked, open cases with another score, and those
            in which there was nothing left to ask.
        counts: pairs of persons by verdict, see `Choice`.
        omitted: pairs of records that were over the limit of results.
        skipped: what was not compared because it is too common.
        untrained: fields compared by the parameters that ship, because too few pairs tell of them.
        model: the parameters; None where those that ship were used.
        trained: whether this run trained them.
        choice: the pairs behind these numbers.
    """

    records: int
    compared: int
    alike: int
    opened: int
    linked: int
    rescored: int
    closed: int
    counts: Counter[str]
    omitted: int
    skipped: tuple[Skipped, ...]
    untrained: tuple[str, ...]
    model: SimilarityModel | None
    trained: bool
    seconds: float
    choice: Choice = field(repr=False)


async def suggest_candidates(
    graph: Graph, identity: Identity, request: Request, *, progress: Progress = lambda *_: None
) -> Suggested:
    """Have a case for each two persons who are as alike as the policy's `suggest_above`; link those over `link_above`.

    It may be stopped anywhere and run again.

    Raises:
        NotFound: Splink is not installed.
        Unavailable: the comparison does not fit into its limits.
        PolicyChanged: another policy was put in force meanwhile; what is written stays.
    """
    started = time.monotonic()
    policy = identity.policy
    known = [case async for case in _list_open(graph)]
    scored = await score_records(graph, policy, request, tuple(map(pair_of, known)), progress)
    scoring, model = scored.scoring, scored.model
    scores = Scores(
        {(pair.left, pair.right): pair for pair in scoring.pairs if pair.probability >= policy.suggest_above},
        model.id if model else "",
        not scoring.omitted,
    )
    updated = Counter[str]() if request.dry_run else await _update(graph, policy, known, scores, progress)
    choice = await _choose(graph, policy, request, scores, progress, link_above=policy.link_above)
    opened, linked = len(choice.asked), len(choice.linked)
    if not request.dry_run:
        linked = await _link(graph, identity, choice, scores, progress)
        if choice.linked:
            # Whom these joined need not be asked about, and whom a limit kept apart has to be.
            rest = await _choose(graph, policy, request, scores, progress, link_above=None)
            choice = replace(rest, linked=choice.linked)
        opened = await _ask(graph, policy, choice, scores, progress)
    return Suggested(
        records=scored.records,
        compared=scoring.compared,
        alike=len(choice.asked) + len(choice.linked) + choice.counts.total(),
        opened=opened,
        linked=linked,
        rescored=updated["rescored"],
        closed=updated["closed"],
        counts=choice.counts,
        omitted=scoring.omitted,
        skipped=scoring.skipped,
        untrained=scoring.untrained,
        model=model,
        trained=scoring.learnt,
        seconds=time.monotonic() - started,
        choice=choice,
    )


async def _list_open(graph: Graph) -> AsyncIterator[SimilarCase]:
    after = ""
    while page := await similar_cases.fetch_open(graph, after=after, limit=_PAGE):
        after = page[-1].id
        for case in page:
            yield case


async def _update(
    graph: Graph, policy: Policy, known: Sequence[SimilarCase], scores: Scores, progress: Progress
) -> Counter[str]:
    done: Counter[str] = Counter()
    for at, portion in _portions(known):
        progress("review", at, len(known))
        done += await update_cases(graph, policy, portion, scores)
    progress("review", len(known), len(known))
    return done


async def _choose(
    graph: Graph, policy: Policy, request: Request, scores: Scores, progress: Progress, *, link_above: float | None
) -> Choice:
    pairs = list(scores.pairs.values())
    candidates: list[Candidate] = []
    for at, portion in _portions(pairs):
        progress("choose", at, len(pairs))
        standings = await read_standings(graph, policy, [(pair.left, pair.right) for pair in portion])
        candidates += map(Candidate, portion, standings)
    progress("choose", len(pairs), len(pairs))
    return choose(candidates, most_each=request.most_each, link_above=link_above)


async def _link(graph: Graph, identity: Identity, choice: Choice, scores: Scores, progress: Progress) -> int:
    """How many pairs were linked."""
    linked = 0
    for at, one in enumerate(choice.linked):
        progress("link", at, len(choice.linked))
        linked += await link_unasked(graph, identity, one, scores)
    progress("link", len(choice.linked), len(choice.linked))
    return linked


async def _ask(graph: Graph, policy: Policy, choice: Choice, scores: Scores, progress: Progress) -> int:
    """How many cases were opened."""
    opened = 0
    for at, portion in _portions(choice.asked):
        progress("write", at, len(choice.asked))
        opened += await open_cases(graph, policy, portion, scores)
    progress("write", len(choice.asked), len(choice.asked))
    return opened


def _portions(items: Sequence[_T]) -> Iterator[tuple[int, list[_T]]]:
    """Portions with how many came before each."""
    remaining, done = iter(items), 0
    while portion := list(islice(remaining, _PORTION)):
        yield done, portion
        done += len(portion)
