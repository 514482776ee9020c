from __future__ import annotations

import json
from pathlib import Path

import pytest

from hub.cli.config import config
from hub.core.errors import InvalidSettings
from hub.core.settings import show_settings


@pytest.fixture(autouse=True)
def _environ(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HUB_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("HUB_SECRETS_DIR", str(tmp_path / "none"))
    monkeypatch.setenv("HUB_GRAPH_PASSWORD", "s3cr3t")
    monkeypatch.setenv("HUB_GRAPH_URI", "bolt://[::1]:7687")


def test_table_shows_value_and_origin_and_masks_secrets(capsys: pytest.CaptureFixture[str]) -> None:
    config(as_json=False)

    rows = {line.split()[0]: line.split() for line in capsys.readouterr().out.splitlines() if line.startswith("HUB_")}
    assert rows["HUB_GRAPH_URI"][1:3] == ["bolt://[::1]:7687", "environment"]
    assert rows["HUB_GRAPH_PASSWORD"][1:3] == ["********", "environment"]
    assert rows["HUB_HTTP_PORT"][1:3] == ["8000", "default"]


def test_each_setting_is_one_line_as_the_documents_write_it(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HUB_DATA_DIR", f"/{'x' * 200}")

    config(as_json=False)

    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == [setting.variable for setting in show_settings()]
    assert next(line.split()[1] for line in lines if line.startswith("HUB_EMBEDDED_DURABLE")) == "true"


def test_json_is_one_array_of_the_same(capsys: pytest.CaptureFixture[str]) -> None:
    config(as_json=True)

    printed = capsys.readouterr().out
    shown = {setting["variable"]: setting for setting in json.loads(printed)}
    assert shown["HUB_GRAPH_URI"]["origin"] == "environment"
    assert set(shown["HUB_GRAPH_URI"]) == {"variable", "value", "origin", "description"}
    assert "s3cr3t" not in printed


def test_wrong_setting_is_raised_for_the_command_line_to_tell(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HUB_HTTP_PORT", "80x")

    with pytest.raises(InvalidSettings, match="HUB_HTTP_PORT"):
        config(as_json=False)
