"""`hub policy` as an operator runs it where no graph is needed."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

from hub.services.policy import DEFAULT_TEXT, dump_policy, parse_policy
from tests.support.commands import run_hub


def policy(tmp_path: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith("HUB_")}
    return run_hub({**clean, "HUB_DATA_DIR": str(tmp_path)}, "policy", *arguments)


def write(path: Path, *changes: tuple[str, str]) -> Path:
    text = DEFAULT_TEXT
    for before, after in changes:
        assert before in text
        text = text.replace(before, after)
    path.write_text(text, encoding="utf-8")
    return path


def test_a_valid_policy_is_summed_up(tmp_path: Path) -> None:
    path = write(tmp_path / "policy.yaml")

    done = policy(tmp_path, "check", str(path))

    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == "policy.yaml is a valid policy: 18 types of identifiers, 14 of which link.\n"


def test_an_invalid_policy_names_every_line_and_fails(tmp_path: Path) -> None:
    path = write(tmp_path / "policy.yaml", ("max_records: 15", "max_records: many"), ("power: weak", "power: wek"))
    lines = DEFAULT_TEXT.splitlines()
    limit, power = (lines.index(f"    {text}") + 1 for text in ("max_records: 15", "power: weak"))

    checked, published = policy(tmp_path, "check", str(path)), policy(tmp_path, "publish", str(path), "--reason", "x")

    assert checked.stdout == ""
    assert checked.stderr.splitlines() == [
        f"policy.yaml, line {limit}: types.phone.max_records: expected a whole number of at least 1, found 'many'.",
        f"policy.yaml, line {power}: types.email.power: expected strong, weak, never or household, found 'wek' "
        "(did you mean weak?).",
    ]
    assert (checked.returncode, published.returncode) == (1, 1)
    assert published.stderr == checked.stderr


def test_a_file_that_is_not_there_fails_in_one_line(tmp_path: Path) -> None:
    done = policy(tmp_path, "check", "nowhere.yaml")

    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "nowhere.yaml cannot be read: No such file or directory.\n"


def test_what_ships_is_shown_without_a_graph_with_its_comments(tmp_path: Path) -> None:
    shown = policy(tmp_path, "show", "--version", "0", "--format", "yaml")

    assert (shown.returncode, shown.stdout) == (0, DEFAULT_TEXT)


def test_the_table_has_a_line_for_each_type_in_the_order_of_the_walk(tmp_path: Path) -> None:
    shown = policy(tmp_path, "show", "--version", "0")

    types = [line.split()[0] for line in shown.stdout.splitlines()[3:]]
    assert shown.stdout.startswith("The policy that ships.\n")
    assert (len(types), types[0], types[-6:]) == (
        18,
        "unionid",
        ["national_id", "phone", "email", "household", "masked_phone", "oaid"],
    )
    assert max(map(len, shown.stdout.splitlines())) <= 80


def test_two_files_and_what_ships_are_compared_without_a_graph(tmp_path: Path) -> None:
    old = write(tmp_path / "old.yaml")
    new = write(tmp_path / "new.yaml", ("max_records: 15", "max_records: 12"))

    assert policy(tmp_path, "diff", str(old), str(new)).stdout == "types.phone.max_records: 15 -> 12\n"
    assert policy(tmp_path, "diff", str(new), "0").stdout == "types.phone.max_records: 12 -> 15\n"
    assert policy(tmp_path, "diff", "0", str(old)).stdout == "No difference in how people are identified.\n"


def test_the_canonical_form_decides_alike(tmp_path: Path) -> None:
    path = tmp_path / "canonical.yaml"
    path.write_text(dump_policy(parse_policy(DEFAULT_TEXT)), encoding="utf-8")

    assert policy(tmp_path, "diff", "0", str(path)).stdout == "No difference in how people are identified.\n"


def test_the_schema_is_json(tmp_path: Path) -> None:
    schema = json.loads(policy(tmp_path, "schema").stdout)

    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert schema["required"] == ["format", "types"]


def test_what_is_stored_needs_a_graph_and_says_so(tmp_path: Path) -> None:
    for arguments in (["show"], ["show", "--version", "3"], ["history"], ["diff", "3"]):
        done = policy(tmp_path, *arguments)

        assert done.returncode == 2, arguments
        assert done.stderr.startswith(f"No graph runs in {tmp_path}: ")


def test_a_publication_without_a_reason_is_wrong_usage(tmp_path: Path) -> None:
    path = write(tmp_path / "policy.yaml")

    done = policy(tmp_path, "publish", str(path))

    assert done.returncode == 2
    assert "--reason" in done.stderr
    assert "Traceback" not in done.stderr
