"""Cells to texts, ids, money and quantities."""

from __future__ import annotations

from contextlib import suppress
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.files.rows import BadCell
from connectors.files.values import BLANKS, read_code, read_fen, read_key, read_quantity, read_text, show_cell

_CELLS = st.one_of(
    st.text(max_size=80),
    st.text(st.sampled_from("0123456789０１２.,，-+¥￥元Ee "), max_size=40),
    st.integers(),
    st.floats(),
    st.decimals(),
    st.booleans(),
    st.none(),
    st.binary(max_size=20),
    st.datetimes(),
    st.dates(),
    st.times(),
    st.lists(st.integers(), max_size=2),
)


@given(_CELLS, st.sampled_from(["yuan", "fen"]))
def test_reading_a_value_raises_nothing_but_its_own_error(cell: Any, unit: Literal["yuan", "fen"]) -> None:
    for read in (read_text, read_code, read_key, read_quantity, lambda cell: read_fen(cell, unit)):
        with suppress(BadCell):
            read(cell)
    assert isinstance(show_cell(cell), str)


@pytest.mark.parametrize("blank", [*sorted(BLANKS), None, "  ", " NULL ", float("nan"), Decimal("NaN"), "　", "－"])
def test_what_exports_write_for_nothing_is_nothing(blank: object) -> None:
    assert read_code(blank) is None
    assert read_fen(blank, "yuan") is None
    assert read_quantity(blank) is None


@given(st.integers(-(10**13), 10**13))
def test_every_amount_is_read_exactly_however_it_is_written(fen: int) -> None:
    sign, (yuan, cents) = "-" if fen < 0 else "", divmod(abs(fen), 100)
    plain = f"{sign}{yuan}.{cents:02}"

    for text in (
        plain,
        f"{sign}{yuan:,}.{cents:02}",
        f"¥{plain}",
        f"{plain}元",
        f" {plain} ",
        plain.replace(".", "．"),
        f"{sign}{yuan:,}.{cents:02}".replace(",", "，"),
        plain + "00",
    ):
        assert read_fen(text, "yuan") == fen
    assert read_fen(Decimal(plain), "yuan") == fen
    assert read_fen(str(fen), "fen") == fen
    assert read_fen(fen, "fen") == fen


@given(st.integers(-(10**11), 10**11))
def test_an_amount_survives_being_a_float(fen: int) -> None:
    assert read_fen(fen / 100, "yuan") == fen
    assert read_fen(show_cell(fen / 100), "yuan") == fen


@given(st.floats(-1e9, 1e9))
def test_any_float_is_the_same_amount_as_its_text_in_a_rejects_file(amount: float) -> None:
    text = show_cell(amount)

    if "e" not in text:
        assert read_fen(text, "yuan") == read_fen(amount, "yuan")


@pytest.mark.parametrize(
    ("cell", "fen"),
    [
        ("1,234.50", 123450),
        ("１，２３４．５０", 123450),
        ("￥1,234.5", 123450),
        ("-¥8", -800),
        ("¥-8", -800),
        ("(8.00)", -800),
        (".5", 50),
        ("19.990000000000002", 1999),
        (0.1 + 0.2, 30),
        (True, None),
    ],
)
def test_amounts_are_understood_in_the_forms_that_people_use(cell: object, fen: int | None) -> None:
    if fen is None:
        with pytest.raises(BadCell):
            read_fen(cell, "yuan")
    else:
        assert read_fen(cell, "yuan") == fen


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("1.234", "more than two decimals"),
        ("1,2,3", "not a number"),
        ("12,34.00", "not a number"),
        ("abc", "not a number"),
        ("¥", "not a number"),
        ("1e5", "not a number"),
        ("9" * 20, "too large"),
        ("9" * 400, "not a number"),
    ],
)
def test_what_is_no_amount_is_refused(text: str, reason: str) -> None:
    with pytest.raises(BadCell, match=reason):
        read_fen(text, "yuan")


def test_a_fraction_of_a_fen_is_refused() -> None:
    with pytest.raises(BadCell, match="fraction of a fen"):
        read_fen("12.5", "fen")


@pytest.mark.parametrize(
    ("cell", "code"),
    [
        ("1.3812345678E+10", "13812345678"),
        ("1.381234567E+10", None),
        ("1.38E+10", None),
        ("6.22202E+18", None),
        ("1E5", "1E5"),
        ("ab+cd/E+10==", "ab+cd/E+10=="),
        (13812345678.0, "13812345678"),
        ("13812345678.0", "13812345678"),
        (13812345678, "13812345678"),
        (6222021234567890123.0, None),
        (Decimal("13812345678"), "13812345678"),
        ("１３８ＡＢ", "138AB"),
        ("\u202d13812345678\u202c", "13812345678"),
        ("00123", "00123"),
        (" C-1 ", "C-1"),
    ],
)
def test_a_code_is_what_was_meant_or_refused(cell: object, code: str | None) -> None:
    if code is None:
        with pytest.raises(BadCell, match="Excel has dropped digits"):
            read_code(cell)
    else:
        assert read_code(cell) == code


@given(st.integers(0, 10**19))
def test_a_whole_number_in_a_sheet_is_never_read_with_invented_digits(number: int) -> None:
    for cell in (float(number), show_cell(float(number))):
        try:
            read = read_code(cell)
        except BadCell:
            continue
        assert read == str(number)


@pytest.mark.parametrize("text", ["a\nb", "a\0b", "a\u2028b", "x" * 257])
def test_a_code_with_control_characters_or_without_end_is_refused(text: str) -> None:
    with pytest.raises(BadCell):
        read_code(text)


def test_free_text_stays_as_it_is_but_for_its_line_breaks() -> None:
    assert read_text("  上海市（浦东）\r\n世纪大道 1 号 ") == "上海市（浦东） 世纪大道 1 号"
    assert read_text("👨\u200d👩\u200d👧 小店") == "👨\u200d👩\u200d👧 小店"
    with pytest.raises(BadCell, match="longer than 1000"):
        read_text("长" * 1001)


@pytest.mark.parametrize(
    "mark",
    [
        *"\u200b\u200c\u200d\u200e\u200f\ufeff",
        *"\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069",
    ],
)
def test_what_nobody_sees_in_a_name_is_dropped(mark: str) -> None:
    assert read_text(f"{mark}张{mark}伟{mark}") == "张伟"
    assert read_text(f"👧{mark}伟") == "👧伟"
    assert read_text(mark) is None
    assert read_text(f"-{mark}") is None


@pytest.mark.parametrize(
    ("cell", "count"), [("2", 2), (2.0, 2), ("2.000", 2), ("-1", -1), ("１，０００", 1000), (3, 3)]
)
def test_quantities_are_whole_numbers(cell: object, count: int) -> None:
    assert read_quantity(cell) == count


def test_a_broken_quantity_is_refused() -> None:
    with pytest.raises(BadCell, match="whole number"):
        read_quantity("1.5")


def test_cells_are_shown_as_they_read_back() -> None:
    assert show_cell(date(2024, 1, 5)) == "2024-01-05"
    assert show_cell(datetime(2024, 1, 5, 13, 4)) == "2024-01-05 13:04:00"  # noqa: DTZ001 (cells have no zone)
    assert show_cell({"a": [1]}) == '{"a": [1]}'
    assert show_cell(6222021234567890.0) == "6.22202123456789E+15"
    assert show_cell(None) == ""
