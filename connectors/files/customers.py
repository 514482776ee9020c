"""Rows of customers to events."""

from __future__ import annotations

from collections.abc import Iterator
from zoneinfo import ZoneInfo

from connectors.files.balances import compile_balance, compile_tier
from connectors.files.cells import Reader, compile_cell, compile_required, compile_text
from connectors.files.columns import SYSTEM_SCOPE, IdentifierColumn
from connectors.files.mapping import CustomerMapping
from connectors.files.outcomes import Outcome, Rejected, Translated
from connectors.files.profiles import compile_profile
from connectors.files.rows import BadCell, BadRow, Cells, Row, Source
from connectors.files.times import compile_instant
from connectors.files.values import read_code
from hub.core.clock import from_ms
from hub.core.model import CustomerEvent, RawIdentifier, RecordKey, System


def translate_customers(
    source: Source, mapping: CustomerMapping, system: System, zone: ZoneInfo, skip: int, latest_ms: int
) -> Iterator[Outcome]:
    """One outcome a row; see `translate`."""
    make_event = compile_customer(mapping, system, zone, latest_ms)
    for position, row in enumerate(source.rows(skip), skip + 1):
        if isinstance(row, BadRow):
            yield Rejected((row.row,), row.row.line, row.column, row.value, row.reason, position)
            continue
        try:
            yield Translated(make_event(row.cells), (row,), position)
        except BadCell as error:
            yield reject((row,), error, position)


def reject(rows: tuple[Row, ...], error: BadCell, position: int) -> Rejected:
    """The rejection of rows for what is wrong with a cell of the first."""
    return Rejected(rows, rows[0].line, error.column, error.value, error.safe_message, position)


def compile_customer(mapping: CustomerMapping, system: System, zone: ZoneInfo, latest_ms: int) -> Reader[CustomerEvent]:
    """A function from a row's cells to an event; it raises BadCell."""
    key = system.key
    read_id = compile_required(mapping.external_id, read_code)
    observed = mapping.observed_at
    read_observed = (
        compile_cell(observed.column, compile_instant(zone, observed.format, latest_ms)) if observed else None
    )
    latest = from_ms(latest_ms).date()
    identifiers = [_compile_identifier(part, system) for part in mapping.identifiers]
    profile = [(name, compile_text(part, compile_profile(name, latest))) for name, part in mapping.profile.items()]
    balances = [compile_balance(asset, part, zone) for asset, part in mapping.balances.items()]
    read_tier = compile_tier(mapping.tier, zone)

    def make_event(cells: Cells) -> CustomerEvent:
        found = []
        for read_identifier in identifiers:
            identifier = read_identifier(cells)
            if identifier is not None:
                found.append(identifier)
        fields = {}
        for name, read in profile:
            value = read(cells)
            if value is not None:
                fields[name] = value
        observed_ms = read_observed(cells) if read_observed else None
        held = tuple([one for read_balance in balances if (one := read_balance(cells)) is not None])
        return CustomerEvent(RecordKey(key, read_id(cells)), observed_ms, tuple(found), fields, held, read_tier(cells))

    return make_event


def _compile_identifier(part: IdentifierColumn, system: System) -> Reader[RawIdentifier | None]:
    kind, column, verified = part.type, part.column, part.verified
    read_value = compile_cell(column, read_code)
    if part.scope_column is not None:
        read_scope = compile_required(part.scope_column, read_code)

        def read_scoped(cells: Cells) -> RawIdentifier | None:
            value = read_value(cells)
            return RawIdentifier(kind, read_scope(cells), value, column, verified) if value is not None else None

        return read_scoped
    scope = system.key if part.scope == SYSTEM_SCOPE else part.scope

    def read_identifier(cells: Cells) -> RawIdentifier | None:
        value = read_value(cells)
        return RawIdentifier(kind, scope, value, column, verified) if value is not None else None

    return read_identifier
