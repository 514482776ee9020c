"""The hub as a subgraph: what a router of Apollo Federation 2 asks of it."""

from resolvers.federation.entities import MOST_ENTITIES, Entity, Representation, find_entities
from resolvers.federation.subgraph import Service, print_subgraph

__all__ = ["MOST_ENTITIES", "Entity", "Representation", "Service", "find_entities", "print_subgraph"]
