from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.core.errors import WriteTokenInvalid
from hub.core.vault import Vault
from hub.services.write_tokens import MAX_CHARS, open_token, seal_token

VAULT = Vault(b"k" * 32)
BOOKMARKS = frozenset(f"FB:kcwQ+RiA/dN1Scy87+uyaNCAuckA{number:03d}=" for number in range(200))


@given(st.sets(st.text(max_size=40), max_size=5))
def test_a_token_gives_its_bookmarks_again(bookmarks: set[str]) -> None:
    assert open_token(VAULT, seal_token(VAULT, bookmarks)) == bookmarks


def test_what_hundreds_write_at_once_fits_into_a_token() -> None:
    token = seal_token(VAULT, BOOKMARKS)

    assert len(token) < MAX_CHARS
    assert open_token(VAULT, token) == BOOKMARKS


@given(st.text(max_size=60))
def test_other_texts_are_no_tokens(text: str) -> None:
    for token in (text, f"w1.{text}", f"w1.{VAULT.key_id}.{text}"):
        with pytest.raises(WriteTokenInvalid):
            open_token(VAULT, token)


@pytest.mark.parametrize(
    "token",
    [
        "w2" + seal_token(VAULT, BOOKMARKS)[2:],
        seal_token(VAULT, BOOKMARKS)[:-8],
        seal_token(Vault(b"o" * 32), BOOKMARKS),
        "w1." + VAULT.seal_text("[]", "another place"),
        "w1." + "A" * MAX_CHARS,
    ],
    ids=["another version", "cut off", "another installation", "another seal", "too long"],
)
def test_a_token_that_is_not_whole_or_of_another_hub_is_refused(token: str) -> None:
    with pytest.raises(WriteTokenInvalid):
        open_token(VAULT, token)
