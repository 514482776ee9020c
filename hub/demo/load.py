"""Importing generated exports, in the order of their manifest."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import aclosing
from pathlib import Path

from connectors.files.mapping import load_mapping
from graph.database import Graph
from hub.core.model import System
from hub.demo.manifest import Manifest
from hub.services.identity import Identity
from hub.services.import_files import import_files
from hub.services.imported_file import ImportRequest, ImportSummary, Progress


async def load(
    graph: Graph,
    identity: Identity,
    manifest: Manifest,
    folder: Path,
    *,
    timezone: str,
    begin: Callable[[str], Progress],
    bulk: bool = False,
) -> list[ImportSummary]:
    """Import every file of a manifest; files that are in already cost a look. `begin` opens a progress bar.

    Raises:
        as `import_files`, or `bulk_load`.
    """
    requests = [
        ImportRequest(folder / file.path, System(file.system), load_mapping(folder / file.mapping))
        for file in manifest.files
    ]
    if bulk:
        # Imported here: the library that finds components doubles the start of everything else.
        from hub.services.bulk import bulk_load

        async with aclosing(bulk_load(graph, identity, requests, timezone=timezone, begin=begin)) as loaded:
            return [summary async for summary in loaded]
    imported = import_files(
        graph,
        identity,
        requests,
        timezone=timezone,
        begin=lambda file: begin(f"{file.reader.system.key} {file.reader.mapping.kind}"),
    )
    async with aclosing(imported) as summaries:
        return [summary async for summary in summaries]
