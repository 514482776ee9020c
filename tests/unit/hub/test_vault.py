from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.core.errors import InvariantBroken
from hub.core.model import Identifier
from hub.core.vault import Vault, hash_text

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


@given(st.text(max_size=50))
def test_what_is_sealed_anew_with_another_key_opens_with_that_one_only(value: str) -> None:
    old, new = VAULT, Vault(b"j" * 32)
    identifier = Identifier("openid", "wx1", value)
    before = old.key_of(identifier)

    opened = old.reveal(old.seal(identifier, before), before)
    after = new.key_of(Identifier("openid", "wx1", opened))
    sealed = new.seal(Identifier("openid", "wx1", opened), after)

    assert new.reveal(sealed, after) == value
    with pytest.raises(InvariantBroken, match="another key"):
        old.reveal(sealed, after)


def test_the_id_of_a_key_tells_keys_apart_and_not_what_they_are() -> None:
    assert VAULT.key_id == Vault(b"k" * 32).key_id != Vault(b"j" * 32).key_id
    assert len(VAULT.key_id) == 8
    assert VAULT.key_id not in (b"k" * 32).hex()
    assert VAULT.seal(PHONE, VAULT.key_of(PHONE)).startswith(f"{VAULT.key_id}.")


def test_a_value_from_before_keys_had_ids_opens() -> None:
    key = VAULT.key_of(PHONE)

    assert VAULT.reveal(f"1.{VAULT.seal(PHONE, key).partition('.')[2]}", key) == PHONE.value


@pytest.mark.parametrize("sealed", ["", "1", "1.", "1.AA==", f"{VAULT.key_id}.no base64", "nothing"])
def test_what_is_no_sealed_value_says_so(sealed: str) -> None:
    with pytest.raises(InvariantBroken):
        VAULT.reveal(sealed, VAULT.key_of(PHONE))


def test_a_hash_under_a_secret_is_the_same_for_the_same_secret_only() -> None:
    assert hash_text("ab" * 32, "pos|c1") == hash_text("ab" * 32, "pos|c1")
    assert len({hash_text("ab" * 32, "pos|c1"), hash_text("ab" * 32, "pos|c2"), hash_text("cd" * 32, "pos|c1")}) == 3
