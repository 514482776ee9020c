"""What an operator reads after an import."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from hub.cli.import_report import print_notes, print_table
from hub.services.import_file import ImportSummary

DONE = ImportSummary(Path("c.csv"), "pos", "customers", rows=8, accepted=2, rejected=6, changed_records=1)


def test_each_number_says_what_it_counts(capsys: pytest.CaptureFixture[str]) -> None:
    print_table([DONE])
    print_table([DONE], rehearsed=True)

    real, rehearsed = capsys.readouterr().out.split("File ")[1:]
    assert real.splitlines()[1].split() == ["c.csv", "pos", "8", "2", "1", "6"]
    assert rehearsed.splitlines()[1].split() == ["c.csv", "pos", "8", "2", "6"]
    assert ("changed" in real, "changed" in rehearsed) == (True, False)


def test_the_command_is_quoted_for_a_shell(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    print_notes([replace(DONE, rejects=tmp_path / "it's.csv")], Path("my mapping.yaml"))

    quoted = str(tmp_path / "it's.csv").replace("'", "'\"'\"'")
    assert f"hub import --system pos --mapping 'my mapping.yaml' '{quoted}'" in capsys.readouterr().out


def test_rejected_rows_of_an_earlier_run_still_wait_or_are_gone(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    before = replace(DONE, was_complete=True, rejects=tmp_path / "r.csv")

    print_notes([before], None)
    gone = capsys.readouterr().out
    (tmp_path / "r.csv").touch()
    print_notes([before], None)
    waiting = capsys.readouterr().out

    assert "imported before, nothing to do" in waiting
    assert f"6 rows were rejected, still in {tmp_path / 'r.csv'}" in waiting
    assert "r.csv is gone" in gone
    assert "hub import" not in gone


def test_a_corrected_rejects_file_that_was_moved_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    print_notes([replace(DONE, set_aside=Path("r.csv.1"))], None)

    assert "r.csv.1: the rejects file of an earlier run" in capsys.readouterr().out
