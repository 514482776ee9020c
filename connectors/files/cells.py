"""Readers of cells, put together once a file from its mapping, so that a row costs no more than its values."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final, TypeVar

from connectors.files.columns import MoneyColumn, TextColumn
from connectors.files.rows import BadCell, Cells
from connectors.files.values import read_fen, read_key, read_text, show_cell

_MAX_VALUE_CHARS: Final = 200
_MOST_KNOWN: Final = 20_000
_MAX_KNOWN_CHARS: Final = 64
_Value = TypeVar("_Value")
Reader = Callable[[Cells], _Value]


class _Known(dict[Any, Any]):
    """What a column's texts were read as: most columns repeat a few thousand, and looking one up costs less.

    A blank cell is `otherwise`, or where that is `required` a BadCell.
    """

    __slots__ = ("_otherwise", "_read", "_required")

    def __init__(self, read: Callable[[Any], Any], otherwise: Any = None, *, required: bool = False) -> None:
        super().__init__()
        self._read = read
        self._otherwise = otherwise
        self._required = required

    def __missing__(self, cell: Any) -> Any:
        value = self._read(cell)
        if value is None:
            if self._required:
                raise BadCell("missing: the cell is blank")
            value = self._otherwise
        # Texts only: to a dictionary true is 1, and 1.0 too.
        if type(cell) is str and len(self) < _MOST_KNOWN and len(cell) <= _MAX_KNOWN_CHARS:
            self[cell] = value
        return value


class _Same(dict[Any, Any]):
    """One value, whatever the cell."""

    __slots__ = ("_value",)

    def __init__(self, value: Any) -> None:
        super().__init__()
        self._value = value

    def __missing__(self, _cell: Any) -> Any:
        return self._value


Column = tuple[str, dict[Any, Any]]
"""A column's name, and its cells' values by the cells: what is looked up and is bad raises BadCell."""


def find_values(
    column: str | None, read: Callable[[Any], _Value | None], otherwise: _Value, *, required: bool = True
) -> Column:
    """The values of a column; `otherwise` where no column is named, and for a blank cell unless it is `required`."""
    if column is None:
        return "", _Same(otherwise)
    return column, _Known(read, otherwise, required=required)


def compile_cell(column: str, read: Callable[[Any], _Value]) -> Reader[_Value]:
    """A function from a row's cells to the value of one column; a BadCell that it raises knows its column and value."""
    if "." in column:
        find = compile_lookup(column)

        def read_found(cells: Cells) -> _Value:
            try:
                return read(find(cells))
            except BadCell as error:
                raise blame(error, column, find(cells)) from None

        return read_found

    known = _Known(read)

    # The same without the call of `find`: this runs for each cell of each row.
    def read_cell(cells: Cells) -> _Value:
        cell = cells.get(column)
        try:
            return known[cell] if type(cell) is str else read(cell)
        except BadCell as error:
            raise blame(error, column, cell) from None

    return read_cell


def compile_required(column: str, read: Callable[[Any], _Value | None]) -> Reader[_Value]:
    """Like `compile_cell`, but a blank cell is a BadCell too."""

    find = compile_lookup(column) if "." in column else None
    known = _Known(read)

    def read_required(cells: Cells) -> _Value:
        cell = find(cells) if find else cells.get(column)
        try:
            value = known[cell] if type(cell) is str else read(cell)
        except BadCell as error:
            raise blame(error, column, cell) from None
        if value is None:
            raise blame(BadCell("missing: the cell is blank"), column, cell)
        return value

    return read_required


def compile_lookup(column: str) -> Callable[[Cells], Any]:
    """A function from a row's cells to one of them: by name, or by dotted path where no column has that name."""
    if "." not in column:
        return lambda cells: cells.get(column)
    steps = column.split(".")

    def walk(cells: Cells) -> Any:
        if column in cells:
            return cells[column]
        found: Any = cells
        for step in steps:
            if not isinstance(found, dict):
                return None
            found = found.get(step)
        return found

    return walk


def compile_text(part: TextColumn | None, read: Callable[[Any], str | None] = read_text) -> Reader[str | None]:
    """A reader of a text: constant, translated by a table, or read by `read`."""
    if part is None or part.column is None:
        constant = part.always if part else None
        return lambda _: constant
    return compile_cell(part.column, read if part.values is None else compile_table(part.values))


def compile_table(values: Mapping[str, str | None]) -> Callable[[Any], str | None]:
    """A reader of the texts in a table; any other is a BadCell that lists the known ones."""
    table = {(read_key(key) or key): value for key, value in values.items()}
    known = ", ".join(values)
    # A column holds the same few words over and over: those that are written as in the table need no treatment.
    verbatim = {key: value for key, value in values.items() if read_key(key) is not None}

    def translate_text(cell: Any) -> str | None:
        if type(cell) is str and cell in verbatim:
            return verbatim[cell]
        key = read_key(cell)
        if key is None or key in table:
            return table.get(key) if key is not None else None
        raise BadCell(f"unknown: the mapping knows {known}")

    return translate_text


def compile_money(part: MoneyColumn) -> Callable[[Any], int | None]:
    """A reader of amounts in the column's unit."""
    unit = part.unit
    return lambda cell: read_fen(cell, unit)


def blame(error: BadCell, column: str, cell: Any) -> BadCell:
    """The error, with the cell that it is about."""
    error.column = column
    error.value = show_cell(cell)[:_MAX_VALUE_CHARS]
    return error
