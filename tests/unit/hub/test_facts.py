"""What events become before they are stored."""

from __future__ import annotations

import pytest

from hub.core.clock import MAX_AHEAD_MS, now_ms
from hub.core.vault import Vault
from hub.services.facts import UnusableEvent, state_customer, state_order
from hub.services.identity import Identity
from hub.services.policy import DEFAULT_POLICY
from tests.support.events import PHONES, customer, order

MINUTE_MS = 60_000


def test_events_of_the_future_are_refused_a_day_ahead_of_the_clock_whatever_their_source() -> None:
    identity = Identity(Vault(bytes(32)), DEFAULT_POLICY, "CN")
    near, far = now_ms() + MAX_AHEAD_MS - MINUTE_MS, now_ms() + MAX_AHEAD_MS + MINUTE_MS

    fact = state_customer(identity, customer("pos", "c", phone=PHONES[0], at=near), default_ms=1, source="t")
    placed = state_order(order("pos", "T1", "c", at=near), default_ms=1)

    assert fact.assertions[0].stated.at_ms == near
    assert placed.key == "pos|T1"
    with pytest.raises(UnusableEvent, match="more than a day ahead of the hub's clock"):
        state_customer(identity, customer("pos", "c", phone=PHONES[0], at=far), default_ms=1, source="t")
    with pytest.raises(UnusableEvent, match="more than a day ahead of the hub's clock"):
        state_order(order("pos", "T1", "c", at=far), default_ms=1)
