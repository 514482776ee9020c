"""What the resolvers of one request share."""

from __future__ import annotations

from dataclasses import dataclass

import strawberry

from graph.database import Graph
from hub.services.find_person import PersonFinder
from hub.services.identity import Identity
from resolvers.loaders import Loaders


@dataclass(frozen=True, slots=True)
class Context:
    """One request's read access; loaders remember what they have read, so a context serves one operation only."""

    graph: Graph
    finder: PersonFinder
    loaders: Loaders


Info = strawberry.Info[Context, None]


def make_context(graph: Graph, identity: Identity) -> Context:
    """A context for one operation."""
    return Context(graph, PersonFinder(graph, identity), Loaders(graph))
