"""What a measured process is told: where the graph is that the benchmark started."""

from __future__ import annotations

import os

from hub.core.settings import Settings


def environ_for(settings: Settings) -> dict[str, str]:
    """This process's environment with the settings of that graph."""
    return {
        **os.environ,
        "HUB_DATA_DIR": str(settings.data_dir),
        "HUB_GRAPH_URI": settings.graph_uri or "",
        "HUB_GRAPH_USER": settings.graph_user,
        "HUB_GRAPH_PASSWORD": settings.graph_password.get_secret_value(),
        "HUB_GRAPH_DATABASE": settings.graph_database or "",
        "HUB_LOG_LEVEL": "WARNING",
    }
