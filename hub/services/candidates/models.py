"""Trained parameters: the ones in force, and new ones."""

from __future__ import annotations

from ulid import ULID

from graph import similarity
from graph.database import Graph
from graph.similarity import SimilarityModel
from hub.core.clock import now_ms
from rules.policy import Policy


async def find_model(graph: Graph) -> SimilarityModel | None:
    """The parameters that were trained last."""
    return await similarity.find_newest_model(graph)


async def keep_model(graph: Graph, policy: Policy, parameters: str, records: int, *, write: bool) -> SimilarityModel:
    """Put these parameters in force; a dry run says only what they would be."""
    model = SimilarityModel(str(ULID()), parameters, now_ms(), records, policy.version)
    if write:
        await graph.write(similarity.create_model, model)
    return model
