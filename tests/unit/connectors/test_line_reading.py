"""A line that is looked up cell by cell is the one that is read with care, and so is what is wrong with it."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.files.cells import Reader
from connectors.files.columns import LineColumns, MoneyColumn
from connectors.files.orders import _compile_line, _compile_line_with_care
from connectors.files.rows import BadCell, Cells, Unreadable

COLUMNS = ("line", "sku", "title", "count", "paid")
PART = LineColumns(
    line_id="line", sku="sku", name="title", quantity="count", amount=MoneyColumn(column="paid", unit="yuan")
)
CELLS = st.one_of(
    st.none(),
    st.booleans(),
    st.sampled_from(["", " ", "1", "1.0", "007", "１２", "绿茶", "9.90", "1,000", "-", "null"]),
    st.sampled_from([0, 1, 7, 10**19]),
    st.floats(allow_nan=True),
    st.lists(st.integers(), max_size=2),
    st.text(max_size=8),
)
ROWS = st.lists(st.dictionaries(st.sampled_from(COLUMNS), CELLS, min_size=3), min_size=1, max_size=8)


def read(reader: Reader[Any], cells: Cells) -> object:
    try:
        return reader(cells)
    except BadCell as error:
        return error.column, error.value, error.safe_message


@given(ROWS)
def test_lines_are_what_careful_reading_makes_of_them(rows: list[Cells]) -> None:
    looked_up, with_care = _compile_line(PART), _compile_line_with_care(PART)

    for cells in rows + rows:
        assert repr(read(looked_up, cells)) == repr(read(with_care, cells))


def test_a_column_that_is_not_named_says_the_same_in_each_row() -> None:
    reader = _compile_line(LineColumns(sku="sku"))

    assert [tuple(reader({"sku": sku})) for sku in ("A", "B")] == [("", "A", "", 1, 0), ("", "B", "", 1, 0)]


def test_a_damaged_cell_is_not_taken_for_the_text_that_it_shows() -> None:
    reader = _compile_line(LineColumns(sku="sku"))
    assert reader({"sku": "SKU-1"}).sku == "SKU-1"

    with pytest.raises(BadCell, match="damaged"):
        reader({"sku": Unreadable("SKU-1")})
