"""What imports did, for people to read."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence
from pathlib import Path

from rich.table import Column, Table

from hub.cli.output import print_plain
from hub.services.import_file import ImportSummary


def print_table(summaries: Sequence[ImportSummary], *, rehearsed: bool = False) -> None:
    """A line for each file; a rehearsal cannot know what is new."""
    headings = ["Rows", "Customers\nor orders", "New or\nchanged", "Rejected\nrows"]
    if rehearsed:
        headings.remove("New or\nchanged")
    table = Table(
        Column("File", no_wrap=True), Column("System", no_wrap=True), box=None, pad_edge=False, header_style="bold"
    )
    for heading in headings:
        table.add_column(heading, justify="right")
    for one in summaries:
        changed = one.changed_records if one.kind == "customers" else one.changed_orders
        counts = (
            [one.rows, one.accepted, one.rejected] if rehearsed else [one.rows, one.accepted, changed, one.rejected]
        )
        table.add_row(one.path.name, one.system, *(f"{count:,}" for count in counts))
    print_plain(table)


def print_notes(summaries: Sequence[ImportSummary], mapping: Path | None) -> None:
    """What the table cannot say, with the command that completes the job; `mapping` is what was given for all."""
    for one in summaries:
        for note in _list_notes(one, mapping):
            print_plain(note)


def _list_notes(one: ImportSummary, mapping: Path | None) -> Iterator[str]:
    name = one.path.name
    if one.resumed_at:
        yield f"{name}: went on from row {one.resumed_at:,}."
    if one.changed_balances:
        yield f"{name}: {one.changed_balances:,} balances opened or corrected."
    if one.changed_tiers:
        yield f"{name}: {one.changed_tiers:,} tiers granted or changed."
    if one.was_complete:
        yield f"{name}: imported before, nothing to do (--again reads it anew)."
    if one.set_aside is not None:
        yield f"{one.set_aside}: the rejects file of an earlier run, moved here because it was changed since."
    if one.rejects is None:
        return
    if one.was_complete and not one.rejects.exists():
        yield f"{name}: {_rows(one.rejected)} rejected then, but {one.rejects} is gone (--again writes it anew)."
        return
    command = ["hub", "import", "--system", one.system]
    command += ["--mapping", str(mapping)] if mapping else []
    where = f"still in {one.rejects}" if one.was_complete else f"in {one.rejects}"
    yield f"{name}: {_rows(one.rejected)} rejected, {where}. Correct what is wrong there, then run:"
    yield f"  {shlex.join([*command, str(one.rejects)])}"


def _rows(count: int) -> str:
    return f"{count:,} {'row was' if count == 1 else 'rows were'}"
