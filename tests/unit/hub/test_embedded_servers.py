from __future__ import annotations

import os
import platform
from pathlib import Path

import pytest

from hub.core.errors import Unavailable
from hub.core.settings import Settings
from hub.embedded import arcadedb, valkey
from hub.embedded.environment import bare_environ, hub_environ


@pytest.mark.parametrize(("durable", "flush"), [(True, 2), (False, 0)])
def test_graph_command_says_how_durable_and_how_large(durable: bool, flush: int) -> None:
    command = arcadedb.build_command(7687, 2480, memory_mb=512, durable=durable)

    assert f"-Darcadedb.txWalFlush={flush}" in command
    assert "-Xmx512m" in command


def test_graph_command_binds_every_listener_to_loopback() -> None:
    command = arcadedb.build_command(7687, 2480, memory_mb=512, durable=True)

    assert "-Darcadedb.bolt.host=127.0.0.1" in command
    assert "-Darcadedb.server.httpIncomingHost=127.0.0.1" in command


def test_offered_password_is_private_and_goes_again(tmp_path: Path) -> None:
    with arcadedb.offer_password(tmp_path, "first"):
        offered = tmp_path / arcadedb.PASSWORD_FILE

        assert offered.read_text() == "first"
        assert offered.stat().st_mode & 0o777 == 0o600

    assert not offered.exists()


@pytest.mark.parametrize("name", ["glibc 2.28", None])
def test_old_or_other_c_library_is_told(monkeypatch: pytest.MonkeyPatch, name: str | None) -> None:
    monkeypatch.setattr(os, "confstr", lambda _: name)

    with pytest.raises(Unavailable, match=r"needs glibc 2\.34 or newer"):
        arcadedb.find_java()


def test_missing_wheels_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(arcadedb, "find_spec", lambda _: None)
    monkeypatch.setattr(valkey, "find_spec", lambda _: None)

    with pytest.raises(Unavailable, match="graph is not installed"):
        arcadedb.find_java()
    with pytest.raises(Unavailable, match="queue is not installed"):
        valkey.find_server()


def test_wheel_without_a_program_for_this_machine_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(platform, "machine", lambda: "riscv64")

    with pytest.raises(Unavailable, match="linux-riscv64"):
        valkey.find_server()


@pytest.mark.parametrize(("durable", "policy"), [(True, "always"), (False, "everysec")])
def test_queue_configuration_says_how_durable(durable: bool, policy: str) -> None:
    lines = valkey.build_configuration(6379, "secret", memory_mb=64, durable=durable).splitlines()

    assert f"appendfsync {policy}" in lines
    assert {"bind 127.0.0.1", "requirepass secret", "maxmemory 64mb", "maxmemory-policy noeviction"} <= set(lines)


def test_queue_command_holds_no_secret() -> None:
    assert valkey.build_command()[1:] == ["-"]


def test_foreign_servers_get_no_variable_that_changes_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JAVA_TOOL_OPTIONS", "-Xmx16g")
    monkeypatch.setenv("HUB_IDENTITY_KEY", "ab" * 32)

    assert not {"JAVA_TOOL_OPTIONS", "HUB_IDENTITY_KEY"} & bare_environ().keys()


def test_own_processes_find_the_same_settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HUB_GRAPH_PASSWORD", "of another graph")
    settings = Settings(data_dir=tmp_path, http_port=8123)

    environ = hub_environ(settings, {"graph_password"})

    assert environ["HUB_DATA_DIR"] == str(tmp_path)
    assert environ["HUB_HTTP_PORT"] == "8123"
    assert "HUB_GRAPH_PASSWORD" not in environ
