"""Policies for people to read."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import tzinfo
from typing import Final

from rich.table import Column, Table
from rich.text import Text

from graph.documents import DocumentVersion
from hub.cli.output import print_plain
from hub.core.clock import from_ms
from rules.policy import IdentifierType, Policy

_DIGEST_SHOWN: Final = 12


def print_types(policy: Policy) -> None:
    """A line for each type, in the order in which they are walked."""
    table = _make_table("Type", "Power", "Scoped")
    for heading in ("Priority", "Per\nperson", "Records", "Idle\ndays", "Blocked"):
        table.add_column(heading, justify="right")
    for kind in sorted(policy.types.values(), key=lambda one: (one.priority, one.name)):
        table.add_row(*_row(kind))
    print_plain(table)


def print_history(versions: Sequence[DocumentVersion], zone: tzinfo) -> None:
    """A line for each version; instants are those of the zone."""
    table = _make_table("Version", "Published", "Author", "Text")
    table.add_column("Reason")
    for one in versions:
        when = from_ms(one.published_ms).astimezone(zone).strftime("%Y-%m-%d %H:%M")
        table.add_row(str(one.number), when, Text(one.author), one.digest[:_DIGEST_SHOWN], Text(one.reason))
    print_plain(table)


def _row(kind: IdentifierType) -> list[str]:
    power = kind.power if kind.enabled else "off"
    blocked = len(kind.blocked) + len(kind.blocked_patterns)
    limits = [kind.max_per_person, kind.max_records, kind.idle_days, blocked or None]
    shown = ("" if one is None else f"{one:,}" for one in limits)
    return [kind.name, power, "yes" if kind.scoped else "", str(kind.priority), *shown]


def _make_table(*headings: str) -> Table:
    columns = (Column(heading, no_wrap=True) for heading in headings)
    return Table(*columns, box=None, pad_edge=False, header_style="bold")
