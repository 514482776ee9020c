"""Schemathesis, which makes up requests by a schema: fetched once with pip, kept under `.cache`."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Final

from tests.support.fetched import fetch_package

_SCHEMATHESIS: Final = "schemathesis==4.32.5"
_ROOT: Final = Path(__file__).parents[2]
EXAMPLES: Final = int(os.environ.get("HUB_TEST_FUZZ_EXAMPLES") or 4)
"""How many requests are made up for each field or endpoint; `make fuzz` sets more."""


def fuzz(schema: Path, address: str, *options: str) -> int:
    """How many requests the server at an address was sent, of which none may go wrong."""
    folder = fetch_package(_SCHEMATHESIS)
    command = [
        *(sys.executable, "-m", "schemathesis.cli", "run", str(schema), "--url", address),
        *("--max-examples", str(EXAMPLES), "--seed", "1", "--suppress-health-check", "all", "--no-color"),
        *("--generation-database", "none", "--request-timeout", "30", "--phases", "examples,coverage,fuzzing"),
        *options,
    ]
    environ = os.environ | {
        "PYTHONPATH": os.pathsep.join((str(folder), str(_ROOT))),
        "SCHEMATHESIS_HOOKS": "tests.support.fuzz_hooks",
        "NO_PROXY": "127.0.0.1",
    }
    done = subprocess.run(command, cwd=folder, env=environ, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-8000:] + done.stderr[-4000:]
    found = re.search(r"(\d+) generated, (\d+) passed", done.stdout)
    assert found is not None, done.stdout
    return int(found[2])
