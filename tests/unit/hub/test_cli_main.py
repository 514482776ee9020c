from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from hub.cli.main import build_app, spell_out
from hub.core.errors import NotFound
from hub.services.similarity import candidates
from tests.support.commands import run_hub


def hub(*arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith("HUB_")}
    return run_hub({**clean, **variables}, *arguments)


def test_help_lists_every_command() -> None:
    text = CliRunner().invoke(build_app(["--help"]), ["--help"]).output

    for command in ("up", "serve", "work", "migrate", "config", "import", "person", "case", "decide", "demo", "export"):
        assert f"\n  {command} " in text


def test_candidates_without_the_extra_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(candidates, "find_spec", lambda _: None)

    result = CliRunner().invoke(build_app(["candidates"]), ["candidates"])

    assert isinstance(result.exception, NotFound)
    assert "pip install 'memberhub[stewardship]'" in result.exception.safe_message
    assert "\n" not in result.exception.safe_message


def test_an_argument_that_is_no_text_is_refused_in_one_line() -> None:
    done = hub("case", "show", "\udcff01")

    assert done.returncode == 2
    assert done.stderr.startswith(r"Argument 3 is not UTF-8: \udcff01.")
    assert done.stderr.count("\n") == 1


def test_one_command_is_built_without_the_others() -> None:
    result = CliRunner().invoke(build_app(["migrate"]), ["person", "1"])

    assert "No such command" in result.output


@pytest.mark.parametrize(
    ("variables", "told"),
    [
        ({"HUB_HTTP_PORT": "99999"}, "HUB_HTTP_PORT: found '99999' (environment)"),
        ({"HUB_GRAPH_URL": "bolt://x"}, "did you mean HUB_GRAPH_URI?"),
        ({"HUB_IDENTITY_KEY": "secret-thing"}, "HUB_IDENTITY_KEY: found (secret) (environment); expected 32 random"),
    ],
)
def test_a_wrong_setting_exits_with_2_and_one_clear_line(variables: dict[str, str], told: str, tmp_path: Path) -> None:
    done = hub("migrate", HUB_DATA_DIR=str(tmp_path), **variables)

    assert done.returncode == 2
    assert told in done.stderr
    assert "secret-thing" not in done.stderr
    assert "Traceback" not in done.stderr


def test_a_missing_graph_is_told_with_what_to_do(tmp_path: Path) -> None:
    done = hub("migrate", HUB_DATA_DIR=str(tmp_path))

    assert done.returncode == 2
    assert done.stderr.startswith(f"No graph runs in {tmp_path}: start `make demo` or `hub up` there (or set HUB_GRAPH")
    assert done.stderr.count("\n") == 1


def test_where_nothing_runs_a_question_says_so_before_it_misses_the_key(tmp_path: Path) -> None:
    done = hub("person", "13800138000", HUB_DATA_DIR=str(tmp_path))

    assert done.stderr.startswith(f"No graph runs in {tmp_path}: ")


@pytest.mark.parametrize("content", [b'["s3cr3t"]', b"5", b"null", b"[" * 100_000, b'{"graph_password": "s3cr3t\xff"}'])
@pytest.mark.parametrize("name", ["credentials.json", "endpoints.json"])
def test_no_damaged_file_makes_a_start_print_what_it_knows(name: str, content: bytes, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(content)

    done = hub("config", HUB_DATA_DIR=str(tmp_path), HUB_GRAPH_PASSWORD="s3cr3t", HUB_QUEUE_URI="redis://:s3cr3t@h/0")

    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert name in done.stderr
    assert "s3cr3t" not in done.stdout + done.stderr


def test_failure_before_the_settings_are_known_is_logged_without_values(tmp_path: Path) -> None:
    broken = (
        "import hub.cli.main as main\n"
        "def load_settings():\n"
        "    password = 's3cr3t'\n"
        "    raise RuntimeError('odd')\n"
        "main.load_settings = load_settings\n"
        "main.main()\n"
    )

    done = subprocess.run(
        [sys.executable, "-c", broken],
        env=os.environ | {"HUB_DATA_DIR": str(tmp_path), "HUB_GRAPH_PASSWORD": "s3cr3t"},
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 1
    assert "RuntimeError: odd" in done.stderr
    assert "s3cr3t" not in done.stdout + done.stderr


def test_message_cannot_move_the_cursor(tmp_path: Path) -> None:
    done = hub("migrate", HUB_DATA_DIR=str(tmp_path / "\x1b[2J"))

    assert "\ufffd[2J" in done.stderr
    assert "\x1b" not in done.stderr


def test_a_graph_that_does_not_answer_exits_with_1(tmp_path: Path) -> None:
    done = hub("migrate", HUB_DATA_DIR=str(tmp_path), HUB_GRAPH_URI="bolt://127.0.0.1:9")

    assert done.returncode == 1
    assert done.stderr.strip() == "The graph does not answer. Try again shortly."


@pytest.mark.parametrize("arguments", [["import", "x.csv"], ["import"], ["import", "a", "--system", "POS!"], ["demo"]])
def test_wrong_usage_never_shows_a_traceback(arguments: list[str], tmp_path: Path) -> None:
    done = hub(*arguments, HUB_DATA_DIR=str(tmp_path))

    assert done.returncode in (1, 2)
    assert "Traceback" not in done.stderr
    assert done.stderr.strip()


@pytest.mark.parametrize("whom", ["13800000001", "１３８", "pos|a", "01ARZ3NDEKTSV4RRFFQ69G5FAV"])
def test_a_person_in_the_place_of_a_command_of_the_ledger_is_shown(whom: str) -> None:
    assert spell_out(["ledger", whom, "--json"]) == ["ledger", "show", whom, "--json"]


@pytest.mark.parametrize("arguments", [["ledger"], ["ledger", "verify"], ["ledger", "-x1"], ["points", "1"], []])
def test_any_other_command_is_as_it_was_written(arguments: list[str]) -> None:
    assert spell_out(arguments) == arguments
