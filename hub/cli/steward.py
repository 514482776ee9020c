"""What the commands of a steward share: their options, and a preview as tables."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Final, TypeAlias

import typer

from hub.cli.output import make_table, print_plain
from hub.services.membership.consequences import Means, MemberChange
from hub.services.preview import CaseChange, Preview

Reason: TypeAlias = Annotated[str, typer.Option(help="Why; it is kept with the decision.")]
AskPreview: TypeAlias = Annotated[
    bool, typer.Option("--preview", help="Print the consequences and a token; write nothing.")
]
Token: TypeAlias = Annotated[str, typer.Option(help="A preview's token: refuse if anything has changed since.")]
AsJson: TypeAlias = Annotated[bool, typer.Option("--json", help="Print JSON.")]
_SHOWN: Final = 5


def print_preview(preview: Preview) -> None:
    """The consequences as tables, and the token."""
    if preview.repeats:
        print_plain(f"This was decided already: {', '.join(preview.repeats)}.")
    if not preview.settled:
        print_plain("The component is too large to be decided on at once: the worker (hub work) would do it.")
    _print_table("Record", "From person", "To person", rows=preview.moves, title="Records that move")
    _print_table(
        "Person",
        "Records before",
        "Records after",
        rows=((one.id, _few(one.before), _few(one.after)) for one in preview.persons),
        title="Persons",
    )
    _print_table("Id", "Answered by", "Then by", rows=preview.ids, title="Ids")
    _print_table("Person", "Field", "Before", "After", rows=preview.fields, title="Golden records")
    _print_table("Person", "Before", "After", rows=map(_member, preview.members), title="Tiers and balances")
    _print_table("Case", "Kind", "About", "Sides", rows=map(_case, preview.opened), title="Cases that open")
    _print_table("Case", "Kind", "About", "Sides", rows=map(_case, preview.closed), title="Cases that close")
    if preview.settled and not (preview.moves or preview.fields or preview.opened or preview.closed):
        print_plain("Nobody changes.")
    print_plain(f"Token: {preview.token}")


def _print_table(*headings: str, rows: Iterable[Iterable[str | None]], title: str) -> None:
    listed = list(rows)
    if listed:
        print_plain(make_table(*headings, rows=listed, title=f"{title} ({len(listed):,})"))


def _case(case: CaseChange) -> tuple[str | None, ...]:
    return case.id or "(new)", case.kind, case.type or None, " / ".join(map(_few, case.sides)) or None


def _member(change: MemberChange) -> tuple[str | None, ...]:
    return change.person, _means(change.before), _means(change.after)


def _means(means: Means | None) -> str | None:
    if means is None:
        return None
    return ", ".join([means.tier or "no tier", *(f"{amount:,} {asset}" for asset, amount in means.available.items())])


def _few(records: tuple[str, ...]) -> str:
    shown = ", ".join(records[:_SHOWN])
    return f"{shown} and {len(records) - _SHOWN:,} more" if len(records) > _SHOWN else shown or "-"
