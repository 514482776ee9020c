"""Memberships of one operation, read together: one statement a programme, and one more where points reach a tier."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import NamedTuple, TypeAlias

from strawberry.dataloader import DataLoader

from graph.database import Graph
from hub.services.ledger.programmes import Programmes
from hub.services.membership.facts import Member, fetch_members
from resolvers.loaders import Loaders


class MemberKey(NamedTuple):
    """A living person in a programme."""

    programme: str
    person: str


MemberLoader: TypeAlias = DataLoader[MemberKey, Member | None]
"""None: the person is no more, as after a merge."""


def make_member_loader(graph: Graph, programmes: Programmes, loaders: Loaders) -> MemberLoader:
    """A loader for one operation."""

    async def load(keys: list[MemberKey]) -> Sequence[Member | None]:
        asked: dict[str, list[str]] = defaultdict(list)
        for key in keys:
            asked[key.programme].append(key.person)
        found: dict[MemberKey, Member] = {}
        for name, ids in asked.items():
            for member in await fetch_members(graph, programmes.get(name), ids):
                found[MemberKey(name, member.person)] = member
        return [found.get(key) for key in keys]

    return loaders.make(load)
