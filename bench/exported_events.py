"""Generated exports as the events that connectors make of them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from connectors.files.mapping import load_mapping
from connectors.files.opening import open_source
from connectors.files.outcomes import Translated
from connectors.files.translate import translate
from hub.core.clock import now_ms
from hub.core.model import CustomerEvent, System
from hub.demo.manifest import read_manifest

TIMEZONE: Final = "Asia/Shanghai"


def read_events(folder: Path) -> Iterator[CustomerEvent]:
    """Every row of every file of customers, system by system."""
    for file in read_manifest(folder).files:
        if file.kind != "customers":
            continue
        source = open_source(folder / file.path)
        mapping, system = load_mapping(folder / file.mapping), System(file.system)
        outcomes = translate(source, mapping, system, timezone=TIMEZONE, latest_ms=now_ms())
        for outcome in outcomes:
            if isinstance(outcome, Translated) and isinstance(outcome.event, CustomerEvent):
                yield outcome.event
        source.close()
