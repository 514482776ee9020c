"""Cases for people to read."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from graph.case_work import FIRST_PAGE, CaseEntry, CaseSummary, PageStart, ShownRecord
from graph.similarity import Waterfall
from hub.cli.output import make_table, print_list, print_plain
from hub.cli.person_tree import format_fen
from hub.core.clock import from_ms
from hub.core.errors import InvalidInput
from hub.services.case_details import CaseDetails, CaseSide
from hub.services.cases import start_after
from rules.suggestion import Suggestion


def print_queue(cases: Sequence[CaseSummary], *, state: str, full: bool) -> None:
    """A line for each case in this state; a full page says how to go on."""
    rows = (
        (
            one.id,
            one.kind,
            one.type or None,
            format_fen(one.value_fen),
            f"{one.records:,}",
            None if one.score is None else format_score(one.score),
            _day(one.opened_ms),
            one.due,
            one.assignee,
        )
        for one in cases
    )
    headings = ("Case", "Kind", "About", "At stake", "Records", "Score", "Opened", "Due", "Assignee")
    print_list(*headings, rows=rows, nothing=f"There is no {state} case.")
    if full:
        print_plain(f"More: --after {':'.join(map(str, start_after(cases[-1])))}")


def read_start(text: str) -> PageStart:
    """What `print_queue` wrote, nothing for the first page; raises InvalidInput."""
    if not text:
        return FIRST_PAGE
    try:
        value_fen, opened_ms, case = text.split(":")
        return PageStart(int(value_fen), int(opened_ms), case)
    except ValueError:
        raise InvalidInput("Give --after what the page before said.") from None


def format_score(score: float) -> str:
    """Two digits, and more of a probability that they would make a certainty."""
    return f"{score:.2f}" if score <= 0.99 else f"{min(score, 0.9999):.4f}"


def print_case(details: CaseDetails) -> None:
    """One case from top to bottom."""
    one, case = details.case.summary, details.case
    print_plain(f"{one.id}  {one.kind}{f' ({one.type})' if one.type else ''}  {one.state}")
    print_plain(f"  at stake {format_fen(one.value_fen)}, {one.records:,} records, opened {_day(one.opened_ms)}")
    if one.assignee or one.due:
        print_plain(f"  assignee {one.assignee or '-'}, due {one.due or '-'}")
    for identifier in case.about:
        lifted = f", lifted to {identifier.lifted:,}" if identifier.lifted else ""
        print_plain(f"  about {identifier.type} {identifier.masked}: {identifier.live:,} records hold it{lifted}")
    if case.reasons:
        print_plain(f"  because of {', '.join(case.reasons)}")
    for number, side in enumerate(details.sides, 1):
        _print_side(number, side)
    if case.waterfall is not None:
        _print_waterfall(case.waterfall)
    print_plain(f"suggestion: {_suggest(details.suggestion)}")
    for decision in details.decisions:
        ended = "" if decision.live else f", withdrawn by {decision.withdrawn_by}: {decision.withdrawal_reason}"
        print_plain(f"decision {decision.id} {decision.kind} by {decision.author}: {decision.reason}{ended}")
    _print_entries("comments", case.comments)
    _print_entries("history", case.history)


def _print_side(number: int, side: CaseSide) -> None:
    print_plain(f"side {number}: {side.total:,} record{'' if side.total == 1 else 's'}")
    print_plain(make_table("Record", "Person", "Name", "Birthday", "Identifiers", rows=map(_list_record, side.records)))


def _print_waterfall(waterfall: Waterfall) -> None:
    """In bits, as they add up: each doubles the odds, or halves them."""
    total, rows = 0.0, []
    for bar in waterfall.bars:
        total += bar.bits
        rows.append((bar.field, bar.level or None, f"{bar.bits:+.2f}", f"{total:+.2f}"))
    used = f"parameters {waterfall.model}" if waterfall.model else "the parameters that ship"
    print_plain(f"likeness, in bits, by {used}:")
    print_plain(make_table("Compared", "Agreement", "Bits", "Sum", rows=rows))


def _list_record(record: ShownRecord) -> tuple[str | None, ...]:
    said = {name: value for name, (value, _) in record.profile.items()}
    claims = ", ".join(f"{claim.type} {claim.masked}{' ✓' if claim.verified else ''}" for claim in record.claims)
    return record.key, record.person, said.get("name"), said.get("birthday"), claims or None


def _suggest(suggestion: Suggestion) -> str:
    score = "" if suggestion.score is None else f", {format_score(suggestion.score)} that they are one"
    grounds = f" ({', '.join(suggestion.grounds)})" if suggestion.grounds else ""
    return f"{suggestion.outcome or 'none'}{score}{grounds}"


def _print_entries(title: str, entries: Iterable[CaseEntry]) -> None:
    for position, entry in enumerate(entries):
        if not position:
            print_plain(f"{title}:")
        instant = from_ms(entry.at_ms).isoformat(sep=" ", timespec="minutes")
        print_plain(f"  {instant}  {entry.author or 'the hub'}: {entry.text}")


def _day(instant_ms: int) -> str:
    return from_ms(instant_ms).date().isoformat()
