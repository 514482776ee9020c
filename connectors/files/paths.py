"""What a path points at, found out without opening it, and what is said where it cannot be read."""

from __future__ import annotations

import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from hub.core.errors import InvalidInput


@contextmanager
def reading(path: Path) -> Iterator[None]:
    """Have the block raise InvalidInput where the system does not let it read the file: it may go away at any time."""
    try:
        yield
    except OSError as error:
        raise InvalidInput(f"{path} cannot be read: {error.strerror or error}.") from None


def check_regular(path: Path) -> None:
    """Raise InvalidInput for a folder, or for a pipe or device, which may hang whoever opens it."""
    with reading(path):
        mode = path.stat().st_mode
    if stat.S_ISDIR(mode):
        raise InvalidInput(f"{path} is a folder: name the files in it.")
    if not stat.S_ISREG(mode):
        raise InvalidInput(f"{path} is no ordinary file but a pipe or a device: save its content as a file first.")
