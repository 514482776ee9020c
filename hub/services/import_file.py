"""Check, rehearse and import a file."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import aclosing
from typing import Final

from connectors.files.paths import reading
from graph.database import Graph
from hub.core.clock import now_ms
from hub.services.identity import Identity
from hub.services.import_ahead import read_ahead
from hub.services.import_files import import_files
from hub.services.import_guards import naming
from hub.services.imported_file import ImportRequest, ImportSummary, Progress, open_reader

__all__ = ["ImportRequest", "ImportSummary", "Progress", "check_files", "import_file", "rehearse_file"]

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
    imported = import_files(graph, identity, [request], timezone=timezone, begin=lambda _: progress or _ignore)
    async with aclosing(imported) as summaries:
        return await anext(summaries)


async def rehearse_file(
    identity: Identity, request: ImportRequest, *, timezone: str, progress: Progress | None = None
) -> tuple[ImportSummary, list[str]]:
    """Read and check a file as an import would, writing nothing.

    Returns the summary and the first few problems as sentences without values; the last one counts the others.
    """
    with naming(request.path), reading(request.path):
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


def _ignore(done: int, total: int) -> None:
    pass
