"""Programs of others, in JavaScript, that tests run against the API: fetched once with npm, kept under `.cache`."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any, Final

FOLDER: Final = Path(__file__).with_name("node")
_CACHE: Final = Path(__file__).parents[2] / ".cache"
_LOCK: Final = "package-lock.json"
_PATIENCE_S: Final = 300

MISSING: Final = next((f"no {name} here" for name in ("node", "npm") if shutil.which(name) is None), "")
"""Why the peers cannot run; empty where they can."""


def run_peer(script: str, *arguments: str) -> Any:
    """What a script of `node/` prints as JSON."""
    command, folder = prepare_peer(FOLDER, "node", script)
    done = subprocess.run([*command, *arguments], cwd=folder, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def prepare_peer(source: Path, name: str, script: str) -> tuple[list[str], Path]:
    """The command that runs a script, and where, beside what its folder's lock file says; kept under this name."""
    folder = _CACHE / name
    _fetch(source, folder)
    shutil.copy(source / script, folder / script)
    return [_program("node"), script], folder


def _fetch(source: Path, folder: Path) -> None:
    """Install exactly what the lock file says, unless that is there."""
    installed = folder / _LOCK
    if installed.exists() and installed.read_bytes() == (source / _LOCK).read_bytes():
        return
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    shutil.copy(source / "package.json", folder)
    shutil.copy(source / _LOCK, installed)
    options = ("--ignore-scripts", "--no-audit", "--no-fund", "--silent")
    try:
        subprocess.run([_program("npm"), "ci", *options], cwd=folder, timeout=_PATIENCE_S, check=True)
    except BaseException:  # so that a download that broke is repeated
        installed.unlink(missing_ok=True)
        raise


def _program(name: str) -> str:
    found = shutil.which(name)
    assert found is not None, f"{name} is not there"
    return found
