"""Import one file: batch by batch, each committed together with how far the import has come.

An import is known by its file's content, the system and the mapping. Whoever runs it again goes on where the last
commit ended; a complete one has nothing left to do.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import aclosing, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from connectors.files.mapping import Mapping, dump_mapping
from connectors.files.opening import open_source
from connectors.files.ready import find_mapping
from connectors.files.rejects import RejectsFile, open_rejects, suffix_for
from connectors.files.rows import Source
from graph.database import Graph, Transaction
from graph.imports import ImportProgress, advance_import, begin_import, restart_import
from hub.core.clock import now_ms
from hub.core.errors import Conflict, InvalidInput
from hub.core.model import System
from hub.services.identity import Identity
from hub.services.import_ahead import read_ahead
from hub.services.import_batches import Batch, FileReader
from hub.services.import_guards import alone, naming, tuned
from hub.services.ingest import Applied, apply_facts

_SHOWN_PROBLEMS: Final = 10
Progress = Callable[[int, int], None]
"""Told of rows done and rows in all (an estimate for some formats)."""


@dataclass(frozen=True, slots=True)
class ImportRequest:
    """What to import.

    Attributes:
        mapping: None finds the ready mapping that fits.
        rejects: where rejected rows go; None puts them beside the file.
        again: read a file from its beginning though it was imported before.
    """

    path: Path
    system: System
    mapping: Mapping | None = None
    rejects: Path | None = None
    again: bool = False


@dataclass(frozen=True, slots=True)
class ImportSummary:
    """What an import did; counts are of the whole file, over all runs, but for the two `changed`.

    Attributes:
        accepted: events stored (customers or orders, repeats of unchanged ones too).
        rejected: rows written to the rejects file.
        changed_records, changed_orders: how many this run created or changed.
        resumed_at: the row at which this run went on; 0 for a whole run.
        was_complete: there was nothing to do.
        rejects: the rejects file, None where nothing was rejected.
        set_aside: where the rejects file of an earlier run was moved to, because it says something else by now.
    """

    path: Path
    system: str
    kind: str
    rows: int
    accepted: int
    rejected: int
    changed_records: int = 0
    changed_orders: int = 0
    resumed_at: int = 0
    was_complete: bool = False
    rejects: Path | None = None
    set_aside: Path | None = None


async def check_files(identity: Identity, requests: Iterable[ImportRequest], *, timezone: str) -> None:
    """Open every file and see that its mapping fits, so that nothing is written where one of them is wrong.

    Raises:
        InvalidInput, Conflict: as `import_file`.
    """
    for request in requests:
        with naming(request.path):
            source, mapping = await asyncio.to_thread(_open, request)
            try:
                FileReader(source, mapping, request.system, identity, timezone, now_ms()).check()
            finally:
                source.close()


async def import_file(
    graph: Graph, identity: Identity, request: ImportRequest, *, timezone: str, progress: Progress | None = None
) -> ImportSummary:
    """Import a file of customers or orders; what is committed stays, whatever happens.

    Raises:
        InvalidInput: the file or the mapping cannot be used; nothing was written.
        Conflict: several ready mappings fit, or another process imports this very file.
        Unavailable: the graph went away; run it again to continue.
    """
    with naming(request.path), alone(request.path) as unchanged:
        source, mapping = await asyncio.to_thread(_open, request)
        try:
            reader = FileReader(source, mapping, request.system, identity, timezone, now_ms())
            reader.check()
            with tuned():
                return await _Run(graph, reader, request, progress or _ignore, unchanged).run()
        finally:
            source.close()


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
    source, mapping = await asyncio.to_thread(_open, request)
    rows = accepted = rejected = found = 0
    problems: list[str] = []
    try:
        reader = FileReader(source, mapping, request.system, identity, timezone, now_ms())
        async with aclosing(read_ahead(reader, skip=0, default_ms=now_ms())) as batches:
            async for batch in batches:
                rows += batch.rows
                accepted += batch.accepted
                rejected += sum(len(one.rows) for one in batch.rejected)
                found += len(batch.rejected)
                shown = batch.rejected[: _SHOWN_PROBLEMS - len(problems)]
                problems += [f"line {one.line}: {one.column or 'row'}: {one.reason}" for one in shown]
                tell(rows, source.row_count)
    finally:
        source.close()
    if found > len(problems):
        problems.append(f"and {found - len(problems):,} more")
    return ImportSummary(request.path, request.system.key, mapping.kind, rows, accepted, rejected), problems


class _Run:
    """One run of one import."""

    def __init__(
        self,
        graph: Graph,
        reader: FileReader,
        request: ImportRequest,
        tell: Progress,
        check_unchanged: Callable[[], None],
    ) -> None:
        self._check_unchanged = check_unchanged
        self._graph = graph
        self._reader = reader
        self._request = request
        self._tell = tell
        self._key = _import_key(reader)
        self._applied = Applied()
        self._aside: Path | None = None

    async def run(self) -> ImportSummary:
        state = await begin_import(
            self._graph,
            self._key,
            system=self._request.system.key,
            file=self._request.path.name,
            now_ms=now_ms(),
        )
        if state.complete and self._request.again:
            state = await restart_import(self._graph, self._key)
        if state.complete:
            self._tell(state.position, state.position)
            return self._summarise(state, state.position, was_complete=True)
        rejects = open_rejects(self._rejects_path(), self._reader.source)
        try:
            with self._writing_rejects():
                if state.position == 0:
                    # Somebody may have corrected it. What a run leaves that died before its first commit is dropped
                    # below.
                    self._aside = rejects.set_aside()
                rejects.truncate(state.rejects_offset)
            done = await self._go_on(state, rejects)
            if self._aside is not None and rejects.repeats(self._aside):
                self._aside.unlink()
                self._aside = None
            return self._summarise(done, state.position)
        finally:
            rejects.close()

    async def _go_on(self, state: ImportProgress, rejects: RejectsFile) -> ImportProgress:
        batches = read_ahead(self._reader, skip=state.position, default_ms=state.begun_ms)
        async with aclosing(batches) as upcoming:
            async for batch in upcoming:
                state = await self._store(batch, state, rejects)
                self._tell(state.position, max(self._reader.source.row_count, state.position))
        self._check_unchanged()
        done = replace(state, complete=True)
        await self._graph.write(self._commit, Batch(state.position), state, done)
        return done

    async def _store(self, batch: Batch, before: ImportProgress, rejects: RejectsFile) -> ImportProgress:
        self._check_unchanged()
        with self._writing_rejects():
            for rejected in batch.rejected:
                rejects.write(rejected)
            offset = rejects.save() if batch.rejected else before.rejects_offset
        after = replace(
            before,
            position=batch.position,
            accepted=before.accepted + batch.accepted,
            rejected=before.rejected + sum(len(one.rows) for one in batch.rejected),
            rejects_offset=offset,
        )
        applied = await self._graph.write(self._commit, batch, before, after)
        self._applied = Applied(self._applied.records + applied.records, self._applied.orders + applied.orders)
        return after

    async def _commit(self, tx: Transaction, batch: Batch, before: ImportProgress, after: ImportProgress) -> Applied:
        if not await advance_import(tx, self._key, before, after):
            raise Conflict(f"Another process is importing {self._request.path.name} at this moment: let it finish.")
        return await apply_facts(tx, self._reader.identity, batch.customers, batch.orders)

    @contextmanager
    def _writing_rejects(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise InvalidInput(
                f"{self._rejects_path()} cannot be written ({error.strerror}): choose another place with --rejects. "
                "What is committed stays; the same command goes on from there."
            ) from None

    def _rejects_path(self) -> Path:
        path = self._request.path
        if (chosen := self._request.rejects) is not None:
            if chosen.exists() and chosen.samefile(path):
                raise InvalidInput(f"{chosen} is the file that is imported: choose another one for the rejected rows.")
            return chosen
        return path.with_name(f"{path.stem}.rejects-{self._key[:8]}{suffix_for(self._reader.source)}")

    def _summarise(self, state: ImportProgress, resumed_at: int, *, was_complete: bool = False) -> ImportSummary:
        return ImportSummary(
            self._request.path,
            self._request.system.key,
            self._reader.mapping.kind,
            rows=state.position,
            accepted=state.accepted,
            rejected=state.rejected,
            changed_records=self._applied.records,
            changed_orders=self._applied.orders,
            resumed_at=0 if was_complete else resumed_at,
            was_complete=was_complete,
            rejects=self._rejects_path() if state.rejected else None,
            set_aside=self._aside,
        )


def _open(request: ImportRequest) -> tuple[Source, Mapping]:
    source = open_source(request.path)
    try:
        return source, request.mapping or find_mapping(source.columns, request.system)
    except BaseException:
        source.close()
        raise


def _import_key(reader: FileReader) -> str:
    text = "\n".join((reader.source.digest, reader.system.key, dump_mapping(reader.mapping), reader.timezone))
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def _ignore(done: int, total: int) -> None:
    pass
