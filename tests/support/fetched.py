"""Programs of others, in Python, that tests run apart from the hub: fetched once with pip, kept under `.cache`."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

_CACHE: Final = Path(__file__).parents[2] / ".cache"


def fetch_package(requirement: str) -> Path:
    """A folder with a package and what it needs, apart from the hub's: it may want other versions."""
    folder = _CACHE / requirement
    if not folder.exists():
        _CACHE.mkdir(exist_ok=True)
        with TemporaryDirectory(dir=_CACHE) as draft:
            pip = [sys.executable, "-m", "pip", "install", "--quiet", "--target", draft, requirement]
            subprocess.run(pip, check=True, timeout=300)
            shutil.copytree(draft, folder)
    return folder
