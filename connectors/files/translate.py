"""Rows to events, by a mapping. Pure: nothing is stored, and identifiers are not normalised yet."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice, takewhile
from zoneinfo import ZoneInfo

from connectors.files.customers import reject, translate_customers
from connectors.files.headers import require_columns
from connectors.files.mapping import CustomerMapping, Mapping, OrderMapping
from connectors.files.orders import MAX_ORDER_ROWS, BadRows, OrderReader, compile_order, make_order
from connectors.files.outcomes import Outcome, Problem, Rejected, Translated
from connectors.files.rows import BadCell, BadRow, Row, Source
from hub.core.errors import InvalidInput
from hub.core.model import OrderEvent, System


def translate(
    source: Source, mapping: Mapping, system: System, *, timezone: str, latest_ms: int, skip: int = 0
) -> Iterator[Outcome]:
    """The outcomes of a file's rows after the first `skip`, in order, as they are read.

    Every row is in exactly one outcome. A customer is one row. Where a row is a line of an order, adjacent rows with
    one order id are one order, which is rejected as a whole if one of them is bad; the same id further down is
    another event of that order. Without lines they have to repeat each other. `timezone` counts where the mapping
    names none. Nothing may have happened after `latest_ms`.

    Raises:
        InvalidInput: at once, not at the first row: the mapping is for another kind of system, or names a column
            that the file has not (JSON Lines, whose rows may lack keys: one without which no row has a meaning).
    """
    if mapping.system is not None and mapping.system != system.kind:
        raise InvalidInput(
            f"The mapping is for systems of the kind {mapping.system}, and {system.key} is of the kind {system.kind}. "
            "Choose another mapping or another system."
        )
    require_columns(source, mapping.required() if source.sparse else mapping.columns())
    zone = ZoneInfo(mapping.timezone or timezone)
    if isinstance(mapping, CustomerMapping):
        return translate_customers(source, mapping, system, zone, skip, latest_ms)
    reader = compile_order(mapping, system, zone, latest_ms)
    outcomes = _translate_orders(source, mapping, reader, skip)
    if mapping.lines is None or mapping.lines.line_id is not None or not reader.grouped:
        return outcomes
    return _refuse_scattered(
        outcomes, takewhile(lambda one: one.position <= skip, _translate_orders(source, mapping, reader, 0)), mapping
    )


def _refuse_scattered(outcomes: Iterator[Outcome], done: Iterator[Outcome], mapping: OrderMapping) -> Iterator[Outcome]:
    """Reject rows of an order that do not stand with its others.

    Lines without ids are told apart within the rows that stand together; further rows would take their places. An
    order that is repeated as a whole is fine. `done` are the outcomes of an earlier run.
    """
    seen: dict[int, int] = {}
    for outcome in done:
        if isinstance(outcome, Translated) and isinstance(outcome.event, OrderEvent):
            seen.setdefault(hash(outcome.event.order_id), hash(outcome.event))
    for outcome in outcomes:
        if isinstance(outcome, Translated) and isinstance(outcome.event, OrderEvent):
            order_id = outcome.event.order_id
            if seen.setdefault(hash(order_id), hash(outcome.event)) != hash(outcome.event):
                reason = "other rows of this order stand further up: sort the file by order, or map `line_id`"
                rows = outcome.rows
                yield Rejected(rows, rows[0].line, mapping.order_id, order_id, reason, outcome.position)
                continue
        yield outcome


def _translate_orders(source: Source, mapping: OrderMapping, reader: OrderReader, skip: int) -> Iterator[Outcome]:
    rows: list[Row] = []
    order_id = ""
    position = skip
    overlong = _last_order(source, reader, skip)
    found: str | BadCell | None = None
    last: object = None
    for row in source.rows(skip):
        # Most rows repeat the order id of the row before, and need not have it read again.
        raw = reader.find_id(row.cells) if isinstance(row, Row) else None
        if raw is None or raw != last or not isinstance(found, str):
            found, last = _order_of(row, reader), raw
        if rows and (found != order_id or not reader.grouped or len(rows) == MAX_ORDER_ROWS):
            overlong = order_id if len(rows) == MAX_ORDER_ROWS and found == order_id else overlong
            yield _finish(reader, mapping, order_id, rows, position, overlong)
            rows = []
        position += 1
        if isinstance(row, Row) and isinstance(found, str):
            order_id, overlong = found, overlong if found == overlong else None
            rows.append(row)
        elif isinstance(row, BadRow):
            yield Rejected((row.row,), row.row.line, row.column, row.value, row.reason, position)
        elif isinstance(found, BadCell):
            yield reject((row,), found, position)
    if rows:
        yield _finish(reader, mapping, order_id, rows, position, overlong)


def _order_of(row: Row | BadRow, reader: OrderReader) -> str | BadCell | None:
    if isinstance(row, BadRow):
        return None
    try:
        return reader.read_id(row.cells)
    except BadCell as error:
        return error


def _last_order(source: Source, reader: OrderReader, skip: int) -> str | None:
    """The order before the place where a run resumes, if rows of it follow: then it is one that was too long.

    A resumed run starts where an order ended, so that only the rest of a rejected order can follow on itself.
    """
    if skip == 0 or not reader.grouped:
        return None
    found = [_order_of(row, reader) for row in islice(source.rows(skip - 1), 2)]
    return found[0] if len(found) == 2 and isinstance(found[0], str) and found[0] == found[1] else None


def _finish(
    reader: OrderReader, mapping: OrderMapping, order_id: str, rows: list[Row], position: int, overlong: str | None
) -> Outcome:
    group = tuple(rows)
    reason = None
    if order_id == overlong:
        reason = (
            f"more than {MAX_ORDER_ROWS:,} adjacent rows have this order id: "
            "is this column really the number of the order?"
        )
    elif mapping.lines is None and mapping.refund is None and any(row.cells != rows[0].cells for row in rows):
        # Only one of the rows could be kept, and the money in the others would be lost without a word.
        reason = "this order has several rows that differ: the mapping needs `lines`"
    if reason is not None:
        return Rejected(group, group[0].line, mapping.order_id, order_id, reason, position)
    try:
        return Translated(make_order(reader, order_id, rows), group, position)
    except BadRows as error:
        problems = [Problem(row.line, cell.column, cell.value, cell.safe_message) for row, cell in error.bad]
        first = problems[0]
        return Rejected(group, first.line, first.column, first.value, first.reason, position, tuple(problems[1:]))
