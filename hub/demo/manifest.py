"""The manifest of generated exports: written last, so that its presence means that everything else is whole."""

from __future__ import annotations

from pathlib import Path
from typing import Final, Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from hub.core.errors import InvalidInput, NotFound

FILE_NAME: Final = "manifest.json"
MAX_PERSONS: Final = 100_000_000
GENERATION: Final = 2
"""Counts the changes of what a given number of persons and seed become."""


class ExportFile(BaseModel):
    """One export; paths are relative to the manifest's folder.

    Attributes:
        rows: of data, repeated customers counted again.
        entities: customers or orders, each once.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    path: str
    mapping: str
    system: str
    kind: Literal["customers", "orders"]
    rows: int
    entities: int
    size_bytes: int
    sha256: str


class Manifest(BaseModel):
    """What was generated.

    Attributes:
        noise, orders: as `generate` was told; not written where they are as usual.
        files: customers before orders, system by system: the order to import them in. A file without any row (a few
            persons may all avoid a system) is not among them.
        phones: up to three, E.164, of persons with several orders in three or four systems.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    generation: int
    persons: int
    seed: int
    noise: float = 1.0
    orders: bool = True
    files: tuple[ExportFile, ...]
    phones: tuple[str, ...]
    truth: str


def read_manifest(folder: Path) -> Manifest:
    """The manifest in a folder of exports.

    Raises:
        NotFound: there is none: nothing was generated there, or not to its end.
        InvalidInput: it is not a manifest of this version.
    """
    path = folder / FILE_NAME
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        raise NotFound(f"{folder} holds no demo data. Make it with `hub demo data --out {folder}`.") from None
    try:
        return Manifest.model_validate_json(content)
    except ValidationError:
        raise InvalidInput(
            f"{path} is not a manifest that this version understands: remove it and run `hub demo data --out {folder}`."
        ) from None


def find_complete(folder: Path, *, persons: int, seed: int, noise: float = 1.0, orders: bool = True) -> Manifest | None:
    """The manifest, if the folder holds exactly these exports and each file has the size that was written."""
    try:
        found = read_manifest(folder)
    except (NotFound, InvalidInput):
        return None
    made = (found.generation, found.persons, found.seed, found.noise, found.orders)
    if made != (GENERATION, persons, seed, noise, orders):
        return None
    sizes = {file.path: file.size_bytes for file in found.files}
    whole = all(_size(folder / path) == size for path, size in sizes.items())
    others = {found.truth, *(file.mapping for file in found.files)}
    return found if whole and all((folder / path).is_file() for path in others) else None


def write_manifest(folder: Path, manifest: Manifest) -> None:
    """Put the manifest in its place at once, never in parts."""
    part = folder / f"{FILE_NAME}.part"
    part.write_text(manifest.model_dump_json(indent=2, exclude_defaults=True) + "\n", encoding="utf-8")
    part.replace(folder / FILE_NAME)


def _size(path: Path) -> int:
    return path.stat().st_size if path.is_file() else -1
