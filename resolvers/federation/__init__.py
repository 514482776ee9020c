"""The hub as a subgraph: what a router of Apollo Federation 2 asks of it."""

from resolvers.federation.entities import Entity, Representation, find_entities
from resolvers.federation.subgraph import Service, print_subgraph

__all__ = ["Entity", "Representation", "Service", "find_entities", "print_subgraph"]
