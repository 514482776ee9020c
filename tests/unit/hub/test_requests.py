"""Requests of the ledger, told apart by hashes that tell nobody what they were."""

from __future__ import annotations

from dataclasses import replace

import pytest

from hub.core.errors import InvalidInput
from hub.core.ledger import KeyReused
from hub.core.vault import Vault
from hub.services.ledger.request import Call, Request
from tests.support.ledger import PROGRAMME

OLD, NEW = Vault(b"o" * 32), Vault(b"n" * 32)


def ask(vault: Vault, amount: int = 5, kind: str = "spend") -> Request:
    return Request(kind, Call("till", "k", hash=vault.hash_request), PROGRAMME, "points", amount, "p", said="pos|13")


def test_a_hash_is_of_the_request_and_of_the_installations_key() -> None:
    hashes = {ask(OLD).digest, ask(NEW).digest, ask(OLD, 6).digest, ask(OLD, kind="hold").digest}

    assert len(hashes) == 4
    assert ask(OLD).digest == ask(OLD).digest
    assert ask(OLD).digest.startswith(f"{OLD.key_id}.")


def test_a_repeat_gets_the_first_answer_and_another_request_under_its_key_is_refused() -> None:
    done = ask(OLD).to_operation("p", 9, ())

    assert ask(OLD).repeat(replace(done, used=3)) == done
    with pytest.raises(KeyReused):
        ask(OLD, 6).repeat(done)


def test_a_repeat_from_before_the_key_was_rotated_is_known_by_what_the_operation_says() -> None:
    done = ask(OLD).to_operation("p", 9, ())

    assert ask(NEW).repeat(done) == done
    for other in (ask(NEW, 6), ask(NEW, kind="hold")):
        with pytest.raises(KeyReused):
            other.repeat(done)


def test_a_text_of_several_lines_is_refused_by_its_bound() -> None:
    with pytest.raises(InvalidInput, match="The reason is one line of at most 500 characters"):
        Call("till", "k", reason="a\nb")
    with pytest.raises(InvalidInput, match="The caller is one line of 1 to 200 characters"):
        Call("", "k")
