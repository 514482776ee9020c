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
from hub.services.import_ahead import prepare
from hub.services.import_file import ImportRequest, ImportSummary, Progress, import_file


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
        as `import_file`, or `bulk_load`.
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
    summaries: list[ImportSummary] = []
    for file, request in zip(manifest.files, requests, strict=True):
        progress = begin(f"{file.system} {file.kind}")
        summaries.append(await import_file(graph, identity, request, timezone=timezone, progress=progress))
        if not summaries[-1].was_complete:
            prepare(request.path for request in requests[len(summaries) :])
    return summaries
