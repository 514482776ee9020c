from __future__ import annotations

import json
import os
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
    endpoints = {"graph_uri": "bolt://stack:1", "graph_user": "stack", "queue_uri": "redis://stack:1/0"}
    (tmp_path / "var" / "endpoints.json").write_text(json.dumps(endpoints))
    (tmp_path / "secrets" / "hub_graph_user").write_text("file\n")
    (tmp_path / "secrets" / "hub_graph_uri").write_text("bolt://file:1\n")
    environ["HUB_GRAPH_URI"] = "bolt://environment:1"

    settings = load_settings(environ)

    assert settings.graph_uri == "bolt://environment:1"
    assert settings.graph_user == "file"
    assert settings.require_queue_uri() == "redis://stack:1/0"
    assert settings.timezone == "Asia/Shanghai"
    assert origin_of("HUB_GRAPH_URI", environ) == "environment"
    assert origin_of("HUB_GRAPH_USER", environ) == f"secret file in {tmp_path / 'secrets'}"
    assert origin_of("HUB_QUEUE_URI", environ).startswith("embedded stack (")
    assert origin_of("HUB_TIMEZONE", environ) == "default"


def test_empty_variable_counts_as_unset(environ: dict[str, str]) -> None:
    assert load_settings({**environ, "HUB_GRAPH_URI": ""}).graph_uri is None


@pytest.mark.parametrize(
    ("variable", "value", "expected"),
    [
        ("HUB_HTTP_PORT", "80x", "expected a whole number from 0 to 65535."),
        ("HUB_HTTP_PORT", "70000", "expected a whole number from 0 to 65535."),
        ("HUB_CANDIDATES_HOUR", "24", "expected a whole number from 0 to 23."),
        ("HUB_SHUTDOWN_GRACE_S", "0", "expected a number above 0, at most 3600."),
        ("HUB_QUEUE_NAME", "q" * 65, "expected a text of 1 to 64 characters."),
        ("HUB_GRAPH_URI", "localhost:7687", "bolt://HOST:PORT"),
        ("HUB_GRAPH_URI", "bolt://[::1", "bolt://HOST:PORT"),
        ("HUB_GRAPH_URI", "bolt://localhost:port", "PORT is a number"),
        ("HUB_GRAPH_URI", "bolt://h:99999", "PORT is a number"),
        ("HUB_GRAPH_URI", "bolt://h:0", "PORT is a number"),
        ("HUB_GRAPH_URI", "bolt://:7687", "bolt://HOST:PORT"),
        ("HUB_GRAPH_URI", "bolt://127.0.0.1:1/db", "bolt://HOST:PORT"),
        ("HUB_GRAPH_URI", "bolt://127.0.0.1:1?x=y", "nothing after the port"),
        ("HUB_GRAPH_URI", "http://127.0.0.1:1", "bolt://HOST:PORT"),
        ("HUB_TIMEZONE", "Beijing", "Asia/Shanghai"),
        ("HUB_REGION", "China", "two capital letters"),
        ("HUB_LOG_LEVEL", "loud", "expected one of DEBUG, INFO, WARNING, ERROR."),
        ("HUB_EMBEDDED_DURABLE", "perhaps", "expected true or false."),
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


def test_a_wrong_setting_of_any_length_is_told_in_a_line(environ: dict[str, str]) -> None:
    with pytest.raises(InvalidSettings) as caught:
        load_settings({**environ, "HUB_HTTP_PORT": "9" * 5000})

    assert len(caught.value.safe_message) < 250
    assert caught.value.safe_message.endswith("9... (environment); expected a whole number from 0 to 65535.")


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


@pytest.mark.parametrize(
    "value",
    [
        "redis://localhost:notaport",
        "redis://:s3cr3t@h:99999/0",
        "redis://:s3cr3t@h:6379/abc",
        "redis://:s3cr3t@h:6379/",
        "redis://:s3/cr3t@h:6379/0",
        "redis://:s3cr3t@h:6379/0?db=x",
        "redis://[::1",
        "redis://",
        "unix://",
        "unix://[",
    ],
)
def test_queue_that_no_client_could_open_is_refused(environ: dict[str, str], value: str) -> None:
    with pytest.raises(InvalidSettings, match=r"^HUB_QUEUE_URI: found \(secret\) .* expected redis://") as caught:
        load_settings({**environ, "HUB_QUEUE_URI": value})

    assert "cr3t" not in str(caught.value)


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        *(("HUB_QUEUE_URI", uri) for uri in ("redis://h", "redis://u:p%2F@[::1]:6379/3", "rediss://h:1?db=2")),
        *(("HUB_QUEUE_URI", uri) for uri in ("unix:///run/redis.sock", "redis://:p@h:6379/0")),
        *(("HUB_GRAPH_URI", uri) for uri in ("bolt://[::1]:7687", "bolt+s://h", "neo4j+ssc://h:1?policy=eu")),
    ],
)
def test_right_addresses_are_accepted(environ: dict[str, str], variable: str, value: str) -> None:
    load_settings({**environ, variable: value})


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("HUB_GRAPH_URI", "bolt://user:s3cr3t@h"),
        ("HUB_GRAPH_URI", "user:s3cr3t@h:7687"),
        ("HUB_GRAPH_URI", "bolt://user:p@ s3cr3t@h"),
        ("HUB_HTTP_PORT", "password=s3cr3t"),
    ],
)
def test_password_in_a_setting_that_takes_none_is_not_shown(environ: dict[str, str], variable: str, value: str) -> None:
    with pytest.raises(InvalidSettings, match=variable) as caught:
        load_settings({**environ, variable: value})

    assert "s3cr3t" not in str(caught.value)


def test_shown_value_is_redacted(environ: dict[str, str]) -> None:
    shown = show_settings({**environ, "HUB_GRAPH_URI": "neo4j://h:1?password=s3cr3t"})

    assert "s3cr3t" not in str(shown)


def test_misspelt_variable_is_refused_with_the_right_one(environ: dict[str, str]) -> None:
    with pytest.raises(InvalidSettings, match=r"HUB_GRAPH_URL is not a setting: did you mean HUB_GRAPH_URI\?"):
        load_settings({**environ, "HUB_GRAPH_URL": "bolt://host:1"})


def test_variables_of_tests_and_other_programs_are_ignored(environ: dict[str, str]) -> None:
    load_settings({**environ, "HUB_TEST_ENGINE": "neo4j", "HUBBLE": "x", "GRAPH_URI": "nonsense"})


def test_required_setting_that_is_missing_says_how_to_get_it(environ: dict[str, str]) -> None:
    settings = load_settings(environ)

    with pytest.raises(InvalidSettings, match=r"^No graph runs in /.*/var: start .*`hub up` there \(or set HUB_G"):
        settings.require_graph_uri()
    with pytest.raises(InvalidSettings, match="HUB_QUEUE_URI"):
        settings.require_queue_uri()
    with pytest.raises(InvalidSettings, match="HUB_IDENTITY_KEY"):
        settings.require_identity_key()


def test_variables_name_cannot_move_the_cursor(environ: dict[str, str]) -> None:
    with pytest.raises(InvalidSettings, match=r"HUB_\\x1b\[2J is not a setting"):
        load_settings({**environ, "HUB_\x1b[2J": "x"})


def test_identity_key_has_one_spelling(environ: dict[str, str]) -> None:
    spelt = load_settings({**environ, "HUB_IDENTITY_KEY": f" {KEY[:10].upper()} {KEY[10:]}\n"})

    assert spelt.identity_key == load_settings({**environ, "HUB_IDENTITY_KEY": KEY}).identity_key


def test_identity_key_becomes_its_bytes(environ: dict[str, str]) -> None:
    assert load_settings({**environ, "HUB_IDENTITY_KEY": KEY}).require_identity_key() == bytes.fromhex(KEY)


DAMAGED = [b"{", b'["s3cr3t"]', b"5", b"null", b'"s3cr3t"', b"[" * 100_000, b'{"s3cr3t": "\xff"}', b""]


@pytest.mark.parametrize("content", DAMAGED)
@pytest.mark.parametrize(
    ("name", "remedy"),
    [
        ("credentials.json", "restore it from a backup or fix its permissions; without it the data cannot be read."),
        ("endpoints.json", "remove it and start `hub up` again."),
    ],
)
def test_damaged_file_of_the_stack_is_told_with_what_to_do(
    environ: dict[str, str], tmp_path: Path, content: bytes, name: str, remedy: str
) -> None:
    (tmp_path / "var").mkdir()
    (tmp_path / "var" / name).write_bytes(content)

    with pytest.raises(InvalidSettings, match=re.escape(str(tmp_path / "var" / name))) as caught:
        load_settings(environ)

    assert caught.value.safe_message.endswith(remedy)
    assert "s3cr3t" not in caught.value.safe_message


def test_file_that_would_keep_everybody_waiting_is_refused(environ: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "var").mkdir()
    os.mkfifo(tmp_path / "var" / "endpoints.json")

    with pytest.raises(InvalidSettings, match="not a regular file"):
        load_settings(environ)


def test_data_directory_that_is_none_is_told(environ: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    for place in (tmp_path / "file", tmp_path / ("x" * 300)):
        with pytest.raises(InvalidSettings, match=r"^HUB_DATA_DIR: .* cannot be used"):
            load_settings({**environ, "HUB_DATA_DIR": str(place)})


def test_secret_file_that_cannot_be_read_is_named(environ: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "secrets").mkdir()
    secret = tmp_path / "secrets" / "hub_graph_password"
    secret.write_bytes(b"s3cr3t\xff")

    with pytest.raises(InvalidSettings, match=r"HUB_GRAPH_PASSWORD: the file .*not UTF-8") as caught:
        load_settings(environ)
    assert "s3cr3t" not in str(caught.value)

    secret.unlink()
    secret.symlink_to(tmp_path / "nowhere")
    with pytest.raises(InvalidSettings, match=r"HUB_GRAPH_PASSWORD: the file .*No such file"):
        load_settings(environ)


def test_empty_secrets_folder_setting_means_the_default(
    environ: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "hub_region").write_text("DE")

    assert load_settings({**environ, "HUB_SECRETS_DIR": ""}).region == "CN"


def test_shown_settings_are_complete_and_hold_no_secret(environ: dict[str, str]) -> None:
    environ |= {
        "HUB_IDENTITY_KEY": KEY,
        "HUB_QUEUE_URI": "redis://:s3cr3t@host:6379/0",
        "HUB_GRAPH_PASSWORD": "s3cr3t",
    }

    shown = show_settings(environ)

    assert [setting.variable for setting in shown] == [f"HUB_{name.upper()}" for name in Settings.model_fields]
    assert all(setting.description for setting in shown)
    text = " ".join(setting.value for setting in shown)
    assert "s3cr3t" not in text
    assert KEY not in text


def test_settings_cannot_change_after_they_were_read(environ: dict[str, str]) -> None:
    settings = load_settings(environ)

    with pytest.raises(ValueError, match="frozen"):
        settings.http_port = 1  # type: ignore[misc]


def test_the_embedded_graphs_password_is_not_offered_to_another_server(tmp_path: Path) -> None:
    (tmp_path / "credentials.json").write_text('{"graph_password": "embedded", "identity_key": "%s"}' % ("ab" * 32))
    (tmp_path / "endpoints.json").write_text('{"graph_uri": "bolt://127.0.0.1:1", "graph_user": "root"}')

    here = load_settings({"HUB_DATA_DIR": str(tmp_path)})
    there = load_settings({"HUB_DATA_DIR": str(tmp_path), "HUB_GRAPH_URI": "bolt://graph.example:7687"})

    assert (here.graph_user, here.graph_password.get_secret_value()) == ("root", "embedded")
    assert (there.graph_user, there.graph_password.get_secret_value()) == ("neo4j", "")
    assert there.identity_key == here.identity_key


def test_tokens_are_asked_for_unless_that_is_turned_off(environ: dict[str, str]) -> None:
    assert load_settings(environ).access == "tokens"


@pytest.mark.parametrize(
    ("issuer", "shown"), [("https://hub.example/", "https://hub.example"), ("", "http://127.0.0.1:8000")]
)
def test_tokens_name_the_address_that_clients_know(environ: dict[str, str], issuer: str, shown: str) -> None:
    assert load_settings(environ | {"HUB_ISSUER": issuer}).issuer_uri == shown


@pytest.mark.parametrize("issuer", ["hub.example", "https://hub.example/api", "https://a:b@hub.example", "ftp://hub"])
def test_an_issuer_is_the_address_of_a_host(environ: dict[str, str], issuer: str) -> None:
    with pytest.raises(InvalidSettings, match="HUB_ISSUER"):
        load_settings(environ | {"HUB_ISSUER": issuer})
