"""Authlib's server: no hook of ours may be a coroutine function, which it would take for consent."""

from __future__ import annotations

from inspect import getmembers, iscoroutinefunction

import pytest

from hub.core.errors import Unavailable
from hub.http.attempts import Attempts
from hub.http.oauth.server import ClientCredentials, OAuthClient, TokenServer


@pytest.mark.parametrize("kind", [ClientCredentials, OAuthClient, TokenServer])
def test_no_hook_is_a_coroutine_function(kind: type[object]) -> None:
    assert not [name for name, member in getmembers(kind) if iscoroutinefunction(member)]


def test_a_client_that_is_not_there_may_nothing() -> None:
    nobody = OAuthClient(None)

    assert not nobody.check_client_secret("")
    assert nobody.get_allowed_scope("person:read") is None


def test_failures_of_one_address_leave_others_alone() -> None:
    clock = [0.0]
    attempts = Attempts(lambda: clock[0])
    for _ in range(20):
        attempts.begin("10.0.0.1", "client-1")

    with pytest.raises(Unavailable, match="this address") as refused:
        attempts.begin("10.0.0.1", "client-1")
    attempts.begin("10.0.0.2", "client-1")
    clock[0] += refused.value.retry_after_s

    attempts.begin("10.0.0.1", "client-1")


def test_failures_from_everywhere_close_a_client_for_a_while() -> None:
    attempts = Attempts(lambda: 0.0)
    for number in range(200):
        attempts.begin(f"10.0.{number}.1", "client-1")

    with pytest.raises(Unavailable, match="this client"):
        attempts.begin("10.1.0.1", "client-1")
    attempts.begin("10.1.0.1", "client-2")


def test_what_succeeds_costs_nothing() -> None:
    attempts = Attempts(lambda: 0.0)

    for _ in range(100):
        attempts.begin("10.0.0.1", "client-1")
        attempts.succeed("10.0.0.1", "client-1")
