"""`hub decide`: what a steward knows better than the evidence."""

from __future__ import annotations

from typing import Annotated

import anyio
import typer

from hub.cli.author import Author, name_author
from hub.cli.output import print_json, print_list, print_plain
from hub.cli.runtime import open_runtime
from hub.cli.steward import AsJson, AskPreview, Reason, Token, print_preview
from hub.core.clock import from_ms
from hub.services.decisions import (
    Decision,
    DecisionRequest,
    Preview,
    fetch_decisions,
    make_decision,
    preview_decision,
    preview_withdrawal,
    request_lift,
    request_link,
    request_pin,
    withdraw_decision,
)
from hub.services.lift_targets import find_lift_target
from hub.services.programme.shipped import DEFAULT_NAME

_RECORD = "A record, written system|external_id."


def same(
    left: Annotated[str, typer.Argument(help=_RECORD)],
    right: Annotated[str, typer.Argument(help=_RECORD)],
    reason: Reason,
    author: Author = "",
    preview: AskPreview = False,
    token: Token = "",
    as_json: AsJson = False,
) -> None:
    """Two records are one customer's."""
    request = request_link(left, right, apart=False, author=name_author(author), reason=reason)
    _show(anyio.run(_decide, request, preview, token), as_json)


def apart(
    left: Annotated[str, typer.Argument(help=_RECORD)],
    right: Annotated[str, typer.Argument(help=_RECORD)],
    reason: Reason,
    author: Author = "",
    preview: AskPreview = False,
    token: Token = "",
    as_json: AsJson = False,
) -> None:
    """Two records are two customers'."""
    request = request_link(left, right, apart=True, author=name_author(author), reason=reason)
    _show(anyio.run(_decide, request, preview, token), as_json)


def pin(
    record: Annotated[str, typer.Argument(help=_RECORD)],
    field: Annotated[str, typer.Argument(help="A field of the profile, such as name.")],
    value: Annotated[str, typer.Argument(help="What it is, whatever systems say.")],
    reason: Reason,
    author: Author = "",
    preview: AskPreview = False,
    token: Token = "",
    as_json: AsJson = False,
) -> None:
    """A field of the golden record has this value; it follows the record."""
    request = request_pin(record, field, value, author=name_author(author), reason=reason)
    _show(anyio.run(_decide, request, preview, token), as_json)


def lift(
    target: Annotated[str, typer.Argument(help="A case, or a record with one quarantined identifier.")],
    allowed: Annotated[int, typer.Argument(help="How many records may share the identifier.")],
    reason: Reason,
    author: Author = "",
    preview: AskPreview = False,
    token: Token = "",
    as_json: AsJson = False,
) -> None:
    """An identifier links although more records share it than the policy allows."""
    _show(anyio.run(_lift, target, allowed, name_author(author), reason, preview, token), as_json)


def withdraw(
    decision: Annotated[str, typer.Argument(help="The decision's id.")],
    reason: Reason,
    author: Author = "",
    preview: AskPreview = False,
    token: Token = "",
    as_json: AsJson = False,
) -> None:
    """A decision holds no longer."""
    _show(anyio.run(_withdraw, decision, name_author(author), reason, preview, token), as_json)


def list_decisions(
    record: Annotated[str, typer.Option(help="Only those on this record.")] = "",
    everything: Annotated[bool, typer.Option("--all", help="Withdrawn ones too.")] = False,
    before: Annotated[str, typer.Option(help="Go on behind this decision's id.")] = "",
    limit: Annotated[int, typer.Option(help="How many.")] = 50,
    as_json: AsJson = False,
) -> None:
    """List decisions, the newest first."""
    found = anyio.run(_list, record, everything, before, limit)
    if as_json:
        print_json(found)
        return
    rows = ((one.id, one.kind, describe(one), one.author, _day(one.decided_ms), one.reason, _end(one)) for one in found)
    headings = ("Decision", "Kind", "On", "Author", "Day", "Reason", "Withdrawn")
    print_list(*headings, rows=rows, nothing=_tell_none(record, everything, before))
    if len(found) == limit:
        print_plain(f"More: --before {found[-1].id}")


def _tell_none(record: str, everything: bool, before: str) -> str:
    where = f"{f' on {record}' if record else ''}{f' before {before}' if before else ''}"
    return f"No decision{where} {'was made.' if everything else 'is in force; --all lists withdrawn ones too.'}"


def describe(decision: Decision) -> str:
    """What a decision is on, in a few words."""
    if decision.kind == "pin":
        return f"{decision.left} {decision.field} = {decision.value}"
    if decision.kind == "lift":
        return f"{decision.shown or 'an identifier'}, {decision.allowed} records"
    return f"{decision.left} {'≠' if decision.kind == 'cannot_link' else '='} {decision.right}"


async def _decide(request: DecisionRequest, preview: bool, token: str) -> Decision | Preview:
    async with open_runtime() as hub:
        if preview:
            return await preview_decision(hub.graph, hub.identity, request, await hub.load_programme(DEFAULT_NAME))
        return await make_decision(hub.graph, hub.identity, request, token or None)


async def _lift(target: str, allowed: int, author: str, reason: str, preview: bool, token: str) -> Decision | Preview:
    async with open_runtime() as hub:
        key = await find_lift_target(hub.graph, hub.identity.policy, target)
        request = request_lift(key, allowed, author=author, reason=reason)
        if preview:
            return await preview_decision(hub.graph, hub.identity, request, await hub.load_programme(DEFAULT_NAME))
        return await make_decision(hub.graph, hub.identity, request, token or None)


async def _withdraw(decision: str, author: str, reason: str, preview: bool, token: str) -> Decision | Preview:
    async with open_runtime() as hub:
        if preview:
            return await preview_withdrawal(hub.graph, hub.identity, decision, await hub.load_programme(DEFAULT_NAME))
        return await withdraw_decision(hub.graph, hub.identity, decision, author, reason, token or None)


async def _list(record: str, everything: bool, before: str, limit: int) -> list[Decision]:
    async with open_runtime() as hub:
        return await fetch_decisions(
            hub.graph, live=not everything, record=record or None, before=before or None, limit=limit
        )


def _show(found: Decision | Preview, as_json: bool) -> None:
    if as_json:
        print_json(found)
    elif isinstance(found, Preview):
        print_preview(found)
    else:
        print_plain(f"{found.id}  {describe(found)}{'' if found.live else '  (withdrawn)'}")
        if found.repeated:
            print_plain(_tell_earlier(found))
        if not found.settled:
            print_plain("Stored. Its component is too large to be settled at once: the worker (hub work) does it.")


def _tell_earlier(found: Decision) -> str:
    if found.live:
        return f"It was decided already, on {_day(found.decided_ms)} by {found.author}: nothing was changed."
    return f"It was withdrawn already, on {_end(found)}. Nothing was changed."


def _day(instant_ms: int) -> str:
    return from_ms(instant_ms).date().isoformat()


def _end(decision: Decision) -> str | None:
    if decision.withdrawn_ms is None:
        return None
    return f"{_day(decision.withdrawn_ms)} by {decision.withdrawn_by}: {decision.withdrawal_reason}"
