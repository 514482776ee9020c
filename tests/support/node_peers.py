"""Programs of others, in JavaScript, that tests run against the API: fetched once with npm, kept under `.cache`."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any, Final

FOLDER: Final = Path(__file__).with_name("node")
_CACHE: Final = Path(__file__).parents[2] / ".cache" / "node"
_LOCK: Final = "package-lock.json"
_PATIENCE_S: Final = 300

MISSING: Final = next((f"no {name} here" for name in ("node", "npm") if shutil.which(name) is None), "")
"""Why the peers cannot run; empty where they can."""


def run_peer(script: str, *arguments: str) -> Any:
    """What a script of `node/` prints as JSON."""
    _fetch()
    shutil.copy(FOLDER / script, _CACHE / script)
    done = subprocess.run(
        [_program("node"), script, *arguments], cwd=_CACHE, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def _fetch() -> None:
    """Install exactly what the lock file says, unless that is there."""
    installed = _CACHE / _LOCK
    if installed.exists() and installed.read_bytes() == (FOLDER / _LOCK).read_bytes():
        return
    shutil.rmtree(_CACHE, ignore_errors=True)
    _CACHE.mkdir(parents=True)
    shutil.copy(FOLDER / "package.json", _CACHE)
    shutil.copy(FOLDER / _LOCK, installed)
    options = ("--ignore-scripts", "--no-audit", "--no-fund", "--silent")
    try:
        subprocess.run([_program("npm"), "ci", *options], cwd=_CACHE, timeout=_PATIENCE_S, check=True)
    except BaseException:  # so that a download that broke is repeated
        installed.unlink(missing_ok=True)
        raise


def _program(name: str) -> str:
    found = shutil.which(name)
    assert found is not None, f"{name} is not there"
    return found
