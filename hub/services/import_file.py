"""Import one file: batch by batch, each committed together with how far the import has come."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import aclosing, closing
from dataclasses import replace
from typing import Final

from graph.database import Graph, Transaction
from graph.imports import ImportProgress
from hub.core.clock import now_ms
from hub.services.identity import Identity
from hub.services.import_ahead import read_ahead
from hub.services.import_batches import Batch
from hub.services.import_facts import import_facts
from hub.services.import_guards import naming, tuned
from hub.services.imported_file import ImportedFile, ImportRequest, ImportSummary, Progress, open_reader
from hub.services.ingest import Applied

__all__ = ["ImportRequest", "ImportSummary", "Progress", "check_files", "import_file", "import_taken", "rehearse_file"]

_SHOWN_PROBLEMS: Final = 10


async def check_files(identity: Identity, requests: Iterable[ImportRequest], *, timezone: str) -> None:
    """Open every file and see that its mapping fits, so that nothing is written where one of them is wrong.

    Raises:
        InvalidInput, Conflict: as `import_file`.
    """
    for request in requests:
        with naming(request.path):
            (await open_reader(request, identity, timezone)).source.close()


async def import_file(
    graph: Graph, identity: Identity, request: ImportRequest, *, timezone: str, progress: Progress | None = None
) -> ImportSummary:
    """Import a file of customers or orders; what is committed stays, whatever happens.

    Raises:
        InvalidInput: the file or the mapping cannot be used; nothing was written.
        Conflict: several ready mappings fit, or another process imports this very file.
        Unavailable: the graph went away; run it again to continue.
    """
    file = await ImportedFile.take(graph, identity, request, timezone)
    with closing(file):
        return await import_taken(graph, file, progress or _ignore)


async def import_taken(graph: Graph, file: ImportedFile, progress: Progress) -> ImportSummary:
    """`import_file` of a file that was taken already, and is closed by who took it."""
    with naming(file.path), tuned():
        return await _import(graph, file, progress)


async def rehearse_file(
    identity: Identity, request: ImportRequest, *, timezone: str, progress: Progress | None = None
) -> tuple[ImportSummary, list[str]]:
    """Read and check a file as an import would, writing nothing.

    Returns the summary and the first few problems as sentences without values; the last one counts the others.
    """
    with naming(request.path):
        return await _rehearse(identity, request, timezone, progress or _ignore)


async def _rehearse(
    identity: Identity, request: ImportRequest, timezone: str, tell: Progress
) -> tuple[ImportSummary, list[str]]:
    reader = await open_reader(request, identity, timezone)
    rows = accepted = rejected = found = 0
    problems: list[str] = []
    try:
        async with aclosing(read_ahead(reader, skip=0, default_ms=now_ms())) as batches:
            async for batch in batches:
                rows += batch.rows
                accepted += batch.accepted
                rejected += sum(len(one.rows) for one in batch.rejected)
                found += len(batch.rejected)
                shown = batch.rejected[: _SHOWN_PROBLEMS - len(problems)]
                problems += [f"line {one.line}: {one.column or 'row'}: {one.reason}" for one in shown]
                tell(rows, reader.source.row_count)
    finally:
        reader.source.close()
    if found > len(problems):
        problems.append(f"and {found - len(problems):,} more")
    kind = reader.mapping.kind
    return ImportSummary(request.path, request.system.key, kind, rows, accepted, rejected), problems


async def _import(graph: Graph, file: ImportedFile, tell: Progress) -> ImportSummary:
    applied = Applied()
    if not await file.begin():
        tell(file.state.position, file.state.position)
        return file.finish(applied)
    batches = read_ahead(file.reader, skip=file.state.position, default_ms=file.state.begun_ms)
    async with aclosing(batches) as upcoming:
        async for batch in upcoming:
            after = file.put_aside(batch, file.state)
            done = await graph.write(_commit, file, batch, after)
            file.state = after
            applied += done
            tell(after.position, max(file.reader.source.row_count, after.position))
    file.check_unchanged()
    complete = replace(file.state, complete=True)
    await graph.write(_commit, file, Batch(complete.position), complete)
    file.state = complete
    return file.finish(applied)


async def _commit(tx: Transaction, file: ImportedFile, batch: Batch, after: ImportProgress) -> Applied:
    await file.advance(tx, after)
    customers = [*batch.customers, *batch.guests]
    return await import_facts(tx, file.reader.identity, file.reader.programme, customers, batch.orders)


def _ignore(done: int, total: int) -> None:
    pass
