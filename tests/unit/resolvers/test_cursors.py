"""Cursors."""

from __future__ import annotations

import base64

import pytest

from graph.orders import PageStart
from hub.core.errors import InvalidInput
from resolvers.cursors import (
    read_decision_cursor,
    read_ledger_cursor,
    read_order_cursor,
    read_person_cursor,
    write_decision_cursor,
    write_ledger_cursor,
    write_order_cursor,
    write_person_cursor,
)

PERSON_ID = "01ARZ3NDEKTSV4RRFFQ69G5FAV"


def test_a_person_cursor_reads_back() -> None:
    assert read_person_cursor(write_person_cursor(PERSON_ID)) == PERSON_ID


def test_a_decision_cursor_reads_back_and_no_other_is_one() -> None:
    assert read_decision_cursor(write_decision_cursor(PERSON_ID)) == PERSON_ID
    with pytest.raises(InvalidInput):
        read_decision_cursor(write_person_cursor(PERSON_ID))


@pytest.mark.parametrize("key", ["pos|1", "tmall:flagship|订单-9"])
def test_an_order_cursor_reads_back(key: str) -> None:
    start = PageStart(1_760_000_000_000, key)

    assert read_order_cursor(write_order_cursor(start)) == start


@pytest.mark.parametrize("place", [{}, {"main|points|01ARZ3NDEKTSV4RRFFQ69G5FAV": 7, "main|积分|x": 0}])
def test_a_ledger_cursor_reads_back(place: dict[str, int]) -> None:
    assert read_ledger_cursor(write_ledger_cursor(place)) == place


@pytest.mark.parametrize(
    "cursor",
    [
        "",
        "junk",
        "é",
        "====",
        write_person_cursor("lower-case"),
        base64.urlsafe_b64encode(b'["order",true,"pos|1"]').decode(),
        base64.urlsafe_b64encode(b'["order",1,2]').decode(),
        base64.urlsafe_b64encode(b'["order",9223372036854775808,"pos|1"]').decode(),
        base64.urlsafe_b64encode(b'["order",-9223372036854775808,"pos|1"]').decode(),
        base64.urlsafe_b64encode(b'["ledger",{"a":-1}]').decode(),
        base64.urlsafe_b64encode(b'["ledger",{"a":true}]').decode(),
        base64.urlsafe_b64encode(b'["ledger",{"a":1.5}]').decode(),
        base64.urlsafe_b64encode(b'["ledger",[["a",1]]]').decode(),
        base64.urlsafe_b64encode(b"[" * 5000).decode(),
        base64.urlsafe_b64encode(b'{"person": 1}').decode(),
    ],
)
def test_what_we_did_not_write_is_refused(cursor: str) -> None:
    for read in (read_person_cursor, read_order_cursor, read_ledger_cursor):
        with pytest.raises(InvalidInput, match="endCursor"):
            read(cursor)


def test_a_cursor_of_another_list_is_refused() -> None:
    with pytest.raises(InvalidInput):
        read_person_cursor(write_order_cursor(PageStart(1, PERSON_ID)))
    with pytest.raises(InvalidInput):
        read_order_cursor(write_person_cursor(PERSON_ID))
