"""Work on cases: the queue, who has which until when, comments, and answers."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date
from typing import Final

from graph import case_answers, case_work, decisions
from graph.case_work import FIRST_PAGE, CaseSummary, PageStart, StoredCaseDetails
from graph.database import Graph, Transaction
from graph.decisions import Decision
from graph.reading import Reader
from hub.core.clock import find_day, now_ms
from hub.core.errors import Conflict, InvalidInput, NotFound
from hub.services import case_details
from hub.services.case_details import CaseDetails
from hub.services.case_requests import request_answer
from hub.services.decision_draft import draft_decisions, fetch_made, write_draft
from hub.services.decision_request import check_author, check_reason
from hub.services.decisions import check_token
from hub.services.identity import Identity
from hub.services.policy import check_policy
from hub.services.preview import CaseChange, Preview, add_members, make_preview
from rules.programme import Programme

STATES: Final = ("open", "answered", "moot")
KINDS: Final = (
    "limit_exceeded",
    "shared_identifier",
    "recycled_phone",
    "blast_radius",
    "conflicting_decisions",
    "stronger_evidence",
    "weak_similarity",
)
MOST_LISTED: Final = 500
_PORTION: Final = 200


@dataclass(frozen=True, slots=True)
class CaseFilter:
    """Which cases: in a state, of a kind (None: any), given to somebody (None: to anybody or nobody)."""

    state: str = "open"
    kind: str | None = None
    assignee: str | None = None


@dataclass(frozen=True, slots=True)
class CaseAnswer:
    """What an answer came to.

    Attributes:
        decisions: those that it consists of, earlier ones that said the same included.
        settled, repeated: as in `graph.decisions.Decision`.
    """

    case_id: str
    outcome: str
    decisions: tuple[Decision, ...]
    settled: bool = True
    repeated: bool = field(default=False, compare=False)


class _Idle(Exception):
    """Ends a transaction that has nothing to write."""

    def __init__(self, answer: CaseAnswer) -> None:
        super().__init__(answer.case_id)
        self.answer = answer


async def fetch_cases(
    graph: Graph, wanted: CaseFilter | None = None, *, after: PageStart = FIRST_PAGE, limit: int = 50
) -> list[CaseSummary]:
    """A page of cases: those with most value at stake first, then the oldest.

    Args:
        after: where the page before ended: `start_after` of its last case.

    Raises:
        InvalidInput: no such state or kind, or a page of no or too many cases.
    """
    asked = wanted or CaseFilter()
    if asked.state not in STATES:
        raise InvalidInput(f"{asked.state[:50]!r} is no state of a case. States: {', '.join(STATES)}.")
    if asked.kind is not None and asked.kind not in KINDS:
        raise InvalidInput(f"{asked.kind[:50]!r} is no kind of case. Kinds: {', '.join(KINDS)}.")
    if not 0 < limit <= MOST_LISTED:
        raise InvalidInput(f"A page has 1 to {MOST_LISTED} cases.")
    return await case_work.fetch_page(
        graph, state=asked.state, kind=asked.kind or "", assignee=asked.assignee or "", after=after, limit=limit
    )


def start_after(case: CaseSummary) -> PageStart:
    """Where the page behind a case starts."""
    return PageStart(case.value_fen, case.opened_ms, case.id)


async def get_case(graph: Graph, identity: Identity, case_id: str) -> CaseDetails:
    """A case with the evidence of its sides; raises NotFound."""
    return await case_details.get_case(graph, identity.policy, case_id)


async def assign_case(graph: Graph, case_id: str, assignee: str | None, *, author: str) -> None:
    """Give an open case to somebody, or (None) to nobody; raises NotFound, Conflict for a closed one, InvalidInput."""
    name = None if assignee is None else check_author(assignee, "An assignee")
    await graph.write(_assign, _read_id(case_id), name, check_author(author))


async def set_due(graph: Graph, case_id: str, due: str | None, *, today: date, author: str) -> None:
    """Set the day, YYYY-MM-DD, by which an open case should be answered; None for none. Raises as `assign_case`."""
    if due is not None:
        day = find_day(due)
        if day is None:
            raise InvalidInput("A due date is a date such as 2026-12-31.")
        if day < today:
            raise InvalidInput(f"{due} is over: a due date is today, {today}, or later.")
    await graph.write(_set_due, _read_id(case_id), due, check_author(author))


async def comment_case(graph: Graph, case_id: str, text: str, *, author: str) -> None:
    """Add a comment to a case, open or closed; raises NotFound and InvalidInput."""
    await graph.write(_comment, _read_id(case_id), check_reason(text, "A comment"), check_author(author))


async def preview_answer(
    graph: Graph,
    identity: Identity,
    case_id: str,
    outcome: str,
    *,
    allowed: int | None = None,
    programme: Programme | None = None,
) -> Preview:
    """What an answer would change, the case itself among those that close; writes nothing. Raises as `answer_case`."""
    case = await _get_open(graph, _read_id(case_id))
    requests = request_answer(case, outcome, allowed=allowed, author="preview", reason="preview")
    drafted = await draft_decisions(graph, identity.policy, requests, answered=[case.summary.key])
    answered = CaseChange(case.summary.id, case.summary.kind, case.summary.type, case.sides)
    preview = await add_members(graph, make_preview(drafted), programme)
    return replace(preview, closed=(answered, *preview.closed))


async def answer_case(
    graph: Graph,
    identity: Identity,
    case_id: str,
    outcome: str,
    author: str,
    reason: str,
    *,
    allowed: int | None = None,
    token: str | None = None,
) -> CaseAnswer:
    """Answer an open case: `same`, `different`, `lift` (to `allowed` records) or `dismiss`.

    The decisions behind it are made and settled in the same transaction. The same answer again returns what is there.

    Raises:
        NotFound: there is no such case.
        InvalidInput: the answer does not fit the case.
        Conflict: the case is closed, an earlier decision says otherwise, or the token does not fit any more.
    """
    signed = check_author(author), check_reason(reason)
    try:
        return await graph.write(_answer, identity, _read_id(case_id), outcome, signed, allowed, token)
    except _Idle as idle:
        return replace(idle.answer, repeated=True)


async def weigh_cases(graph: Graph) -> int:
    """Add up anew what is at stake in the open cases, whose customers go on buying; how many have changed."""
    after, changed = "", 0
    while ids := await case_work.fetch_open(graph, after=after, limit=_PORTION):
        changed += await graph.write(case_work.weigh, ids)
        after = ids[-1]
    return changed


async def _assign(tx: Transaction, case_id: str, assignee: str | None, author: str) -> None:
    await _lock_open(tx, case_id)
    await case_work.assign(tx, case_id, assignee, author=author, now_ms=now_ms())


async def _set_due(tx: Transaction, case_id: str, due: str | None, author: str) -> None:
    await _lock_open(tx, case_id)
    await case_work.set_due(tx, case_id, due, author=author, now_ms=now_ms())


async def _comment(tx: Transaction, case_id: str, text: str, author: str) -> None:
    if await case_work.lock_case(tx, case_id) is None:
        raise _unknown()
    await case_work.comment(tx, case_id, text, author=author, now_ms=now_ms())


async def _answer(
    tx: Transaction,
    identity: Identity,
    case_id: str,
    outcome: str,
    signed: tuple[str, str],
    allowed: int | None,
    token: str | None,
) -> CaseAnswer:
    author, reason = signed
    case = await _get_open(tx, case_id, repeated=outcome)
    requests = request_answer(case, outcome, allowed=allowed, author=author, reason=reason)
    drafted = await draft_decisions(tx, identity.policy, requests, answered=[case.summary.key])
    await check_policy(tx, identity.policy)
    check_token(drafted, token)
    # What the case asks may have changed before its records were locked: nobody has been shown that question.
    await case_work.lock_case(tx, case_id)
    again = await _get_open(tx, case_id, repeated=outcome)
    if again.sides != case.sides:
        raise Conflict("The case has changed since it was read. Look at it again.")
    await write_draft(tx, drafted, author=author, reason=reason)
    decided = await fetch_made(tx, drafted)
    await case_answers.answer_case(
        tx,
        case_id,
        outcome=outcome,
        decisions=[one.id for one in decided],
        author=author,
        note=f"Answered {outcome}: {reason}",
        now_ms=now_ms(),
    )
    return CaseAnswer(case_id, outcome, decided, drafted.settled)


async def _get_open(reader: Reader, case_id: str, *, repeated: str = "") -> StoredCaseDetails:
    """The case, if it is open; an answer that it has already ends the transaction with what was decided then."""
    case = await case_work.find_case(reader, case_id)
    if case is None:
        raise _unknown()
    if case.summary.state == "answered" and case.summary.outcome == repeated:
        made = await decisions.fetch_decisions(reader, case.decisions)
        raise _Idle(CaseAnswer(case_id, repeated, tuple(made[key] for key in sorted(made) if made[key].live)))
    if case.summary.state != "open":
        raise _closed(case.summary)
    return case


async def _lock_open(tx: Transaction, case_id: str) -> None:
    state = await case_work.lock_case(tx, case_id)
    case = None if state is None else await case_work.find_case(tx, case_id)
    if case is None:
        raise _unknown()
    if state != "open":
        raise _closed(case.summary)


def _unknown() -> NotFound:
    return NotFound("There is no case with this id.")


def _closed(case: CaseSummary) -> Conflict:
    """What is closed, and how the question comes back."""
    if case.state != "answered":
        then = "the evidence has answered it. It opens by itself once the evidence leaves it open again."
    elif case.outcome != "dismiss":
        then = "it was answered. Withdraw the decision that answered it to open it again."
    elif case.kind == "blast_radius":
        then = "it was dismissed, which cannot be withdrawn. `hub decide lift` still lifts the quarantine."
    else:
        then = (
            "it was dismissed, which cannot be withdrawn. It opens by itself when records turn up that it did not ask "
            "about, as a side of their own; `hub decide` decides on its records without it."
        )
    return Conflict(f"This case is closed: {then}")


def _read_id(case_id: str) -> str:
    return case_id.strip().upper()
