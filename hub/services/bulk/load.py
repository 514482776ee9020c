"""Many files at once: all customers in bulk, then orders file by file."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Collection, Iterable, Mapping, Sequence
from contextlib import ExitStack, aclosing
from dataclasses import replace
from pathlib import Path
from typing import Final

import anyio

from graph.database import Graph
from graph.imports import ImportProgress
from hub.core.error_groups import one_error
from hub.core.errors import InvalidInput
from hub.services.ahead import kept_ahead
from hub.services.bulk.pool import FactPool
from hub.services.bulk.write import write_facts
from hub.services.identity import Identity
from hub.services.import_batches import FileReader
from hub.services.import_files import AHEAD, Turn, read_each, store_each
from hub.services.import_guards import naming, tell_file, tuned
from hub.services.imported_file import ImportedFile, ImportRequest, ImportSummary, Progress, open_reader
from hub.services.ingest import Applied

MAX_ROWS: Final = 2_000_000
"""Customer rows that one load takes: they are held in memory."""

# Each is a process of its own for files of this many rows: until all is read there is nothing else to do.
_READERS: Final = 2
_WORTH_A_PROCESS: Final = 5_000

Begin = Callable[[str], Progress]
"""Opens a progress bar under a name."""


async def bulk_load(
    graph: Graph, identity: Identity, requests: Sequence[ImportRequest], *, timezone: str, begin: Begin
) -> AsyncGenerator[ImportSummary, None]:
    """Import files as `import_file` would, all customers first; gives what became of each file.

    Files are complete once all customers are stored. Stopped anywhere, whole components are stored; the next run, of
    whatever kind, reads the files again and adds what is missing.

    Raises:
        InvalidInput: as `import_file` for any of the files, or there are too many customers; nothing was written.
        Conflict, Unavailable, PolicyChanged: as `import_file`.
    """
    _check_distinct(requests)
    with ExitStack() as held:
        files: list[ImportedFile] = []
        for request in requests:
            files.append(await ImportedFile.take(graph, identity, request, timezone))
            held.callback(files[-1].close)
        _check_size(sum(_count_customers(file.reader) for file in files))
        customers = _list_customers(files)
        with tuned():
            pool = FactPool(identity.policy)
            gathered = await _gather_all(pool, customers, begin)
            stored = [Turn(file) for file in customers]
            turns = {turn.file.key: turn for turn in stored}
            left = _each(file for file in files if file not in customers)
            # What is left is read while the customers are resolved and written.
            async with kept_ahead(read_each(left, turns), most=AHEAD) as coming:
                for summary in await _write_customers(graph, identity, pool, customers, gathered, begin):
                    yield summary
                for turn in stored:
                    turn.over.set()
                async with aclosing(store_each(graph, coming, lambda file: begin(_label(file)))) as summaries:
                    async for summary in summaries:
                        yield summary


async def _each(files: Iterable[ImportedFile]) -> AsyncGenerator[ImportedFile, None]:
    for file in files:
        yield file


def _list_customers(files: Iterable[ImportedFile]) -> list[ImportedFile]:
    """The files of customers; a copy of another one is left for later, when nothing of it is left to do."""
    found: dict[str, ImportedFile] = {}
    for file in files:
        if file.reader.mapping.kind == "customers":
            found.setdefault(file.key, file)
    return list(found.values())


async def check_load(identity: Identity, requests: Sequence[ImportRequest], *, timezone: str) -> None:
    """Raise InvalidInput where `bulk_load` would refuse these files; writes nothing."""
    _check_distinct(requests)
    rows = 0
    for request in requests:
        with naming(request.path):
            reader = await open_reader(request, identity, timezone)
            reader.source.close()
        rows += _count_customers(reader)
    _check_size(rows)


def _check_size(rows: int) -> None:
    if rows > MAX_ROWS:
        raise InvalidInput(
            f"The files hold about {rows:,} customer rows, and --bulk keeps all of them in memory: it takes at most "
            f"{MAX_ROWS:,}, about 1.7 GB a million. Import them without --bulk, or in several loads."
        )


def _count_customers(reader: FileReader) -> int:
    return reader.source.row_count if reader.mapping.kind == "customers" else 0


def _check_distinct(requests: Collection[ImportRequest]) -> None:
    seen: dict[object, Path] = {}
    for path in (request.path for request in requests):
        file = tell_file(path)
        if (before := seen.get(file)) is not None:
            same = "" if before.name == path.name else f": {before.name} is another name of it"
            raise InvalidInput(f"{path.name} is given twice{same}.")
        seen[file] = path


async def _write_customers(
    graph: Graph,
    identity: Identity,
    pool: FactPool,
    files: Sequence[ImportedFile],
    gathered: Mapping[int, ImportProgress],
    begin: Begin,
) -> list[ImportSummary]:
    changed: Mapping[int, Applied] = {}
    if len(pool):
        await _connect(pool, begin("resolving"))
        changed = await write_facts(graph, identity, files[0].reader.programme, pool, begin("writing"))
    return [
        await _complete(graph, file, gathered.get(number), changed.get(number, Applied()))
        for number, file in enumerate(files)
    ]


async def _gather_all(pool: FactPool, files: Sequence[ImportedFile], begin: Begin) -> dict[int, ImportProgress]:
    """Read the files that are not complete, a few at once; gives where the import of each stands once it is stored."""
    waiting = [number for number, file in enumerate(files) if await _begin(file)]
    gathered: dict[int, ImportProgress] = {}
    turns = anyio.CapacityLimiter(_READERS)

    async def read(number: int) -> None:
        file = files[number]
        with naming(file.path):
            async with turns:
                gathered[number] = await _gather(pool, number, file, begin(f"reading {_label(file)}"))

    with one_error():
        async with anyio.create_task_group() as readers:
            for number in waiting:
                readers.start_soon(read, number)
    for number in waiting:
        with naming(files[number].path):
            files[number].check_unchanged()
    return gathered


async def _begin(file: ImportedFile) -> bool:
    with naming(file.path):
        return await file.begin()


async def _connect(pool: FactPool, tell: Progress) -> None:
    tell(0, len(pool))
    await asyncio.to_thread(pool.connect)
    tell(len(pool), len(pool))


def _label(file: ImportedFile) -> str:
    return f"{file.reader.system.key} {file.path.name}"


async def _gather(pool: FactPool, number: int, file: ImportedFile, tell: Progress) -> ImportProgress:
    """Add what a file says; gives where its import stands once that is stored."""
    after = file.state
    async with aclosing(file.read(packed=True, worth_a_process=_WORTH_A_PROCESS)) as batches:
        async for batch in batches:
            after = file.put_aside(batch, after)
            for packed in batch.packed:
                pool.add(number, packed)
            _check_size(len(pool))  # for some formats the files' own counts are estimates
            tell(after.position, max(file.reader.source.row_count, after.position))
    return replace(after, complete=True)


async def _complete(graph: Graph, file: ImportedFile, after: ImportProgress | None, changed: Applied) -> ImportSummary:
    """Note that everything the file says is stored; None: it was complete before."""
    if after is not None:
        with naming(file.path):
            file.check_unchanged()
        await graph.write(file.advance, after)
        file.state = after
    return file.finish(changed)
