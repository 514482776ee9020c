"""Records by their written keys."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.core.errors import InvalidInput
from hub.core.model import RecordKey


@given(st.sampled_from(["pos", "tmall:flagship"]), st.text(min_size=1))
def test_a_key_is_read_back_whatever_the_external_id_is(system: str, external_id: str) -> None:
    record = RecordKey(system, external_id)

    assert RecordKey.parse(str(record)) == record


def test_what_somebody_writes_is_read_without_what_surrounds_it() -> None:
    assert RecordKey.read(" pos|C 1|2\n") == RecordKey("pos", "C 1|2")


@pytest.mark.parametrize("text", ["", "pos", "pos|", "|C1", "POS|C1", "erased|C1", f"pos|{'9' * 257}"])
def test_what_cannot_be_a_record_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput, match=r"A record is written system\|external_id|is not a system's name"):
        RecordKey.read(text)
