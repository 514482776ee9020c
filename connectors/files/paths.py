"""What a path points at, found out without opening it."""

from __future__ import annotations

import stat
from pathlib import Path

from hub.core.errors import InvalidInput


def check_regular(path: Path) -> None:
    """Raise InvalidInput for a folder, or for a pipe or device, which may hang whoever opens it."""
    try:
        mode = path.stat().st_mode
    except OSError as error:
        raise InvalidInput(f"{path} cannot be read: {error.strerror}.") from None
    if stat.S_ISDIR(mode):
        raise InvalidInput(f"{path} is a folder: name the files in it.")
    if not stat.S_ISREG(mode):
        raise InvalidInput(f"{path} is no ordinary file but a pipe or a device: save its content as a file first.")
