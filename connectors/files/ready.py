"""The mappings that ship with the hub: every YAML file in the folder `mappings`, nothing to register."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Final

from connectors.files.headers import HEADER_HINT
from connectors.files.mapping import Mapping, load_mapping
from hub.core.errors import Conflict, InvalidInput
from hub.core.model import System

FOLDER: Final = Path(__file__).parent / "mappings"


@cache
def ready_mappings(folder: Path = FOLDER) -> dict[str, Mapping]:
    """The mappings in a folder by file name without its ending, in the order of the names; read once a process."""
    return {path.stem: load_mapping(path) for path in sorted(folder.glob("*.yaml"))}


def find_mapping(columns: Iterable[str], system: System, *, folder: Path = FOLDER) -> Mapping:
    """The ready mapping for this kind of system that fits a file's columns and reads the most of them.

    Raises:
        InvalidInput: none fits; the message says which comes nearest and what it misses.
        Conflict: two fit equally well, so that a person has to choose.
    """
    present = set(columns)
    suited = {name: one for name, one in ready_mappings(folder).items() if one.system == system.kind}
    fitting = {name: one for name, one in suited.items() if present.issuperset(one.required())}
    if not fitting:
        raise InvalidInput(_say_what_misses(present, suited, system))
    scores = {name: len(present.intersection(one.columns())) for name, one in fitting.items()}
    best = [name for name, score in scores.items() if score == max(scores.values())]
    if len(best) > 1:
        raise Conflict(f"The ready mappings {' and '.join(best)} fit this file equally well: choose with --mapping.")
    return fitting[best[0]]


def _say_what_misses(present: set[str], suited: dict[str, Mapping], system: System) -> str:
    advice = "Pass --mapping FILE, or let `hub import --guess FILE` propose one."
    if not suited:
        return f"No mapping ships for systems of the kind {system.kind}. {advice}"
    name, nearest = min(suited.items(), key=lambda item: len(set(item[1].required()) - present))
    missing = [column for column in nearest.required() if column not in present]
    title = HEADER_HINT if len(missing) == len(nearest.required()) else ""
    return (
        f"No ready mapping fits this file: {name} comes nearest and misses the column {', '.join(missing)}. "
        f"{advice}{title}"
    )
