"""The access log: written in batches, chained by hashes, and proved to be whole."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterable
from contextlib import aclosing
from contextvars import Context
from dataclasses import dataclass, field
from typing import Final, NamedTuple

import orjson

from graph import access_log
from graph.access_log import Access, Chained, Head
from graph.database import Graph, Transaction
from hub.core.errors import InvalidInput

_PAGE: Final = 1000
_MOST_AT_ONCE: Final = 500


class AccessLog:
    """One a process: what arrives while entries are being written shares the next transaction."""

    def __init__(self, graph: Graph) -> None:
        self._graph = graph
        self._waiting: list[tuple[Access, asyncio.Future[None]]] = []
        self._writer: asyncio.Task[None] | None = None

    async def note(self, access: Access) -> None:
        """Returns once it is stored; raises as `Graph.write`. A caller that goes away takes nothing back."""
        stored = asyncio.get_running_loop().create_future()
        self._waiting.append((access, stored))
        if self._writer is None or self._writer.done():
            # In a context of its own: it writes for others too, and not until the first one's deadline only.
            self._writer = asyncio.create_task(self._write_all(), context=Context())
        await stored

    async def _write_all(self) -> None:
        while self._waiting:
            batch, self._waiting = self._waiting[:_MOST_AT_ONCE], self._waiting[_MOST_AT_ONCE:]
            try:
                await self._graph.write(append, [access for access, _ in batch])
            except Exception as error:
                for _, stored in batch:
                    if not stored.done():
                        stored.set_exception(error)
            else:
                for _, stored in batch:
                    if not stored.done():
                        stored.set_result(None)


async def append(tx: Transaction, noted: Iterable[Access]) -> None:
    """Add entries to the log in a transaction."""
    await access_log.append(tx, chain(await access_log.lock_head(tx), noted))


def chain(head: Head, noted: Iterable[Access]) -> list[Chained]:
    """What was noted, in its place behind the head."""
    number, digest = head
    chained = []
    for access in noted:
        number, digest = number + 1, digest_of(number + 1, access, digest)
        chained.append(Chained(number, access, digest))
    return chained


def digest_of(number: int, access: Access, before: str) -> str:
    """SHA-256 of an entry and of the digest of the one before."""
    body = [
        before,
        number,
        access.at_ms,
        access.client,
        access.purpose,
        access.action,
        access.fields,
        access.persons,
        access.request,
    ]
    return hashlib.sha256(orjson.dumps(body)).hexdigest()


class Verdict(NamedTuple):
    """Whether the log is whole; `fault` says where not."""

    head: Head
    fault: str | None = None


@dataclass(slots=True)
class _Proof:
    """How far the chain has been followed."""

    known: dict[int, str]
    at: Head = field(default_factory=Head)

    def follow(self, entry: Chained) -> str | None:
        """What is wrong with the next entry, if anything is."""
        expected = self.at.number + 1
        if entry.number != expected:
            return f"Entry {expected} is missing."
        if digest_of(entry.number, entry.access, self.at.digest) != entry.digest:
            return f"Entry {entry.number} is not what was written, or another stood before it."
        if self.known.get(entry.number, entry.digest) != entry.digest:
            return f"Entry {entry.number} has another hash than the one that was noted down."
        self.at = Head(entry.number, entry.digest)
        return None


async def verify(graph: Graph, known: str | None = None) -> Verdict:
    """Follow the chain from the first entry to the head.

    Args:
        known: `NUMBER:HASH` as an earlier verdict gave it: tells whether somebody wrote the whole log anew since.

    Raises:
        InvalidInput: `known` is nothing of that form.
    """
    proof = _Proof(_read_known(known))
    head = await access_log.find_head(graph)
    if any(number > head.number for number in proof.known):
        return Verdict(head, f"The log ends with entry {head.number}, before the one that was noted down.")
    async for page in _follow(graph, head):
        for entry in page:
            if fault := proof.follow(entry):
                return Verdict(proof.at, fault)
        if await access_log.count_mentions(graph, page) != sum(len(entry.access.persons) for entry in page):
            return Verdict(proof.at, f"Up to entry {proof.at.number} not every one is found by whom it is about.")
    if proof.at != head:
        return Verdict(proof.at, f"The log ends with entry {proof.at.number}, and entry {head.number} was written.")
    return Verdict(head)


async def fetch_latest(
    graph: Graph, *, fits: Callable[[Access], bool], limit: int, person: str | None = None
) -> list[Chained]:
    """The latest entries that fit, the newest first, 1 or more; those about a person are found by an index."""
    found = list[Chained]()
    async with aclosing(_walk_back(graph) if person is None else _walk_back_of(graph, person)) as entries:
        async for entry in entries:
            if fits(entry.access):
                found.append(entry)
            if len(found) == limit:
                break
    return found


async def _walk_back(graph: Graph) -> AsyncGenerator[Chained, None]:
    for upto in range((await access_log.find_head(graph)).number, 0, -_PAGE):
        for entry in reversed(await access_log.fetch_entries(graph, after=upto - _PAGE, upto=upto)):
            yield entry


async def _walk_back_of(graph: Graph, person: str) -> AsyncGenerator[Chained, None]:
    before = (await access_log.find_head(graph)).number + 1
    while page := await access_log.fetch_entries_of(graph, person, before=before, limit=_PAGE):
        for entry in page:
            yield entry
        before = page[-1].number


async def _follow(graph: Graph, head: Head) -> AsyncIterator[list[Chained]]:
    for after in range(0, head.number, _PAGE):
        yield await access_log.fetch_entries(graph, after=after, upto=min(after + _PAGE, head.number))


def _read_known(known: str | None) -> dict[int, str]:
    if known is None:
        return {}
    number, _, digest = known.partition(":")
    if not number.isdecimal() or not digest:
        raise InvalidInput("Give NUMBER:HASH as `hub audit verify` printed it.")
    return {int(number): digest}
