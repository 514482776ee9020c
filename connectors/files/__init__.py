"""Customers and orders from files: CSV, JSON Lines, XLSX and Parquet.

`open_source` checks a whole file and hands out its rows, `translate` turns them into events by a mapping, and
`open_rejects` keeps, verbatim, the rows that could not be translated, in a form that can be corrected and imported.
"""

from __future__ import annotations

from connectors.files.guess import guess_mapping
from connectors.files.mapping import Mapping, dump_mapping, load_mapping
from connectors.files.opening import open_source
from connectors.files.outcomes import Outcome, Problem, Rejected, Translated
from connectors.files.ready import find_mapping, ready_mappings
from connectors.files.rejects import RejectsFile, open_rejects
from connectors.files.rows import BadRow, Row, Source
from connectors.files.translate import translate

__all__ = [
    "BadRow",
    "Mapping",
    "Outcome",
    "Problem",
    "Rejected",
    "RejectsFile",
    "Row",
    "Source",
    "Translated",
    "dump_mapping",
    "find_mapping",
    "guess_mapping",
    "load_mapping",
    "open_rejects",
    "open_source",
    "ready_mappings",
    "translate",
]
