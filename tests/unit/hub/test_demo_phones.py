from __future__ import annotations

import pytest

from connectors.files.values import read_code
from hub.core.model import RawIdentifier
from hub.demo import phones
from hub.services.policy import DEFAULT_POLICY
from rules.identifiers import normalise


def _read(cell: str) -> str | None:
    code = read_code(cell)
    found = normalise(RawIdentifier("phone", "", code), DEFAULT_POLICY) if code else None
    return found.value if found else None


def test_owners_never_share_a_number() -> None:
    owners = [*range(20_000), *range(phones.MAX_OWNERS - 20_000, phones.MAX_OWNERS)]

    numbers = {phones.mobile(owner, seed=9) for owner in owners}

    assert len(numbers) == len(owners)


def test_another_seed_gives_other_numbers() -> None:
    assert phones.mobile(5, seed=1) != phones.mobile(5, seed=2)


def test_there_are_ten_writings_and_each_is_another_text() -> None:
    assert len({write("13812345678") for write in phones.WRITINGS}) == 10


@pytest.mark.parametrize("writing", range(len(phones.WRITINGS)))
def test_every_writing_is_read_back_as_the_same_number(writing: int) -> None:
    for owner in range(200):
        number = phones.mobile(owner, seed=1)

        assert _read(phones.WRITINGS[writing](number)) == f"+86{number}"


@pytest.mark.parametrize("placeholder", phones.PLACEHOLDERS)
def test_a_placeholder_is_nobodys_number(placeholder: str) -> None:
    assert _read(placeholder) is None


def test_a_hidden_number_keeps_its_ends_only() -> None:
    assert phones.hide("13812345678") == "138****5678"
