from __future__ import annotations

from dataclasses import replace
from typing import Final

import pytest
from pydantic import SecretStr

from hub.core.model import Identifier, RawIdentifier
from hub.core.settings import Settings
from hub.core.vault import Vault
from hub.services.identity import Identity
from hub.services.policy import DEFAULT_POLICY
from rules.policy import Policy

NATIONAL_ID: Final = Identifier("national_id", "", "11010519491231002X")
SETTINGS: Final = Settings(identity_key=SecretStr("ab" * 32))


def identity(policy: Policy = DEFAULT_POLICY) -> Identity:
    return Identity(Vault(bytes(32)), policy, "CN")


def switched(name: str, enabled: bool) -> Policy:
    kinds = DEFAULT_POLICY.types
    return replace(DEFAULT_POLICY, types={**kinds, name: replace(kinds[name], enabled=enabled)})


def test_of_a_type_whose_values_are_not_kept_only_the_key_is_stored() -> None:
    hub = identity(switched("national_id", True))

    stored = hub.prepare(NATIONAL_ID)

    assert (stored.key, stored.masked, stored.sealed) == (hub.key_of(NATIONAL_ID), "****", "")


def test_other_values_are_sealed() -> None:
    stored = identity().prepare(Identifier("phone", "", "+8613812345678"))

    assert stored.masked == "138****5678"
    assert stored.sealed


def test_a_blocked_value_is_marked_and_does_not_identify() -> None:
    hub = identity()
    blocked = Identifier("phone", "", "+8613800138000")

    assert hub.is_blocked(blocked)
    assert hub.prepare(blocked).blocked
    assert not hub.identifies(blocked)


@pytest.mark.parametrize(
    ("kind", "identifies"), [("phone", True), ("email", True), ("household", False), ("oaid", False), ("fax", False)]
)
def test_a_type_says_whether_its_values_identify(kind: str, identifies: bool) -> None:
    assert identity().identifies(Identifier(kind, "", "value")) == identifies


def test_another_policy_may_be_given() -> None:
    hub = Identity.from_settings(SETTINGS, replace(DEFAULT_POLICY, version=7))

    assert hub.policy.version == 7
    assert hub.normalise(RawIdentifier("phone", "", "13812345678")) == Identifier("phone", "", "+8613812345678")
