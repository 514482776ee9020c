"""What it takes to know a caller by its token: keys and clients, as a process holds them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from graph import clients
from graph.clients import Client
from graph.database import Graph
from hub.core.vault import Vault
from hub.services.access.signing import Keys, load_keys


@dataclass(frozen=True, slots=True)
class Doors:
    """The keys that tokens are signed with, and the clients that may come with one."""

    keys: Keys = field(default_factory=Keys)
    clients: Mapping[str, Client] = field(default_factory=dict)

    async def renewed(self, graph: Graph, vault: Vault, *, now_ms: int) -> Doors:
        """This one where nothing has changed, so that what was verified by it stays so; two small look-ups."""
        found = Doors(
            await load_keys(graph, vault, now_ms=now_ms, known=self.keys),
            {client.id: client for client in await clients.fetch_clients(graph)},
        )
        return self if found == self else found
