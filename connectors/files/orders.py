"""Rows of orders to events: a row an order, a row a line, or a row an order with a list of lines."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from operator import itemgetter
from typing import Any, Final, NamedTuple
from zoneinfo import ZoneInfo

from connectors.files.cells import (
    Reader,
    blame,
    compile_cell,
    compile_lookup,
    compile_money,
    compile_required,
    compile_text,
    find_values,
)
from connectors.files.columns import LineColumns, TextColumn
from connectors.files.mapping import OrderMapping
from connectors.files.order_course import Said, compile_course
from connectors.files.rows import BadCell, Cells, Row
from connectors.files.times import compile_instant
from connectors.files.values import read_code, read_quantity, read_text
from hub.core.model import ORDER_STATUSES, OrderEvent, OrderLine, System

MAX_ORDER_ROWS: Final = 5000


class OrderHead(NamedTuple):
    """What each row of an order says of the whole order."""

    external_id: str | None
    placed_ms: int | None
    status: str | None
    amount_fen: int | None
    store: str | None
    observed_ms: int | None


@dataclass(frozen=True, slots=True)
class OrderReader:
    """An order mapping put together for one file.

    Attributes:
        find_id: the cell of the order id, unread.
        head_cells: the cells that `read_head` reads, unread.
        read_lines: the lines that one row holds; a line without an id of its own has an empty one.
        grouped: whether adjacent rows with one order id are one order.
        needs_total: the column of the order's total where no line states an amount, else None.
        read_course: what a row says of the order's course; None where the mapping names nothing of it.
    """

    system: str
    find_id: Reader[Any]
    read_id: Reader[str]
    read_head: Reader[OrderHead]
    read_lines: Reader[tuple[OrderLine, ...]]
    head_cells: Callable[[Cells], Sequence[Any]]
    grouped: bool
    needs_total: str | None
    read_course: Reader[Said] | None = None


def compile_order(mapping: OrderMapping, system: System, zone: ZoneInfo, latest_ms: int) -> OrderReader:
    """The functions that read a row of this mapping; each raises BadCell."""
    lines = mapping.lines
    parts = (mapping.placed_at, mapping.status, mapping.store, mapping.amount, mapping.observed_at)
    head = [mapping.customer, *(part.column for part in parts if part)]
    return OrderReader(
        system=system.key,
        find_id=compile_lookup(mapping.order_id),
        read_id=compile_required(mapping.order_id, read_code),
        read_head=_compile_head(mapping, zone, latest_ms),
        read_lines=_compile_lines(lines) if lines else lambda _: (),
        head_cells=_compile_cells([name for name in head if name]),
        grouped=lines is None or lines.path is None,
        needs_total=mapping.amount.column if mapping.amount and lines and lines.amount is None else None,
        read_course=compile_course(mapping, zone, latest_ms),
    )


def make_order(reader: OrderReader, order_id: str, rows: list[Row]) -> OrderEvent:
    """The event of an order's rows. Raises `BadRows` with what is wrong with each of the bad ones."""
    head: OrderHead | None = None
    seen: Sequence[Any] = ()
    lines: list[OrderLine] = []
    course: Said | None = None
    bad: list[tuple[Row, BadCell]] = []
    head_cells, read_lines, read_course = reader.head_cells, reader.read_lines, reader.read_course
    for row in rows:
        try:
            cells = row.cells
            # Most rows of an order repeat its cells to the letter, and need not be parsed again.
            said = head_cells(cells)
            if head is None or said != seen:
                head, seen = _join_heads(head, reader.read_head(cells)), said
            lines += read_lines(cells)
            if read_course is not None:
                said_now = read_course(cells)
                course = said_now if course is None else course.join(said_now)
        except BadCell as error:
            bad.append((row, error))
    if head is not None and not bad:
        try:
            if reader.needs_total is not None and head.amount_fen is None:
                raise blame(BadCell("missing: no line states an amount either"), reader.needs_total, None)
            return _make_event(reader, order_id, head, _name_lines(lines), course)
        except BadCell as error:
            bad.append((rows[0], error))
    raise BadRows(bad)


def _make_event(
    reader: OrderReader, order_id: str, head: OrderHead, lines: tuple[OrderLine, ...], course: Said | None
) -> OrderEvent:
    event = OrderEvent(
        system=reader.system,
        order_id=order_id,
        external_id=head.external_id,
        placed_ms=head.placed_ms,
        status=head.status,
        amount_fen=head.amount_fen,
        store=head.store,
        observed_ms=head.observed_ms,
        lines=lines,
    )
    if course is None:
        return event
    return replace(
        event,
        phone=course.phone,
        deposit_fen=course.deposit_fen,
        reached=course.reached,
        refunds=course.refunds,
        exchanges=course.exchanges,
    )


class BadRows(Exception):
    """The rows of an order that are wrong, each with its first bad cell."""

    def __init__(self, bad: list[tuple[Row, BadCell]]) -> None:
        super().__init__()
        self.bad = bad


def _compile_cells(columns: list[str]) -> Callable[[Cells], Sequence[Any]]:
    if not columns or any("." in column for column in columns):
        lookups = [compile_lookup(column) for column in columns]
        return lambda cells: [find(cells) for find in lookups]
    take = itemgetter(*columns, *columns[:1])  # of a single column it would give no tuple

    def take_all(cells: Cells) -> Any:
        try:
            return take(cells)
        except KeyError:
            return [cells.get(column) for column in columns]

    return take_all


def _compile_head(mapping: OrderMapping, zone: ZoneInfo, latest_ms: int) -> Reader[OrderHead]:
    read_customer = _optional(mapping.customer, read_code)
    placed = mapping.placed_at
    read_placed = (
        compile_required(placed.column, compile_instant(zone, placed.format, latest_ms)) if placed else _nothing
    )
    read_status = _compile_status(mapping.status) if mapping.status else _nothing
    amount, observed = mapping.amount, mapping.observed_at
    read_amount = compile_cell(amount.column, compile_money(amount)) if amount else _nothing
    read_store = compile_text(mapping.store, read_code)
    read_observed = (
        compile_cell(observed.column, compile_instant(zone, observed.format, latest_ms)) if observed else _nothing
    )

    def read_head(cells: Cells) -> OrderHead:
        return OrderHead(
            read_customer(cells),
            read_placed(cells),
            read_status(cells),
            read_amount(cells),
            read_store(cells),
            read_observed(cells),
        )

    return read_head


def _compile_status(part: TextColumn) -> Reader[str]:
    if part.always is not None:
        constant = part.always
        return lambda _: constant
    table = part.values if part.values is not None else {status: status for status in ORDER_STATUSES}
    read = compile_text(part.model_copy(update={"values": table}))
    column = part.column or ""

    def read_status(cells: Cells) -> str:
        status = read(cells)
        if status is None:
            raise blame(BadCell(f"missing: the mapping knows {', '.join(table)}"), column, None)
        return status

    return read_status


def _compile_lines(part: LineColumns) -> Reader[tuple[OrderLine, ...]]:
    read_line = _compile_line(part)
    if part.path is None:
        return lambda cells: (read_line(cells),)
    path, find = part.path, compile_lookup(part.path)

    def read_nested(cells: Cells) -> tuple[OrderLine, ...]:
        items = find(cells)
        if items is None:
            return ()
        if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
            raise blame(BadCell("not a list of objects, one for each line"), path, items)
        if len(items) > MAX_ORDER_ROWS:
            raise blame(BadCell(f"more than {MAX_ORDER_ROWS:,} lines"), path, None)
        try:
            return tuple([read_line(item) for item in items])
        except BadCell as error:
            error.column = f"{path}[].{error.column}"
            raise

    return read_nested


def _compile_line(part: LineColumns) -> Reader[OrderLine]:
    """A row's line: looked up cell by cell, and read with care only where that fails, to say which cell is wrong."""
    read_carefully = _compile_line_with_care(part)
    amount = part.amount
    found = [
        find_values(part.line_id, read_code, ""),
        find_values(part.sku, read_code, ""),
        find_values(part.name, read_text, "", required=False),
        find_values(part.quantity, read_quantity, 1),
        find_values(amount.column if amount else None, compile_money(amount) if amount else read_quantity, 0),
    ]
    named = [column for column, _ in found if column]
    if not named or any("." in column for column in named):
        return read_carefully
    # Where there is no column any other will do: the value is the same whatever the cell.
    id_column, sku_column, name_column, count_column, amount_column = [column or named[0] for column, _ in found]
    ids, skus, names, counts, amounts = [values for _, values in found]
    make = tuple.__new__  # what `OrderLine` would call

    def read_line(cells: Cells) -> OrderLine:
        try:
            return make(
                OrderLine,
                (
                    ids[cells[id_column]],
                    skus[cells[sku_column]],
                    names[cells[name_column]],
                    counts[cells[count_column]],
                    amounts[cells[amount_column]],
                ),
            )
        except (BadCell, LookupError, TypeError):  # a wrong cell, none, or one that is no plain value
            return read_carefully(cells)

    return read_line


def _compile_line_with_care(part: LineColumns) -> Reader[OrderLine]:
    read_line_id = compile_required(part.line_id, read_code) if part.line_id else lambda _: ""
    read_sku = compile_required(part.sku, read_code) if part.sku else lambda _: ""
    read_name = _optional(part.name, read_text)
    read_count = compile_required(part.quantity, read_quantity) if part.quantity else lambda _: 1
    amount = part.amount
    read_amount = compile_required(amount.column, compile_money(amount)) if amount else lambda _: 0

    def read_line(cells: Cells) -> OrderLine:
        return OrderLine(
            read_line_id(cells), read_sku(cells), read_name(cells) or "", read_count(cells), read_amount(cells)
        )

    return read_line


def _join_heads(first: OrderHead | None, other: OrderHead) -> OrderHead:
    """What two rows say together: the earliest placing, the latest observation, and no contradiction otherwise."""
    if first is None:
        return other
    for name in ("external_id", "status", "amount_fen", "store"):
        one, two = getattr(first, name), getattr(other, name)
        if one is not None and two is not None and one != two:
            raise BadCell(f"the rows of this order contradict each other: {name} is not the same in all of them")
    return OrderHead(
        external_id=first.external_id or other.external_id,
        placed_ms=min((ms for ms in (first.placed_ms, other.placed_ms) if ms is not None), default=None),
        status=first.status,
        amount_fen=first.amount_fen if first.amount_fen is not None else other.amount_fen,
        store=first.store or other.store,
        observed_ms=max((ms for ms in (first.observed_ms, other.observed_ms) if ms is not None), default=None),
    )


def _name_lines(lines: list[OrderLine]) -> tuple[OrderLine, ...]:
    """The lines by unique id: one without an id takes its SKU, name or place, with #2, #3 where that repeats."""
    ids = {line.line_id for line in lines}
    if len(ids) == len(lines) and "" not in ids:
        return tuple(lines)
    named: dict[str, OrderLine] = {}
    counts: dict[str, int] = {}
    for place, line in enumerate(lines, 1):
        if line.line_id:
            # An export that repeats a line to the letter says nothing new.
            if named.setdefault(line.line_id, line) != line:
                raise BadCell(f"two different lines of this order have the id {line.line_id}")
            continue
        line_id = wanted = line.sku or line.name or str(place)
        count = counts.get(wanted, 1)
        while line_id in named:
            count += 1
            line_id = f"{wanted}#{count}"
        counts[wanted] = count
        named[line_id] = OrderLine(line_id, *line[1:])
    return tuple(named.values())


def _optional(column: str | None, read: Callable[[Any], str | None]) -> Reader[str | None]:
    return compile_cell(column, read) if column else _nothing


def _nothing(_: Cells) -> None:
    return None
