from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from hub.core.errors import InvalidSettings
from hub.core.settings import Settings, load_settings, show_settings

KEY = "ab" * 32


@pytest.fixture
def environ(tmp_path: Path) -> dict[str, str]:
    """An environment that finds neither this machine's secrets nor its data."""
    return {"HUB_DATA_DIR": str(tmp_path / "var"), "HUB_SECRETS_DIR": str(tmp_path / "secrets")}


def origin_of(variable: str, environ: dict[str, str]) -> str:
    return next(shown.origin for shown in show_settings(environ) if shown.variable == variable)


def test_defaults_suffice_to_start(environ: dict[str, str]) -> None:
    settings = load_settings(environ)

    assert (settings.http_host, settings.http_port) == ("127.0.0.1", 8000)
    assert settings.graph_uri is None


def test_environment_outranks_secret_file_outranks_stack_outranks_default(
    environ: dict[str, str], tmp_path: Path
) -> None:
    (tmp_path / "var").mkdir()
    (tmp_path / "secrets").mkdir()
    endpoints = {"graph_uri": "bolt://stack:1", "graph_user": "stack", "graph_database": "stack"}
    (tmp_path / "var" / "endpoints.json").write_text(json.dumps(endpoints))
    (tmp_path / "secrets" / "hub_graph_user").write_text("file\n")
    (tmp_path / "secrets" / "hub_graph_uri").write_text("bolt://file:1\n")
    environ["HUB_GRAPH_URI"] = "bolt://environment:1"

    settings = load_settings(environ)

    assert settings.graph_uri == "bolt://environment:1"
    assert settings.graph_user == "file"
    assert settings.graph_database == "stack"
    assert settings.timezone == "Asia/Shanghai"
    assert origin_of("HUB_GRAPH_URI", environ) == "environment"
    assert origin_of("HUB_GRAPH_USER", environ) == f"secret file in {tmp_path / 'secrets'}"
    assert origin_of("HUB_GRAPH_DATABASE", environ).startswith("embedded stack (")
    assert origin_of("HUB_TIMEZONE", environ) == "default"


def test_empty_variable_counts_as_unset(environ: dict[str, str]) -> None:
    assert load_settings({**environ, "HUB_GRAPH_URI": ""}).graph_uri is None


@pytest.mark.parametrize(
    ("variable", "value", "expected"),
    [
        ("HUB_HTTP_PORT", "80x", "integer"),
        ("HUB_HTTP_PORT", "70000", "65535"),
        ("HUB_GRAPH_URI", "localhost:7687", "bolt://HOST:PORT"),
        ("HUB_TIMEZONE", "Beijing", "Asia/Shanghai"),
        ("HUB_REGION", "China", "two capital letters"),
        ("HUB_LOG_LEVEL", "loud", "'INFO'"),
        ("HUB_EMBEDDED_DURABLE", "perhaps", "boolean"),
    ],
)
def test_wrong_setting_names_variable_value_origin_and_what_is_expected(
    environ: dict[str, str], variable: str, value: str, expected: str
) -> None:
    with pytest.raises(InvalidSettings) as caught:
        load_settings({**environ, variable: value})

    message = caught.value.safe_message
    assert message.startswith(f"{variable}: found '{value}' (environment); ")
    assert expected in message


def test_every_wrong_setting_is_told_at_once(environ: dict[str, str]) -> None:
    with pytest.raises(InvalidSettings) as caught:
        load_settings({**environ, "HUB_HTTP_PORT": "x", "HUB_REGION": "x"})

    assert [line.partition(":")[0] for line in caught.value.safe_message.splitlines()] == [
        "HUB_REGION",
        "HUB_HTTP_PORT",
    ]


@pytest.mark.parametrize(
    ("variable", "value"), [("HUB_IDENTITY_KEY", "s3cr3t"), ("HUB_QUEUE_URI", "http://:s3cr3t@host")]
)
def test_wrong_secret_is_not_shown(environ: dict[str, str], variable: str, value: str) -> None:
    with pytest.raises(InvalidSettings) as caught:
        load_settings({**environ, variable: value})

    assert "s3cr3t" not in str(caught.value)
    assert variable in str(caught.value)


def test_misspelt_variable_is_refused_with_the_right_one(environ: dict[str, str]) -> None:
    with pytest.raises(InvalidSettings, match=r"HUB_GRAPH_URL is not a setting: did you mean HUB_GRAPH_URI\?"):
        load_settings({**environ, "HUB_GRAPH_URL": "bolt://host:1"})


def test_variables_of_tests_and_other_programs_are_ignored(environ: dict[str, str]) -> None:
    load_settings({**environ, "HUB_TEST_ENGINE": "neo4j", "HUBBLE": "x", "GRAPH_URI": "nonsense"})


def test_required_setting_that_is_missing_says_how_to_get_it(environ: dict[str, str]) -> None:
    settings = load_settings(environ)

    with pytest.raises(InvalidSettings, match=r"HUB_GRAPH_URI is not set: .*`hub up`"):
        settings.require_graph_uri()
    with pytest.raises(InvalidSettings, match="HUB_QUEUE_URI"):
        settings.require_queue_uri()
    with pytest.raises(InvalidSettings, match="HUB_IDENTITY_KEY"):
        settings.require_identity_key()


def test_identity_key_becomes_its_bytes(environ: dict[str, str]) -> None:
    assert load_settings({**environ, "HUB_IDENTITY_KEY": KEY}).require_identity_key() == bytes.fromhex(KEY)


def test_blocked_phones_are_read_from_commas(environ: dict[str, str]) -> None:
    settings = load_settings({**environ, "HUB_BLOCKED_PHONES": "400-800-8000, 021-62345678 ,"})

    assert settings.blocked_phones == ("400-800-8000", "021-62345678")


def test_unreadable_file_of_the_stack_is_told(environ: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "var").mkdir()
    (tmp_path / "var" / "credentials.json").write_text("{")

    with pytest.raises(InvalidSettings, match=re.escape(str(tmp_path / "var" / "credentials.json"))):
        load_settings(environ)


def test_shown_settings_are_complete_and_hold_no_secret(environ: dict[str, str]) -> None:
    environ |= {
        "HUB_IDENTITY_KEY": KEY,
        "HUB_QUEUE_URI": "redis://:s3cr3t@host:6379/0",
        "HUB_GRAPH_PASSWORD": "s3cr3t",
        "HUB_BLOCKED_PHONES": "13800138000",
    }

    shown = show_settings(environ)

    assert [setting.variable for setting in shown] == [f"HUB_{name.upper()}" for name in Settings.model_fields]
    assert all(setting.description for setting in shown)
    text = " ".join(setting.value for setting in shown)
    assert "s3cr3t" not in text
    assert KEY not in text
    assert "13800138000" not in text


def test_settings_cannot_change_after_they_were_read(environ: dict[str, str]) -> None:
    settings = load_settings(environ)

    with pytest.raises(ValueError, match="frozen"):
        settings.http_port = 1  # type: ignore[misc]
