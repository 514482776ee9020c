"""The files that settings come from: secrets, one a file, and what the embedded stack keeps in its data directory.

Only regular files are read: a fifo would keep every command waiting.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

from hub.core.errors import InvalidSettings

CREDENTIALS_FILE: Final = "credentials.json"
ENDPOINTS_FILE: Final = "endpoints.json"
_REMEDIES: Final = {
    # The only copy of the identity key may be in it.
    CREDENTIALS_FILE: "restore it from a backup or fix its permissions; without it the data cannot be read",
    ENDPOINTS_FILE: "remove it and start `hub up` again",
}


def read_secrets(folder: Path, variables: Iterable[str]) -> dict[str, str]:
    """What the folder holds, by variable; a variable's file has its name in lower case.

    Raises:
        InvalidSettings: a file is there and cannot be read as text.
    """
    found: dict[str, str] = {}
    for variable in variables:
        path = folder / variable.lower()
        if os.path.lexists(path):
            try:
                found[variable] = _read_regular(path).decode().strip()
            except (OSError, ValueError) as error:
                raise InvalidSettings(f"{variable}: the file {path} cannot be read ({_reason(error)}).") from None
    return found


def read_stack_file(data_dir: Path, name: str) -> dict[str, Any]:
    """The settings in one of the embedded stack's files; nothing where the stack has not run.

    Raises:
        InvalidSettings: the file is damaged, or the data directory is none.
    """
    path = data_dir / name
    try:
        return _parse_object(_read_regular(path))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, RecursionError) as error:
        _check_folder(data_dir)
        raise InvalidSettings(f"{path} cannot be read ({_reason(error)}): {_REMEDIES[name]}.") from None


def _parse_object(text: bytes) -> dict[str, Any]:
    found = json.loads(text)
    if isinstance(found, dict):
        return found
    raise ValueError("not a JSON object")


def _check_folder(data_dir: Path) -> None:
    try:
        reason = "" if data_dir.is_dir() else "not a folder"
    except OSError as error:
        reason = _reason(error)
    if reason:
        raise InvalidSettings(f"HUB_DATA_DIR: {data_dir} cannot be used ({reason}): choose a folder.")


def _read_regular(path: Path) -> bytes:
    if path.exists() and not path.is_file():
        raise ValueError("not a regular file")
    return path.read_bytes()


def _reason(error: Exception) -> str:
    """Why, without the contents, which json and codecs quote."""
    if isinstance(error, OSError):
        return error.strerror or type(error).__name__
    if isinstance(error, UnicodeDecodeError):
        return "not UTF-8"
    if isinstance(error, json.JSONDecodeError | RecursionError):
        return "not JSON"
    return str(error)
