"""Cases on records that are alike: opened, scored anew, closed when nothing is left to ask; links made unasked."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from graph import cases, similar_cases
from graph.cases import OpenCase
from graph.database import Graph, Transaction
from graph.similar_cases import SimilarCase
from graph.similarity import Waterfall, WaterfallBar, encode_waterfall
from hub.core.clock import now_ms
from hub.core.errors import Conflict, NotFound, PolicyChanged
from hub.services.candidates.choice import Candidate
from hub.services.candidates.standing import Pair, Standing, Verdict, lock_standings, read_standings
from hub.services.case_sync import draw_ids
from hub.services.decision_draft import draft_decisions, write_draft
from hub.services.decision_request import request_link
from hub.services.identity import Identity
from hub.services.policy import check_policy
from hub.services.similarity import ScoredPair
from rules.policy import Policy

AUTHOR: Final = "system:candidates"
"""Who makes the decisions that nobody was asked for."""

_ALIKE: Final = "The records are much alike."
_CLOSED: Final[Mapping[Verdict, str]] = {
    "gone": "A record is gone.",
    "one": "The records are one person's by now.",
    "apart": "A decision keeps the two persons apart.",
    "asked": "Another case asks about the two persons.",
}
_UNLIKE: Final = "The records are no longer alike enough to ask."


@dataclass(frozen=True, slots=True)
class Scores:
    """What a scoring says of pairs; `complete`: a pair that is not there is below the threshold."""

    pairs: Mapping[Pair, ScoredPair]
    model: str
    complete: bool

    def explain(self, pair: ScoredPair) -> str:
        """The stored text of a pair's waterfall."""
        bars = tuple(WaterfallBar(one.field, one.level, round(one.bits, 4)) for one in pair.weights)
        return encode_waterfall(Waterfall(self.model, bars))


class _Idle(Exception):
    """Ends a transaction that has nothing to write, so that its locks leave no trace."""


async def open_cases(graph: Graph, policy: Policy, portion: Sequence[Candidate], scores: Scores) -> int:
    """Ask about these pairs, those that were dealt with meanwhile left out; how many cases were opened.

    Raises:
        PolicyChanged: another policy is in force.
    """
    return await graph.write(_open, policy, portion, scores)


async def link_unasked(graph: Graph, identity: Identity, one: Candidate, scores: Scores) -> bool:
    """Decide that a pair is one customer's, by `AUTHOR`; False where something came to speak against it.

    Raises:
        PolicyChanged: another policy is in force.
    """
    try:
        await graph.write(_link, identity, one.pair, scores.model)
    except PolicyChanged:
        raise
    except (_Idle, Conflict, NotFound):
        return False
    return True


async def update_cases(graph: Graph, policy: Policy, portion: Sequence[SimilarCase], scores: Scores) -> Counter[str]:
    """Close these open cases or store their new scores; how many were `closed` and `rescored`.

    Raises:
        PolicyChanged: another policy is in force.
    """
    standings = await read_standings(graph, policy, list(map(pair_of, portion)))
    wrong = [
        case
        for case, standing in zip(portion, standings, strict=True)
        if _find_end(case, standing, scores) or _is_outdated(case, scores)
    ]
    return await graph.write(_update, policy, wrong, scores) if wrong else Counter()


def pair_of(case: SimilarCase) -> Pair:
    """The records that a case on likeness compares; of an erased one nothing is left."""
    left, right = sorted(record for side in case.sides for record in side)
    return left, right


async def _open(tx: Transaction, policy: Policy, portion: Sequence[Candidate], scores: Scores) -> int:
    await check_policy(tx, policy)
    standings = await lock_standings(tx, policy, [(one.pair.left, one.pair.right) for one in portion])
    opened: dict[frozenset[str], OpenCase] = {}
    for one, standing in zip(portion, standings, strict=True):
        if standing.verdict == "free":
            # Several pairs are of the same two persons where records were joined after they had been chosen.
            opened.setdefault(frozenset(standing.persons), _ask(one.pair, standing, scores))
    await cases.open_cases(tx, opened.values(), ids=draw_ids(), now_ms=now_ms(), note=_ALIKE)
    return len(opened)


def _ask(pair: ScoredPair, standing: Standing, scores: Scores) -> OpenCase:
    return OpenCase(
        key=f"similar:{':'.join(sorted(standing.births))}",
        kind="weak_similarity",
        type="",
        sides=((pair.left,), (pair.right,)),
        reasons=standing.objections,
        score=pair.probability,
        waterfall=scores.explain(pair),
    )


async def _link(tx: Transaction, identity: Identity, pair: ScoredPair, model: str) -> None:
    policy = identity.policy
    await check_policy(tx, policy)
    reason = (
        f"Weak similarity {min(pair.probability, 0.9999):.4f}, which is not below link_above {policy.link_above} of "
        f"policy version {policy.version}; parameters {model or 'as shipped'}."
    )
    request = request_link(pair.left, pair.right, apart=False, author=AUTHOR, reason=reason)
    drafted = await draft_decisions(tx, policy, [request])
    [standing] = await read_standings(tx, policy, [(pair.left, pair.right)])
    if drafted.idle or not standing.may_link:
        raise _Idle
    await write_draft(tx, drafted, author=AUTHOR, reason=reason)


async def _update(tx: Transaction, policy: Policy, portion: Sequence[SimilarCase], scores: Scores) -> Counter[str]:
    await check_policy(tx, policy)
    standings = await lock_standings(tx, policy, list(map(pair_of, portion)))
    still_open = await similar_cases.lock_open(tx, [case.id for case in portion])
    done: Counter[str] = Counter()
    for case, standing in zip(portion, standings, strict=True):
        if case.key not in still_open:
            continue
        if end := _find_end(case, standing, scores):
            await cases.close_moot(tx, [case.key], now_ms=now_ms(), reason=end)
            done["closed"] += 1
        elif _is_outdated(case, scores):
            await _rescore(tx, case, scores)
            done["rescored"] += 1
    return done


async def _rescore(tx: Transaction, case: SimilarCase, scores: Scores) -> None:
    pair = scores.pairs[pair_of(case)]
    await similar_cases.rescore(tx, [(case.id, pair.probability, scores.explain(pair))], now_ms=now_ms())


def _find_end(case: SimilarCase, standing: Standing, scores: Scores) -> str | None:
    """Why nothing is left to ask, if that is so."""
    if standing.verdict in _CLOSED:
        return _CLOSED[standing.verdict]
    return _UNLIKE if scores.complete and pair_of(case) not in scores.pairs else None


def _is_outdated(case: SimilarCase, scores: Scores) -> bool:
    pair = scores.pairs.get(pair_of(case))
    return pair is not None and (case.score, case.waterfall) != (pair.probability, scores.explain(pair))
