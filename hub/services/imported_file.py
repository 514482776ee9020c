"""A file on its way into the hub: where it stands, where its rejected rows go, and what became of it in the end.

An import is known by its file's content, the system and the mapping. Whoever runs it again goes on where the last
commit ended; a complete one has nothing left to do.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncGenerator, Callable, Iterator
from contextlib import ExitStack, aclosing, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from zoneinfo import ZoneInfo

from connectors.files.mapping import Mapping, dump_mapping
from connectors.files.opening import open_source
from connectors.files.paths import reading
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
from hub.services.import_guards import alone, naming
from hub.services.ingest import Applied
from hub.services.programme.shipped import DEFAULT_NAME, shipped_programme
from hub.services.programme.versions import load_programme
from rules.programme import Programme

Progress = Callable[[int, int], None]
"""Told of rows done and rows in all (an estimate for some formats)."""


@dataclass(frozen=True, slots=True)
class ImportRequest:
    """What to import.

    Attributes:
        mapping: None finds the ready mapping that fits.
        rejects: where rejected rows go; None puts them beside the file.
        again: read a file from its beginning though it was imported before.
        programme: whose assets the file's balances are; None: of the one that ships.
    """

    path: Path
    system: System
    mapping: Mapping | None = None
    rejects: Path | None = None
    again: bool = False
    programme: Programme | None = None


@dataclass(frozen=True, slots=True)
class ImportSummary:
    """What an import did; counts are of the whole file, over all runs, but for the three `changed`.

    Attributes:
        accepted: events stored (customers or orders, repeats of unchanged ones too).
        rejected: rows written to the rejects file.
        changed_records, changed_orders: how many this run created or changed.
        changed_balances: how many this run opened or corrected.
        changed_tiers: of how many records this run granted, changed or ended the tier.
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
    changed_balances: int = 0
    changed_tiers: int = 0
    resumed_at: int = 0
    was_complete: bool = False
    rejects: Path | None = None
    set_aside: Path | None = None


async def open_reader(request: ImportRequest, identity: Identity, timezone: str) -> FileReader:
    """The file with the mapping that fits; its `source` has to be closed.

    Raises:
        InvalidInput: the file or the mapping cannot be used.
        Conflict: several ready mappings fit.
    """
    source, mapping = await asyncio.to_thread(_open, request)
    programme = request.programme or shipped_programme(ZoneInfo(timezone))
    reader = FileReader(source, mapping, request.system, identity, timezone, now_ms(), programme)
    try:
        reader.check()
    except BaseException:
        source.close()
        raise
    return reader


def _open(request: ImportRequest) -> tuple[Source, Mapping]:
    source = open_source(request.path)
    try:
        return source, request.mapping or find_mapping(source.columns, request.system)
    except BaseException:
        source.close()
        raise


class ImportedFile:
    """A file of which nobody else on this machine imports a row meanwhile. Made by `take`, closed by `close`.

    Attributes:
        key: what the import is known by; a copy of the file has the same.
        state: what is committed of it, as of this process.
        was_complete: there was nothing to do when it was begun.
    """

    def __init__(
        self, graph: Graph, reader: FileReader, request: ImportRequest, check_unchanged: Callable[[], None]
    ) -> None:
        self.reader = reader
        self.check_unchanged = check_unchanged
        self.state = ImportProgress(0)
        self._graph = graph
        self._request = request
        self.key = _import_key(reader)
        self._held = ExitStack()
        self._aside: Path | None = None
        self._resumed_at = 0
        self.was_complete = False
        self._rejects: RejectsFile = open_rejects(self._rejects_path(), reader.source)

    @classmethod
    async def take(cls, graph: Graph, identity: Identity, request: ImportRequest, timezone: str) -> ImportedFile:
        """Open a file and keep other processes from it.

        Raises:
            InvalidInput: the file or the mapping cannot be used; nothing was written.
            Conflict: several ready mappings fit, or another process imports this very file.
        """
        if request.programme is None:
            request = replace(request, programme=await load_programme(graph, DEFAULT_NAME, ZoneInfo(timezone)))
        with naming(request.path), ExitStack() as held:
            check_unchanged = held.enter_context(alone(request.path))
            reader = await open_reader(request, identity, timezone)
            held.callback(reader.source.close)
            one = cls(graph, reader, request, check_unchanged)
            held.callback(one._rejects.close)
            one._held = held.pop_all()
        return one

    def close(self) -> None:
        """Give the file back."""
        self._held.close()

    @property
    def path(self) -> Path:
        """Where it is."""
        return self._request.path

    @property
    def places(self) -> tuple[Path, Path]:
        """Where it is, and where its rejected rows go: somebody may import these, too."""
        return self.path, self._rejects_path()

    @property
    def begins_anew(self) -> bool:
        """Whether to begin it may touch what an earlier run left: its state, or its rejects file."""
        return self._request.again or self._rejects_path().exists()

    async def begin(self) -> bool:
        """Find out where it stands, and make the rejects file say what is committed; False if it is complete."""
        state = await begin_import(
            self._graph, self.key, system=self.reader.system.key, file=self.path.name, now_ms=now_ms()
        )
        if state.complete and self._request.again:
            state = await restart_import(self._graph, self.key)
        self.state, self.was_complete = state, state.complete
        if state.complete:
            return False
        self._resumed_at = state.position
        with self._writing_rejects():
            if state.position == 0:
                # Somebody may have corrected it. What a run leaves that died before its first commit is dropped below.
                self._aside = self._rejects.set_aside()
            self._rejects.truncate(state.rejects_offset)
        return True

    async def read(self, *, packed: bool = False, worth_a_process: int | None = None) -> AsyncGenerator[Batch, None]:
        """What is left of it, from `state` on, as `read_ahead` gives it.

        Raises:
            InvalidInput: it cannot be read any more, or was changed, whatever it is that reading trips over then.
            Unavailable: as `read_ahead`.
        """
        reader = replace(self.reader, packed=packed)
        batches = read_ahead(
            reader, skip=self.state.position, default_ms=self.state.begun_ms, worth_a_process=worth_a_process
        )
        try:
            with reading(self.path):
                async with aclosing(batches):
                    async for batch in batches:
                        yield batch
        except Exception:
            self.check_unchanged()
            raise

    def put_aside(self, batch: Batch, before: ImportProgress) -> ImportProgress:
        """Write the rows that a batch rejects; gives where the import stands once the batch is committed.

        Raises:
            InvalidInput: the file was changed meanwhile, or the rejects file cannot be written.
        """
        self.check_unchanged()
        with self._writing_rejects():
            for rejected in batch.rejected:
                self._rejects.write(rejected)
            offset = self._rejects.save() if batch.rejected else before.rejects_offset
        return replace(
            before,
            position=batch.position,
            accepted=before.accepted + batch.accepted,
            rejected=before.rejected + sum(len(one.rows) for one in batch.rejected),
            rejects_offset=offset,
            observed_ms=max(filter(None, (before.observed_ms, batch.observed_ms)), default=None),
        )

    async def advance(self, tx: Transaction, after: ImportProgress) -> None:
        """Note in a transaction how far it commits; raises Conflict where another process has moved on meanwhile."""
        if not await advance_import(tx, self.key, self.state, after, now_ms=now_ms()):
            raise Conflict(f"Another process is importing {self.path.name} at this moment: let it finish.")

    def finish(self, applied: Applied) -> ImportSummary:
        """Tidy up behind a complete import, and say what it did."""
        if not self.was_complete:
            self._rejects.drop_repeated()
            if self._aside is not None and not self._aside.exists():
                self._aside = None
        return ImportSummary(
            self.path,
            self.reader.system.key,
            self.reader.mapping.kind,
            rows=self.state.position,
            accepted=self.state.accepted,
            rejected=self.state.rejected,
            changed_records=applied.records,
            changed_orders=applied.orders,
            changed_balances=applied.balances,
            changed_tiers=applied.tiers,
            resumed_at=self._resumed_at,
            was_complete=self.was_complete,
            rejects=self._rejects_path() if self.state.rejected else None,
            set_aside=self._aside,
        )

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
        path = self.path
        if (chosen := self._request.rejects) is not None:
            if chosen.exists() and chosen.samefile(path):
                raise InvalidInput(f"{chosen} is the file that is imported: choose another one for the rejected rows.")
            return chosen
        return path.with_name(f"{path.stem}.rejects-{self.key[:8]}{suffix_for(self.reader.source)}")


def _import_key(reader: FileReader) -> str:
    text = "\n".join((reader.source.digest, reader.system.key, dump_mapping(reader.mapping), reader.timezone))
    return hashlib.sha256(text.encode()).hexdigest()[:32]
