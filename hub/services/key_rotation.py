"""A new identity key: every identifier is hashed and sealed anew, in batches, resumable after any crash.

The graph remembers that a rotation is under way, and every other process refuses to work until it is finished. What is
done is told by the id of the key that begins a sealed value, so that nothing else has to be remembered.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Final

from graph import installation, rotation
from graph.database import Graph, Transaction
from graph.installation import Installation
from graph.migrations import check_migrated
from graph.rotation import Rewritten, SealedIdentifier
from hub.core.clock import now_ms
from hub.core.errors import Conflict, InvalidSettings, InvariantBroken
from hub.core.model import Identifier
from hub.core.vault import Vault
from hub.services.access.signing import reseal_keys

BATCH: Final = 1000
ERASURE_PLACE: Final = "erasures"
"""What the secret of `graph.installation.Erasures` is sealed to."""
_LEASE_MS: Final = 30_000

Progress = Callable[[int, int], None]
"""Told of identifiers done and identifiers in all."""


@dataclass(frozen=True, slots=True)
class Rotated:
    """What a rotation did.

    Attributes:
        rewritten: identifiers rewritten by this run.
        left: those left because their values are not stored.
        was_done: the graph had the new key already; whether it ever had the old one is unknown.
    """

    rewritten: int = 0
    left: int = 0
    was_done: bool = False


@dataclass(frozen=True, slots=True)
class Rotation:
    """A rotation from one key to another.

    Attributes:
        batch: identifiers of one transaction.
        pause_s: how long to wait between two of them, to leave the graph to others.
        leave_unreadable: go on though some values cannot be read; they keep the links that they made.
    """

    old: Vault
    new: Vault
    batch: int = BATCH
    pause_s: float = 0.0
    leave_unreadable: bool = False


async def rotate_keys(graph: Graph, wanted: Rotation, progress: Progress | None = None) -> Rotated:
    """Rewrite every identifier; running it again goes on where it stopped, and does nothing once it is done.

    Raises:
        InvalidSettings: the old key is not the graph's; nothing was changed.
        Conflict: another process is rotating, a rotation to another key is unfinished, or values cannot be read and
            `leave_unreadable` is not set; nothing was changed by this run.
    """
    await check_migrated(graph)
    if _is_done(await installation.remember_fingerprint(graph, wanted.old.fingerprint), wanted):
        return Rotated(was_done=True)
    holder = secrets.token_hex(8)
    await graph.write(_hold, holder)
    try:
        return await _Run(graph, wanted, holder, progress or _ignore).run()
    finally:
        await graph.write(installation.let_go, holder)


def _is_done(found: Installation, wanted: Rotation) -> bool:
    old, new = wanted.old.fingerprint, wanted.new.fingerprint
    if old == new:
        raise InvalidSettings("The new identity key is the old one: `hub keys new` prints a fresh one.")
    if found.rotating_to not in (None, new):
        raise Conflict("A rotation to another key is unfinished: finish that one first, with its two keys.")
    if found.fingerprint == new:
        return True
    if found.fingerprint != old:
        raise InvalidSettings(
            "HUB_IDENTITY_KEY_PREVIOUS is not the key that this graph's identifiers are stored with: "
            "nothing was changed."
        )
    return False


async def _hold(tx: Transaction, holder: str) -> None:
    now = now_ms()
    if not await installation.hold(tx, holder, now_ms=now, until_ms=now + _LEASE_MS):
        raise Conflict(
            "Another process is rotating the identity key. If it was killed, run this again in half a minute."
        )


class _Run:
    def __init__(self, graph: Graph, wanted: Rotation, holder: str, tell: Progress) -> None:
        self._graph = graph
        self._wanted = wanted
        self._holder = holder
        self._tell = tell

    async def run(self) -> Rotated:
        counts = await rotation.count_by_key(self._graph)
        total, done = sum(counts.values()), counts.get(self._wanted.new.key_id, 0)
        unreadable = await self._count_unreadable()
        if unreadable and not self._wanted.leave_unreadable:
            raise Conflict(
                f"{unreadable} identifiers cannot be read (only their hash was kept), so they cannot be hashed anew. "
                "With --leave-unreadable they keep the links that they made, and what sources state of them later "
                "begins afresh. Nothing was changed."
            )
        await self._graph.write(self._begin)
        # A writer that was not stopped may have stored with the old key meanwhile: go round until nothing is left.
        rewritten = 0
        while found := await self._go_round(done + rewritten, total):
            rewritten += found
        await self._graph.write(self._finish)
        return Rotated(rewritten, unreadable)

    async def _count_unreadable(self) -> int:
        """Asked before anything is changed: a value that does not open must not be met half-way."""
        unreadable = 0
        async for page in self._pages():
            unreadable += sum(self._rewrite_one(one) is None for one in page)
            await self._graph.write(_hold, self._holder)
        return unreadable

    async def _go_round(self, done: int, total: int) -> int:
        rewritten = 0
        self._tell(done, total)
        async for page in self._pages():
            if rows := [row for one in page if (row := self._rewrite_one(one)) is not None]:
                await self._graph.write(self._store, rows)
                rewritten += len(rows)
                self._tell(done + rewritten, max(total, done + rewritten))
            await asyncio.sleep(self._wanted.pause_s)
        return rewritten

    async def _pages(self) -> AsyncIterator[list[SealedIdentifier]]:
        after, done, limit = "", self._wanted.new.key_id, self._wanted.batch
        while page := await rotation.fetch_page(self._graph, done, after=after, limit=limit):
            yield page
            after = page[-1].key

    def _rewrite_one(self, one: SealedIdentifier) -> Rewritten | None:
        """None where the value cannot be read."""
        try:
            value = self._wanted.old.reveal(one.sealed or "", one.key)
        except InvariantBroken:
            return None
        identifier = Identifier(one.type, one.scope, value)
        key = self._wanted.new.key_of(identifier)
        return Rewritten(one.key, key, self._wanted.new.seal(identifier, key))

    async def _begin(self, tx: Transaction) -> None:
        await _hold(tx, self._holder)
        await installation.begin_rotation(tx, self._wanted.new.fingerprint)

    async def _store(self, tx: Transaction, rows: list[Rewritten]) -> None:
        await _hold(tx, self._holder)
        await rotation.rewrite(tx, rows)

    async def _finish(self, tx: Transaction) -> None:
        await _hold(tx, self._holder)
        sealed = (await installation.fetch_installation(tx)).erasures.secret
        if sealed is not None:
            secret = self._wanted.old.reveal(sealed, ERASURE_PLACE)
            sealed = self._wanted.new.seal_text(secret, ERASURE_PLACE)
        await reseal_keys(tx, self._wanted.old, self._wanted.new)
        await installation.finish_rotation(tx, self._wanted.new.fingerprint, sealed)


def _ignore(_done: int, _total: int) -> None:
    return None
