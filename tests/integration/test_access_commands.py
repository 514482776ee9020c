"""`hub client` and `hub audit`, as an operator types them."""

from __future__ import annotations

import json

import pytest

from graph.clients import fetch_clients
from graph.database import Graph
from hub.core.clock import now_ms
from hub.core.settings import Settings
from hub.services.access.log import AccessLog
from hub.services.access.secrets import fits
from tests.integration.api_process import environ_of
from tests.integration.test_access_log import access
from tests.support.commands import run_hub

pytestmark = pytest.mark.anyio


async def test_a_client_is_added_listed_changed_and_shut_out(settings: Settings, graph: Graph) -> None:
    environ = environ_of(settings)

    added = run_hub(environ, "client", "add", "till", "--scope", "points:read", "--programme", "main")
    client_id, secret = (line.split()[1] for line in added.stdout.splitlines())
    rotated = run_hub(environ, "client", "rotate", client_id)
    finished = run_hub(environ, "client", "rotate", client_id, "--finish")
    disabled = run_hub(environ, "client", "disable", client_id)
    listed = run_hub(environ, "client", "list", "--json")
    key = run_hub(environ, "client", "rotate-key")

    [kept] = await fetch_clients(graph)
    newest = rotated.stdout.split()[-1]
    assert (fits(newest, kept.secrets), fits(secret, kept.secrets)) == (True, False)
    assert secret not in added.stderr
    assert [one.returncode for one in (finished, disabled, key)] == [0, 0, 0]
    [shown] = json.loads(listed.stdout)
    assert (shown["id"], shown["state"], shown["scopes"], shown["programmes"]) == (
        client_id, "disabled", "points:read", "main",
    )  # fmt: skip
    assert not any(hashed in listed.stdout for hashed in kept.secrets)


async def test_the_log_is_listed_and_proved(settings: Settings, graph: Graph) -> None:
    log, environ = AccessLog(graph), environ_of(settings)
    for number in range(3):
        await log.note(access(now_ms() + number, f"client-{number}"))

    listed = run_hub(environ, "audit", "list", "--client", "client-1", "--json")
    proved = run_hub(environ, "audit", "verify")
    refuted = run_hub(environ, "audit", "verify", "--known", f"3:{'0' * 64}")

    assert [one["access"]["client"] for one in json.loads(listed.stdout)] == ["client-1"]
    assert proved.stdout.startswith("3 entries, whole.")
    assert (refuted.returncode, refuted.stderr) == (1, "Entry 3 has another hash than the one that was noted down.\n")
