"""A file that is there as a whole or not at all."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from hub.core.errors import InvalidInput


@contextmanager
def open_whole(path: Path) -> Iterator[BinaryIO]:
    """A file that takes the place of `path` at the end of the block, and leaves no trace where the block fails.

    Only its owner may read it.

    Raises:
        InvalidInput: nothing can be written there, or something stands there that is no ordinary file.
    """
    if path.exists() and not path.is_file():
        raise InvalidInput(f"{path} is no ordinary file: choose another name.")
    draft = path.with_name(f".{path.name}.new")
    try:
        draft.unlink(missing_ok=True)
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError as error:
        raise InvalidInput(f"{path} cannot be written: {error.strerror}. Choose another place.") from None
    try:
        with os.fdopen(descriptor, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    except OSError as error:
        raise InvalidInput(f"{path} cannot be written: {error.strerror}. Choose another place.") from None
    finally:
        draft.unlink(missing_ok=True)
