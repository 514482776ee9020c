"""What a graph remembers of the installation that fills it: its key, a rotation that is under way, its erasures."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from graph.database import Graph, Transaction
from graph.reading import Reader, read_rows
from graph.statement import Statement

_FETCH: Final = Statement(
    "installation.fetch",
    "read",
    """
    MATCH (i:Installation {key: 'identity'})
    RETURN i.fingerprint AS fingerprint, i.rotating_to AS rotating_to, i.erasures AS erasures,
           i.erasure_secret AS secret
    """,
)
_REMEMBER: Final = Statement(
    "installation.remember",
    "write",
    "MERGE (i:Installation {key: 'identity'}) ON CREATE SET i.fingerprint = $fingerprint",
)
# Written before it is compared: Neo4j takes the lock with the first write.
_HOLD: Final = Statement(
    "installation.hold",
    "write",
    """
    MATCH (i:Installation {key: 'identity'})
    SET i.asked_by = $holder
    WITH i WHERE coalesce(i.held_until_ms, 0) < $now_ms OR i.holder = $holder
    SET i.holder = $holder, i.held_until_ms = $until_ms
    RETURN i.holder AS holder
    """,
)
_LET_GO: Final = Statement(
    "installation.let_go",
    "write",
    "MATCH (i:Installation {key: 'identity'}) WHERE i.holder = $holder SET i.held_until_ms = 0",
)
_BEGIN_ROTATION: Final = Statement(
    "installation.begin_rotation",
    "write",
    "MATCH (i:Installation {key: 'identity'}) SET i.rotating_to = $fingerprint",
)
_FINISH_ROTATION: Final = Statement(
    "installation.finish_rotation",
    "write",
    """
    MATCH (i:Installation {key: 'identity'})
    SET i.fingerprint = $fingerprint, i.rotating_to = null, i.erasure_secret = $secret
    """,
)
_COUNT_ERASURE: Final = Statement(
    "installation.count_erasure",
    "write",
    """
    MERGE (i:Installation {key: 'identity'})
    ON CREATE SET i.fingerprint = $fingerprint
    SET i.erasures = coalesce(i.erasures, 0) + 1, i.erasure_secret = coalesce(i.erasure_secret, $secret)
    RETURN i.erasure_secret AS secret
    """,
)


@dataclass(frozen=True, slots=True)
class Erasures:
    """How many persons were erased, and the sealed secret that hashes the keys of their records; None before any."""

    persons: int = 0
    secret: str | None = None


@dataclass(frozen=True, slots=True)
class Installation:
    """What the graph remembers.

    Attributes:
        fingerprint: of the key that its identifiers are stored with; None in a graph that nobody has used.
        rotating_to: of the key that an unfinished rotation goes to.
    """

    fingerprint: str | None = None
    rotating_to: str | None = None
    erasures: Erasures = field(default_factory=Erasures)


async def fetch_installation(reader: Reader) -> Installation:
    """The current state; one look-up."""
    rows = await read_rows(reader, _FETCH)
    if not rows:
        return Installation()
    fingerprint, rotating_to, count, secret = rows[0]
    return Installation(fingerprint, rotating_to, Erasures(count or 0, secret))


async def remember_fingerprint(graph: Graph, fingerprint: str) -> Installation:
    """The state of a graph, which takes the given key's fingerprint for its own if it has none yet."""
    found = await fetch_installation(graph)
    if found.fingerprint is not None:
        return found
    await graph.write(_remember, fingerprint)
    return await fetch_installation(graph)


async def _remember(tx: Transaction, fingerprint: str) -> None:
    await tx.run(_REMEMBER, fingerprint=fingerprint)


async def hold(tx: Transaction, holder: str, *, now_ms: int, until_ms: int) -> bool:
    """Take or renew the right to rotate; False while another process has it."""
    return bool(await tx.run(_HOLD, holder=holder, now_ms=now_ms, until_ms=until_ms))


async def let_go(tx: Transaction, holder: str) -> None:
    """Give the right to rotate back."""
    await tx.run(_LET_GO, holder=holder)


async def begin_rotation(tx: Transaction, fingerprint: str) -> None:
    """From now on the graph's identifiers are of two keys, and nobody may work on it."""
    await tx.run(_BEGIN_ROTATION, fingerprint=fingerprint)


async def finish_rotation(tx: Transaction, fingerprint: str, secret: str | None) -> None:
    """From now on the graph's identifiers are of this key; `secret` is that of `Erasures`, sealed with it."""
    await tx.run(_FINISH_ROTATION, fingerprint=fingerprint, secret=secret)


async def count_erasure(tx: Transaction, *, fingerprint: str, secret: str) -> str:
    """Note that one more person is erased; returns the sealed secret in use, which is the given one the first time."""
    (row,) = await tx.run(_COUNT_ERASURE, fingerprint=fingerprint, secret=secret)
    return str(row["secret"])
