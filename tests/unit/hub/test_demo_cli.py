from __future__ import annotations

from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from hub.cli.demo import data
from hub.demo.manifest import read_manifest


@pytest.fixture
def app() -> typer.Typer:
    made = typer.Typer()
    made.command()(data)
    return made


def test_data_writes_the_exports_and_the_second_run_says_that_they_are_there(app: typer.Typer, tmp_path: Path) -> None:
    command = ["--out", str(tmp_path), "--persons", "30", "--seed", "5"]

    first, second = CliRunner().invoke(app, command), CliRunner().invoke(app, command)

    assert (first.exit_code, second.exit_code) == (0, 0)
    assert "nothing to do" not in first.output
    assert "nothing to do" in second.output
    assert "30 persons, seed 5" in first.stdout
    assert "Persons x 4 systems" in first.output
    assert "120/120" in first.output
    assert read_manifest(tmp_path).phones[0] in first.stdout


@pytest.mark.parametrize("wrong", [["--persons", "0"], ["--seed", "-1"], ["--persons", "many"]])
def test_a_size_that_cannot_be_is_a_usage_error(app: typer.Typer, tmp_path: Path, wrong: list[str]) -> None:
    found = CliRunner().invoke(app, ["--out", str(tmp_path / "new"), *wrong])

    assert found.exit_code == 2
    assert not (tmp_path / "new").exists()
