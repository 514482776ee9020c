"""What rows of orders say of an order's course: stages, deposits, refunds, exchanges, and a guest's phone.

Few mappings have any of it; those that have not pay nothing for it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from connectors.files.cells import Reader, blame, compile_cell, compile_lookup, compile_money, compile_required
from connectors.files.columns import RefundColumns, ReturnColumns
from connectors.files.mapping import OrderMapping
from connectors.files.rows import BadCell, Cells
from connectors.files.times import compile_instant
from connectors.files.values import read_code, read_quantity, read_text
from hub.core.course import Exchange, Refund

_V = TypeVar("_V")


@dataclass(frozen=True, slots=True)
class Said:
    """What one or more rows of an order say of its course; see `OrderEvent`."""

    phone: str | None = None
    deposit_fen: int | None = None
    reached: tuple[tuple[str, int], ...] = ()
    refunds: tuple[Refund, ...] = ()
    exchanges: tuple[Exchange, ...] = ()

    def join(self, other: Said) -> Said:
        """What both say; raises BadCell where they contradict each other."""
        return Said(
            self.phone or other.phone,
            _one("deposit", self.deposit_fen, other.deposit_fen),
            _once("instant of the stage", [*self.reached, *other.reached], lambda one: one[0]),
            _once("refund", [*self.refunds, *other.refunds], lambda one: (one.refund_id, one.line_id)),
            _once("exchange of the line", [*self.exchanges, *other.exchanges], lambda one: one.line_id),
        )


def compile_course(mapping: OrderMapping, zone: ZoneInfo, latest_ms: int) -> Reader[Said] | None:
    """A reader of a row, which raises BadCell; None where the mapping names nothing of it."""
    if not mapping.tells_course:
        return None
    read_phone = compile_cell(mapping.phone, read_text) if mapping.phone else _nothing
    deposit = mapping.deposit
    read_deposit = compile_cell(deposit.column, compile_money(deposit)) if deposit else _nothing
    stages = [
        (stage, compile_cell(part.column, compile_instant(zone, part.format, latest_ms)))
        for stage, part in sorted(mapping.reached_at.items())
    ]
    read_refund = _compile_refund(mapping.refund) if mapping.refund else lambda _: ()
    read_lines = _compile_lines(mapping)

    def read(cells: Cells) -> Said:
        instants = [(stage, read_at(cells)) for stage, read_at in stages]
        said = read_lines(cells)
        return replace(
            said,
            phone=read_phone(cells),
            deposit_fen=read_deposit(cells),
            reached=tuple((stage, at_ms) for stage, at_ms in instants if at_ms is not None),
            refunds=(*said.refunds, *read_refund(cells)),
        )

    return read


def _compile_refund(part: RefundColumns) -> Reader[tuple[Refund, ...]]:
    """A row that names no refund says nothing of one."""
    read_id = compile_cell(part.id, read_code)
    read_line = compile_cell(part.line_id, read_code) if part.line_id else _nothing
    read_back = _compile_back(part)

    def read(cells: Cells) -> tuple[Refund, ...]:
        refund_id = read_id(cells)
        if refund_id is None:
            return ()
        quantity, amount_fen = read_back(cells)
        if not (quantity or amount_fen):
            raise blame(BadCell("missing: neither an amount nor a quantity"), part.id, refund_id)
        return (Refund(refund_id, read_line(cells) or "", quantity, amount_fen),)

    return read


def _compile_lines(mapping: OrderMapping) -> Reader[Said]:
    """Of lines that have ids: what was refunded of each until now, and which other line each is given for."""
    lines = mapping.lines
    if lines is None or lines.line_id is None or not (lines.refunded or lines.replaces):
        return lambda _: Said()
    read_id = compile_required(lines.line_id, read_code)
    read_back = _compile_back(lines.refunded) if lines.refunded else lambda _: (0, 0)
    read_replaced = compile_cell(lines.replaces, read_code) if lines.replaces else _nothing
    find = compile_lookup(lines.path) if lines.path else lambda cells: [cells]

    def read(cells: Cells) -> Said:
        said = Said()
        for line in find(cells) or ():
            line_id, (quantity, amount_fen), replaced = read_id(line), read_back(line), read_replaced(line)
            refunds = (Refund("", line_id, quantity, amount_fen),) if quantity or amount_fen else ()
            exchanges = (Exchange(replaced, line_id),) if replaced and replaced != line_id else ()
            said = said.join(Said(refunds=refunds, exchanges=exchanges))
        return said

    return read


def _compile_back(part: ReturnColumns) -> Reader[tuple[int, int]]:
    """How many and how much came back; some sources write that with a minus."""
    amount = part.amount
    read_quantity_of = compile_cell(part.quantity, read_quantity) if part.quantity else _nothing
    read_amount = compile_cell(amount.column, compile_money(amount)) if amount else _nothing
    return lambda cells: (abs(read_quantity_of(cells) or 0), abs(read_amount(cells) or 0))


def _one(what: str, first: _V | None, other: _V | None) -> _V | None:
    if first is not None and other is not None and first != other:
        raise _contradiction(what)
    return other if first is None else first


def _once(what: str, said: Iterable[_V], name: Callable[[_V], Any]) -> tuple[_V, ...]:
    found: dict[Any, _V] = {}
    for one in said:
        if found.setdefault(name(one), one) != one:
            raise _contradiction(f"{what} {name(one)}")
    return tuple(found.values())


def _contradiction(what: str) -> BadCell:
    return BadCell(f"the rows of this order contradict each other: the {what} is not the same in all of them")


def _nothing(_: Cells) -> None:
    return None
