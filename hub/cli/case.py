"""`hub case`: the questions that the evidence leaves open."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated
from zoneinfo import ZoneInfo

import anyio
import typer

from graph.case_work import CaseSummary
from hub.cli.author import Author, name_author
from hub.cli.case_report import print_case, print_queue, read_start
from hub.cli.decide import describe
from hub.cli.output import print_json, print_plain
from hub.cli.runtime import open_runtime
from hub.cli.steward import AsJson, AskPreview, Reason, Token, print_preview
from hub.core.settings import load_settings
from hub.services.case_details import CaseDetails
from hub.services.cases import (
    CaseAnswer,
    CaseFilter,
    answer_case,
    assign_case,
    comment_case,
    fetch_cases,
    get_case,
    preview_answer,
    set_due,
)
from hub.services.preview import Preview
from hub.services.programme.shipped import DEFAULT_NAME

_CaseId = Annotated[str, typer.Argument(help="The case's id.", metavar="CASE")]


def list_cases(
    state: Annotated[str, typer.Option(help="open, answered or moot.")] = "open",
    kind: Annotated[str, typer.Option(help="Only this kind, such as shared_identifier.")] = "",
    assignee: Annotated[str, typer.Option(help="Only those given to this person.")] = "",
    after: Annotated[str, typer.Option(help="Go on where the page before ended.")] = "",
    limit: Annotated[int, typer.Option(help="How many.")] = 50,
    as_json: AsJson = False,
) -> None:
    """List cases: those with most value at stake first, then the oldest."""
    found = anyio.run(_list, CaseFilter(state, kind or None, assignee or None), after, limit)
    if as_json:
        print_json(found)
    else:
        print_queue(found, state=state, full=len(found) == limit)


def show(case: _CaseId, as_json: AsJson = False) -> None:
    """Show a case: what its sides say, what the hub would answer, what was done about it."""
    found = anyio.run(_get, case)
    if as_json:
        print_json(found)
    else:
        print_case(found)


def assign(
    case: _CaseId,
    assignee: Annotated[str, typer.Argument(help="Who answers it; - for nobody.")],
    author: Author = "",
) -> None:
    """Give a case to somebody."""
    to = None if assignee == "-" else assignee
    anyio.run(_assign, case, to, name_author(author))
    print_plain(f"{case}  given to {to or 'nobody'}")


def due(
    case: _CaseId,
    day: Annotated[str, typer.Argument(help="Such as 2026-12-31; - for none.")],
    author: Author = "",
) -> None:
    """Set the day by which a case should be answered."""
    today = datetime.now(ZoneInfo(load_settings().timezone)).date()
    by = None if day == "-" else day
    anyio.run(_set_due, case, by, today, name_author(author))
    print_plain(f"{case}  {f'due on {by}' if by else 'has no due date'}")


def comment(
    case: _CaseId, text: Annotated[str, typer.Argument(help="What there is to say.")], author: Author = ""
) -> None:
    """Add a comment to a case."""
    anyio.run(_comment, case, text, name_author(author))
    print_plain(f"{case}  comment added")


def answer(
    case: _CaseId,
    outcome: Annotated[str, typer.Argument(help="same, different, lift or dismiss.")],
    reason: Reason,
    allowed: Annotated[int | None, typer.Option(help="With lift: how many records may share it.")] = None,
    author: Author = "",
    preview: AskPreview = False,
    token: Token = "",
    as_json: AsJson = False,
) -> None:
    """Answer a case; the decisions behind the answer are made with it."""
    found = anyio.run(_answer, case, outcome, name_author(author), reason, allowed, preview, token)
    if as_json:
        print_json(found)
    elif isinstance(found, Preview):
        print_preview(found)
    else:
        _print_answer(found)


async def _list(wanted: CaseFilter, after: str, limit: int) -> list[CaseSummary]:
    async with open_runtime() as hub:
        return await fetch_cases(hub.graph, wanted, after=read_start(after), limit=limit)


async def _get(case: str) -> CaseDetails:
    async with open_runtime() as hub:
        return await get_case(hub.graph, hub.identity, case)


async def _assign(case: str, assignee: str | None, author: str) -> None:
    async with open_runtime() as hub:
        await assign_case(hub.graph, case, assignee, author=author)


async def _set_due(case: str, day: str | None, today: date, author: str) -> None:
    async with open_runtime() as hub:
        await set_due(hub.graph, case, day, today=today, author=author)


async def _comment(case: str, text: str, author: str) -> None:
    async with open_runtime() as hub:
        await comment_case(hub.graph, case, text, author=author)


async def _answer(
    case: str, outcome: str, author: str, reason: str, allowed: int | None, preview: bool, token: str
) -> CaseAnswer | Preview:
    async with open_runtime() as hub:
        if preview:
            programme = await hub.load_programme(DEFAULT_NAME)
            return await preview_answer(hub.graph, hub.identity, case, outcome, allowed=allowed, programme=programme)
        return await answer_case(
            hub.graph, hub.identity, case, outcome, author, reason, allowed=allowed, token=token or None
        )


def _print_answer(found: CaseAnswer) -> None:
    print_plain(f"{found.case_id}  answered {found.outcome}{' before: nothing was changed' if found.repeated else ''}")
    for decision in found.decisions:
        print_plain(f"  {decision.id}  {describe(decision)}")
    if not found.settled:
        print_plain("Stored. The component is too large to be settled at once: the worker (hub work) does it.")
