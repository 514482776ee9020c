"""Clients of the API as stored: which programs may ask for tokens, and for what."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Final

from neo4j import Record

from graph.database import Graph, Transaction
from graph.reading import Reader, read_rows
from graph.statement import Statement
from hub.core.errors import NotFound

_CREATE: Final = Statement(
    "clients.create",
    "write",
    """
    CREATE (:Client {id: $id, name: $name, secrets: $secrets, scopes: $scopes, programmes: $programmes,
                     purposes: $purposes, created_ms: $created_ms, disabled_ms: null, revision: 0})
    """,
)
# Written before it is read: Neo4j takes the lock with the first write.
_LOCK: Final = Statement(
    "clients.lock", "write", "MATCH (c:Client {id: $id}) SET c.revision = c.revision + 1 RETURN c.id AS id"
)
_SET_SECRETS: Final = Statement("clients.set_secrets", "write", "MATCH (c:Client {id: $id}) SET c.secrets = $secrets")
_DISABLE: Final = Statement(
    "clients.disable", "write", "MATCH (c:Client {id: $id}) SET c.disabled_ms = coalesce(c.disabled_ms, $now_ms)"
)
_FIND: Final = Statement(
    "clients.find",
    "read",
    """
    MATCH (c:Client {id: $id})
    RETURN c.id, c.name, c.secrets, c.scopes, c.programmes, c.purposes, c.created_ms, c.disabled_ms
    """,
)
_FETCH: Final = Statement(
    "clients.fetch",
    "read",
    """
    MATCH (c:Client)
    RETURN c.id, c.name, c.secrets, c.scopes, c.programmes, c.purposes, c.created_ms, c.disabled_ms
    ORDER BY c.created_ms, c.id
    """,
)


@dataclass(frozen=True, slots=True)
class Client:
    """A program that may ask for tokens.

    Attributes:
        secrets: hashes of its live secrets, the newest first; two at most.
        programmes: of which it may read and change something; empty for all.
        purposes: what it may say that it reads personal data for.
    """

    id: str
    name: str
    secrets: tuple[str, ...]
    scopes: tuple[str, ...]
    programmes: tuple[str, ...]
    purposes: tuple[str, ...]
    created_ms: int
    disabled_ms: int | None = None


async def create_client(tx: Transaction, client: Client) -> None:
    """Store a new client."""
    values = {name: list(value) if isinstance(value, tuple) else value for name, value in asdict(client).items()}
    del values["disabled_ms"]
    await tx.run(_CREATE, **values)


async def lock_client(tx: Transaction, client_id: str) -> Client:
    """A client that nobody else changes until the transaction ends; raises NotFound."""
    found = await find_client(tx, client_id) if await tx.run(_LOCK, id=client_id) else None
    if found is None:
        raise NotFound(f"There is no client {client_id[:80]!r}: `hub client list` shows them.")
    return found


async def set_secrets(tx: Transaction, client_id: str, secrets: tuple[str, ...]) -> None:
    """Replace the hashes of a client's secrets."""
    await tx.run(_SET_SECRETS, id=client_id, secrets=list(secrets))


async def disable_client(tx: Transaction, client_id: str, *, now_ms: int) -> None:
    """Give a client no more tokens, for good; the first time counts."""
    await tx.run(_DISABLE, id=client_id, now_ms=now_ms)


async def find_client(reader: Reader, client_id: str) -> Client | None:
    """The client of an id, disabled or not."""
    rows = await read_rows(reader, _FIND, id=client_id)
    return _read(rows[0]) if rows else None


async def fetch_clients(graph: Graph) -> list[Client]:
    """All clients, the oldest first."""
    return [_read(row) for row in await graph.read(_FETCH)]


def _read(row: Record) -> Client:
    client_id, name, secrets, scopes, programmes, purposes, created_ms, disabled_ms = row
    hashes, scopes, programmes, purposes = (tuple(one or ()) for one in (secrets, scopes, programmes, purposes))
    return Client(client_id, name, hashes, scopes, programmes, purposes, created_ms, disabled_ms)
