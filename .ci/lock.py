"""Says whether the requirements files were compiled from pyproject.toml's dependencies: `lock.py check` or `record`.

`record` follows a compilation (`make lock`) and writes .ci/lock.json; `check` compares with it and needs no network.
"""

from __future__ import annotations

import hashlib
import json
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
RECORD = ROOT / ".ci" / "lock.json"
FILES = ("requirements.txt", "requirements-dev.txt")


def fingerprint() -> dict[str, str]:
    """A digest of the tables that decide a compilation, and of each file that it made."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    tables = [project.get(name) for name in ("requires-python", "dependencies", "optional-dependencies")]
    found = {"dependencies": hashlib.sha256(json.dumps(tables, sort_keys=True).encode()).hexdigest()}
    for name in FILES:
        found[name] = hashlib.sha256((ROOT / name).read_bytes()).hexdigest()
    return found


def main(command: str) -> int:
    """Exit status: 0 where the files fit, 1 where they do not."""
    found = fingerprint()
    if command == "record":
        RECORD.write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")
        return 0
    recorded = json.loads(RECORD.read_text(encoding="utf-8"))
    changed = [name for name, digest in found.items() if recorded.get(name) != digest]
    if changed:
        what = "pyproject.toml's dependencies" if changed[0] == "dependencies" else " and ".join(changed)
        sys.stderr.write(f"{what} changed since the lock was compiled: run make lock and commit the result.\n")
    return 1 if changed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
