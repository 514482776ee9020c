"""`truth.csv`: which person each record really is. Benchmarks read it, the hub never does."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Final

from hub.demo.exports.tables import CsvTable, PartFile

FILE_NAME: Final = "truth.csv"
COLUMNS: Final = ("system", "external_id", "person")


def open_truth(folder: Path) -> PartFile:
    """The file, to be filled with one row a record."""
    return PartFile(folder / FILE_NAME, partial(CsvTable, columns=COLUMNS, encoding="utf-8"))
