from __future__ import annotations

from pathlib import Path

import pytest

from hub.core.errors import InvalidInput, NotFound
from hub.demo.manifest import FILE_NAME, GENERATION, ExportFile, Manifest, find_complete, read_manifest, write_manifest


def _manifest(folder: Path) -> Manifest:
    for name in ("a.csv", "a.yaml", "truth.csv"):
        (folder / name).write_text("12345", encoding="utf-8")
    file = ExportFile(
        path="a.csv", mapping="a.yaml", system="pos", kind="customers", rows=1, entities=1, size_bytes=5, sha256="0"
    )
    return Manifest(generation=GENERATION, persons=3, seed=1, files=(file,), phones=(), truth="truth.csv")


def test_a_written_manifest_is_read_back(tmp_path: Path) -> None:
    made = _manifest(tmp_path)

    write_manifest(tmp_path, made)

    assert read_manifest(tmp_path) == made
    assert find_complete(tmp_path, persons=3, seed=1) == made


@pytest.mark.parametrize("name", ["a.csv", "a.yaml", "truth.csv"])
def test_a_missing_file_makes_the_folder_incomplete(tmp_path: Path, name: str) -> None:
    write_manifest(tmp_path, _manifest(tmp_path))

    (tmp_path / name).unlink()

    assert find_complete(tmp_path, persons=3, seed=1) is None


def test_a_file_of_another_size_makes_the_folder_incomplete(tmp_path: Path) -> None:
    write_manifest(tmp_path, _manifest(tmp_path))

    (tmp_path / "a.csv").write_text("1234", encoding="utf-8")

    assert find_complete(tmp_path, persons=3, seed=1) is None


@pytest.mark.parametrize(("persons", "seed"), [(4, 1), (3, 2)])
def test_other_persons_or_another_seed_are_other_exports(tmp_path: Path, persons: int, seed: int) -> None:
    write_manifest(tmp_path, _manifest(tmp_path))

    assert find_complete(tmp_path, persons=persons, seed=seed) is None


def test_exports_of_an_earlier_generator_are_made_again(tmp_path: Path) -> None:
    write_manifest(tmp_path, _manifest(tmp_path).model_copy(update={"generation": GENERATION - 1}))

    assert find_complete(tmp_path, persons=3, seed=1) is None


def test_a_folder_without_a_manifest_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="hub demo data --out"):
        read_manifest(tmp_path)


def test_a_damaged_manifest_is_refused(tmp_path: Path) -> None:
    (tmp_path / FILE_NAME).write_text("{", encoding="utf-8")

    with pytest.raises(InvalidInput, match="not a manifest"):
        read_manifest(tmp_path)
