"""The keys that access tokens are signed with: their private halves sealed, their public ones for everybody."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from graph.database import Transaction
from graph.reading import Reader, read_rows
from graph.statement import Statement

_PUT: Final = Statement(
    "signing_keys.put",
    "write",
    "CREATE (:SigningKey {id: $id, sealed: $sealed, public: $public, created_ms: $created_ms, retired_ms: null})",
)
_RETIRE: Final = Statement(
    "signing_keys.retire", "write", "MATCH (k:SigningKey) WHERE k.retired_ms IS NULL SET k.retired_ms = $now_ms"
)
_FORGET: Final = Statement(
    "signing_keys.forget", "write", "MATCH (k:SigningKey) WHERE k.retired_ms < $before_ms DELETE k"
)
_RESEAL: Final = Statement(
    "signing_keys.reseal", "write", "UNWIND $rows AS row MATCH (k:SigningKey {id: row[0]}) SET k.sealed = row[1]"
)
_FETCH: Final = Statement(
    "signing_keys.fetch",
    "read",
    """
    MATCH (k:SigningKey)
    WHERE k.retired_ms IS NULL OR k.retired_ms >= $since_ms
    RETURN k.id, k.sealed, k.public, k.created_ms, k.retired_ms
    ORDER BY k.created_ms DESC, k.id DESC
    """,
)


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A pair of keys.

    Attributes:
        sealed: the private key, a JSON Web Key, sealed by the vault to its id.
        public: the public one, JSON.
        retired_ms: since when it signs nothing more.
    """

    id: str
    sealed: str
    public: str
    created_ms: int
    retired_ms: int | None = None


async def put_key(tx: Transaction, key: SigningKey) -> None:
    """Store a new key."""
    await tx.run(_PUT, id=key.id, sealed=key.sealed, public=key.public, created_ms=key.created_ms)


async def retire_keys(tx: Transaction, *, now_ms: int, forget_before_ms: int) -> None:
    """Have all keys sign nothing more, and delete those that were retired before an instant."""
    await tx.run(_FORGET, before_ms=forget_before_ms)
    await tx.run(_RETIRE, now_ms=now_ms)


async def reseal_keys(tx: Transaction, sealed: dict[str, str]) -> None:
    """Replace sealed private keys, by id."""
    await tx.run(_RESEAL, rows=[[key_id, text] for key_id, text in sorted(sealed.items())])


async def fetch_keys(reader: Reader, *, since_ms: int = 0) -> list[SigningKey]:
    """The newest first: keys that sign, and those that were retired at an instant or later."""
    return [SigningKey(*row) for row in await read_rows(reader, _FETCH, since_ms=since_ms)]
