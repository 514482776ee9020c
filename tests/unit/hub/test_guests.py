from __future__ import annotations

from dataclasses import replace

import pytest

from hub.core.vault import Vault
from hub.services.guests import name_guest
from hub.services.identity import Identity
from hub.services.policy import DEFAULT_POLICY
from tests.support.orders import bought

IDENTITY = Identity(Vault(bytes(32)), DEFAULT_POLICY, "CN")
GUEST = bought(by=None, phone="138 0000 0001")


def test_orders_of_one_phone_are_one_guests_whatever_its_writing() -> None:
    first, said = name_guest(IDENTITY, GUEST)
    second, _ = name_guest(IDENTITY, replace(GUEST, order_id="T2", phone="+8613800000001"))

    assert first.external_id == second.external_id
    assert said is not None
    assert (said.record.system, said.record.external_id, said.observed_ms) == (
        "pos",
        first.external_id,
        GUEST.observed_ms,
    )


@pytest.mark.parametrize("phone", [None, "0000", "138****8000", "13888888888", "13800138000"])
def test_what_is_nobodys_phone_leaves_the_order_a_guests(phone: str | None) -> None:
    event = replace(GUEST, phone=phone)

    assert name_guest(IDENTITY, event) == (event, None)


def test_a_phone_says_nothing_where_the_customer_is_known() -> None:
    event = replace(GUEST, external_id="c1")

    assert name_guest(IDENTITY, event) == (event, None)
