from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.core.errors import InvariantBroken
from hub.core.model import Identifier
from hub.core.vault import Vault

VAULT = Vault(b"k" * 32)
PHONE = Identifier("phone", "", "+8613812345678")


@given(st.text(max_size=50))
def test_a_sealed_value_opens_again(value: str) -> None:
    identifier = Identifier("openid", "wx1", value)
    key = VAULT.key_of(identifier)

    assert VAULT.reveal(VAULT.seal(identifier, key), key) == value


def test_neither_key_nor_seal_shows_the_value() -> None:
    key = VAULT.key_of(PHONE)

    assert "13812345678" not in key + VAULT.seal(PHONE, key)


def test_type_scope_and_installation_all_change_the_key() -> None:
    keys = {
        VAULT.key_of(PHONE),
        VAULT.key_of(Identifier("card", "", PHONE.value)),
        VAULT.key_of(Identifier("phone", "x", PHONE.value)),
        Vault(b"j" * 32).key_of(PHONE),
    }

    assert len(keys) == 4


def test_a_seal_does_not_open_elsewhere_or_with_another_key() -> None:
    key = VAULT.key_of(PHONE)
    sealed = VAULT.seal(PHONE, key)

    for vault, place in ((VAULT, "another node"), (Vault(b"j" * 32), key)):
        with pytest.raises(InvariantBroken):
            vault.reveal(sealed, place)
