"""What the servers find in their environment."""

from __future__ import annotations

import os
from collections.abc import Iterable

from pydantic import SecretStr

from hub.core.settings import PREFIX, Settings

_KEPT = ("PATH", "HOME", "LANG", "LC_ALL", "TZ", "TMPDIR")


def bare_environ() -> dict[str, str]:
    """For a foreign server: nothing that changes how it runs (JAVA_TOOL_OPTIONS) and none of our secrets."""
    return {name: os.environ[name] for name in _KEPT if name in os.environ}


def hub_environ(settings: Settings, left_out: Iterable[str]) -> dict[str, str]:
    """For a command of our own: it must find the same settings.

    Args:
        left_out: settings that it reads from the stack's files instead, which a variable would hide.
    """
    environ = dict(os.environ) | {"PYTHONUNBUFFERED": "1"}
    for name in sorted(settings.model_fields_set):
        value = getattr(settings, name)
        if value is not None and not isinstance(value, SecretStr):
            text = str(value)
            environ[f"{PREFIX}{name.upper()}"] = text
    for name in left_out:
        environ.pop(f"{PREFIX}{name.upper()}", None)
    return environ
