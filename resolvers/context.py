"""What the resolvers of one request share."""

from __future__ import annotations

from dataclasses import dataclass

import strawberry

from graph.database import Graph
from hub.services.find_person import PersonFinder
from hub.services.identity import Identity
from hub.services.ledger.programmes import Programmes
from resolvers.loaders import Loaders
from resolvers.membership.loader import MemberLoader, make_member_loader
from resolvers.reads import Reads


@dataclass(frozen=True, slots=True)
class Context:
    """What one request reads and writes with; loaders remember what they have read, so it serves one operation only.

    Attributes:
        now_ms: when the request came: the instant of all that it asks for and does.
    """

    graph: Graph
    identity: Identity
    finder: PersonFinder
    loaders: Loaders
    members: MemberLoader
    programmes: Programmes
    now_ms: int

    def forget(self) -> None:
        """Have what was written anew read anew: balances and memberships."""
        self.loaders.forget_accounts()
        self.members.clear_all()


Info = strawberry.Info[Context, None]


def make_context(graph: Graph, identity: Identity, programmes: Programmes, reads: Reads, *, now_ms: int) -> Context:
    """A context for one operation; `reads` are the process's."""
    finder = PersonFinder(graph, identity, reads.find_holders)
    members = make_member_loader(graph, programmes)
    return Context(graph, identity, finder, Loaders(reads), members, programmes, now_ms)
