from __future__ import annotations

import json
from pathlib import Path

import pytest

from hub.core.settings import Settings
from hub.embedded.endpoints import Endpoints, withdraw_endpoints
from hub.embedded.files import write_private_json


def test_written_file_replaces_the_old_one_and_leaves_no_draft(tmp_path: Path) -> None:
    write_private_json(tmp_path / "a.json", {"x": "1"})
    write_private_json(tmp_path / "a.json", {"y": "2"})

    assert json.loads((tmp_path / "a.json").read_text()) == {"y": "2"}
    assert [path.name for path in tmp_path.iterdir()] == ["a.json"]
    assert (tmp_path / "a.json").stat().st_mode & 0o777 == 0o600


def test_draft_of_a_killed_run_is_no_obstacle(tmp_path: Path) -> None:
    (tmp_path / ".a.json.new").write_text("half")

    write_private_json(tmp_path / "a.json", {"x": "1"})

    assert json.loads((tmp_path / "a.json").read_text()) == {"x": "1"}


def test_failed_write_leaves_the_old_file(tmp_path: Path) -> None:
    write_private_json(tmp_path / "a.json", {"x": "1"})

    with pytest.raises(TypeError):
        write_private_json(tmp_path / "a.json", {"x": object()})  # type: ignore[dict-item]

    assert json.loads((tmp_path / "a.json").read_text()) == {"x": "1"}


def test_endpoints_name_only_what_runs_and_go_again(tmp_path: Path) -> None:
    settings = Settings(graph_uri="bolt://127.0.0.1:1", graph_user="root", graph_database="memberhub")

    Endpoints.of(settings, {"graph"}).publish(tmp_path)
    published = json.loads((tmp_path / "endpoints.json").read_text())
    withdraw_endpoints(tmp_path)

    assert published == {"graph_uri": "bolt://127.0.0.1:1", "graph_user": "root", "graph_database": "memberhub"}
    assert not (tmp_path / "endpoints.json").exists()
    withdraw_endpoints(tmp_path)
