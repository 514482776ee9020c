"""Import files one after the other: batch by batch, each committed together with how far its file has come.

Reading a row costs about as much as storing it. So the files that follow are read while the one before is stored.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterable
from contextlib import ExitStack, aclosing
from dataclasses import dataclass, field, replace
from typing import Final

from graph.database import Graph, Transaction
from graph.imports import ImportProgress
from hub.services.ahead import kept_ahead
from hub.services.identity import Identity
from hub.services.import_batches import Batch
from hub.services.import_facts import import_facts
from hub.services.import_guards import naming, tell_file, tuned
from hub.services.imported_file import ImportedFile, ImportRequest, ImportSummary, Progress
from hub.services.ingest import Applied

AHEAD: Final = 8
"""Batches that are ready at most: a few seconds' reading, and up to 100 MB."""

Begin = Callable[[ImportedFile], Progress]
"""Opens a progress bar for a file whose turn has come."""


@dataclass(frozen=True, slots=True)
class Turn:
    """A file that was begun, and whether all of it is stored."""

    file: ImportedFile
    over: asyncio.Event = field(default_factory=asyncio.Event)


Turns = dict[str, Turn]
"""The last turn of each content: a copy is begun when the one before is over."""


async def import_files(
    graph: Graph, identity: Identity, requests: Iterable[ImportRequest], *, timezone: str, begin: Begin
) -> AsyncGenerator[ImportSummary, None]:
    """Import files of customers and orders, in their order; what is committed stays, whatever happens.

    Raises:
        InvalidInput: a file or its mapping cannot be used; nothing of it was written.
        Conflict: several ready mappings fit, or another process imports this very file.
        Unavailable: the graph went away; run it again to continue.
    """
    turns: Turns = {}
    with ExitStack() as held, tuned():
        files = _take_each(graph, identity, requests, timezone, turns, held)
        async with (
            kept_ahead(read_each(files, turns), most=AHEAD) as coming,
            aclosing(store_each(graph, coming, begin)) as stored,
        ):
            async for summary in stored:
                yield summary


async def _take_each(
    graph: Graph, identity: Identity, requests: Iterable[ImportRequest], timezone: str, turns: Turns, held: ExitStack
) -> AsyncGenerator[ImportedFile, None]:
    """Every file, closed with `held` at the latest; what an earlier one is, or writes, is taken once that is done."""
    for request in requests:
        for turn in turns.values():
            if not turn.over.is_set() and tell_file(request.path) in map(tell_file, turn.file.places):
                await turn.over.wait()
        file = await ImportedFile.take(graph, identity, request, timezone)
        held.callback(file.close)
        yield file


async def read_each(files: AsyncGenerator[ImportedFile, None], turns: Turns) -> AsyncGenerator[Turn | Batch | None]:
    """Begin each file; gives it, then what is left to be stored of it, then None.

    Raises:
        InvalidInput, Conflict: as `import_files`.
    """
    async with aclosing(files):
        async for file in files:
            with naming(file.path):
                # What an earlier run left stays as it is, until it is this file's turn for certain.
                if file.key in turns or file.begins_anew:
                    for turn in turns.values():
                        await turn.over.wait()
                turns[file.key] = Turn(file)
                begun = await file.begin()
                yield turns[file.key]
                if begun:
                    async with aclosing(file.read()) as batches:
                        async for batch in batches:
                            yield batch
                yield None


async def store_each(
    graph: Graph, coming: AsyncIterator[Turn | Batch | None], begin: Begin
) -> AsyncGenerator[ImportSummary, None]:
    """Store files as they come, and close them; raises as `import_files`."""
    async for turn in coming:
        if not isinstance(turn, Turn):
            raise TypeError("a batch without its file")
        # Where it fails, whoever took the file closes it, once nobody reads it any more.
        with naming(turn.file.path):
            summary = await _store(graph, turn.file, coming, begin(turn.file))
        turn.file.close()
        turn.over.set()
        yield summary


async def _store(
    graph: Graph, file: ImportedFile, coming: AsyncIterator[Turn | Batch | None], tell: Progress
) -> ImportSummary:
    applied = Applied()
    while isinstance(batch := await anext(coming), Batch):
        after = file.put_aside(batch, file.state)
        done = await graph.write(_commit, file, batch, after)
        file.state = after
        applied += done
        tell(after.position, max(file.reader.source.row_count, after.position))
    if file.was_complete:
        tell(file.state.position, file.state.position)
        return file.finish(applied)
    file.check_unchanged()
    complete = replace(file.state, complete=True)
    await graph.write(_commit, file, Batch(complete.position), complete)
    file.state = complete
    return file.finish(applied)


async def _commit(tx: Transaction, file: ImportedFile, batch: Batch, after: ImportProgress) -> Applied:
    await file.advance(tx, after)
    customers = [*batch.customers, *batch.guests]
    return await import_facts(tx, file.reader.identity, file.reader.programme, customers, batch.orders)
