"""Where the running servers answer, told to the other commands through a file in the data directory."""

from __future__ import annotations

from collections.abc import Set
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Self

from hub.core.setting_files import ENDPOINTS_FILE
from hub.core.settings import Settings
from hub.embedded.files import write_private_json


@dataclass(frozen=True, slots=True)
class Endpoints:
    """Addresses of what the stack runs, None for what it does not; `queue_uri` holds the password."""

    graph_uri: str | None = None
    graph_user: str | None = None
    graph_database: str | None = None
    queue_uri: str | None = field(default=None, repr=False)

    @classmethod
    def of(cls, settings: Settings, services: Set[str]) -> Self:
        """Those of the given services, from settings that reach them."""
        found: dict[str, str | None] = {}
        if "graph" in services:
            found = {name: getattr(settings, name) for name in ("graph_uri", "graph_user", "graph_database")}
        if "queue" in services:
            found["queue_uri"] = settings.require_queue_uri()
        return cls(**found)

    def publish(self, directory: Path) -> None:
        """Write the file that `load_settings` reads."""
        write_private_json(directory / ENDPOINTS_FILE, {name: value for name, value in asdict(self).items() if value})


def withdraw_endpoints(directory: Path) -> None:
    """Remove the file; harmless when there is none."""
    (directory / ENDPOINTS_FILE).unlink(missing_ok=True)
