"""Weak similarity as stored: trained parameters, and how a pair's score came about."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, NamedTuple

import orjson

from graph.database import Graph, Transaction
from graph.statement import Statement

_CREATE: Final = Statement(
    "similarity.create_model",
    "write",
    """
    CREATE (:SimilarityModel {id: $id, parameters: $parameters, trained_ms: $trained_ms, records: $records,
                              policy: $policy})
    """,
)
_FIND_NEWEST: Final = Statement(
    "similarity.find_newest_model",
    "read",
    """
    MATCH (m:SimilarityModel)
    WITH m ORDER BY m.id DESC LIMIT 1
    RETURN m.id AS id, m.parameters AS parameters, m.trained_ms AS trained_ms, m.records AS records,
           m.policy AS policy
    """,
)


@dataclass(frozen=True, slots=True)
class SimilarityModel:
    """Parameters as they were trained once; never changed, the newest is in force.

    Attributes:
        id: a ULID; later trainings have greater ones.
        parameters: the model's text: probabilities of levels of agreement, nobody's values.
        records: on how many it was trained.
        policy: the version of the identity policy that was in force.
    """

    id: str
    parameters: str
    trained_ms: int
    records: int
    policy: int


class WaterfallBar(NamedTuple):
    """How far a field moves the odds, in bits: `prior`, or a field that was compared, and how the two agree on it."""

    field: str
    level: str
    bits: float


class Waterfall(NamedTuple):
    """How the score of two records came about, without a word of what they say.

    Attributes:
        model: the id of the parameters; empty where nothing was trained.
        bars: they add up to the log2 of the odds; the prior is the first.
    """

    model: str
    bars: tuple[WaterfallBar, ...]


async def create_model(tx: Transaction, model: SimilarityModel) -> None:
    """Keep what was trained."""
    await tx.run(
        _CREATE,
        id=model.id,
        parameters=model.parameters,
        trained_ms=model.trained_ms,
        records=model.records,
        policy=model.policy,
    )


async def find_newest_model(graph: Graph) -> SimilarityModel | None:
    """The parameters in force; None before the first training."""
    rows = await graph.read(_FIND_NEWEST)
    return SimilarityModel(**rows[0]) if rows else None


def encode_waterfall(waterfall: Waterfall) -> str:
    """The stored text of a waterfall."""
    return orjson.dumps({"model": waterfall.model, "bars": [list(bar) for bar in waterfall.bars]}).decode()


def decode_waterfall(text: str | None) -> Waterfall | None:
    """The waterfall behind `encode_waterfall`; None where there is none, or it was erased with a record."""
    stored = orjson.loads(text) if text else {}
    if not stored:
        return None
    return Waterfall(stored["model"], tuple(WaterfallBar(*bar) for bar in stored["bars"]))
