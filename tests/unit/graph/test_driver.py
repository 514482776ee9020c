from __future__ import annotations

import subprocess
import sys
from pathlib import Path


def test_the_graph_loads_no_packages_for_tables_and_leaves_them_to_whoever_wants_them() -> None:
    code = """
import sys
import graph.database
print(sorted({"numpy", "pandas", "pyarrow"} & sys.modules.keys()))
import pyarrow
print(pyarrow.array([1]).to_pylist())
"""

    told = subprocess.run(
        [sys.executable, "-c", code], cwd=Path(__file__).parents[3], capture_output=True, text=True, check=True
    )

    assert told.stdout == "[]\n[1]\n"
