"""A programme's rules tried on its examples, in a process of its own: whatever they do, only that one ends."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final
from zoneinfo import ZoneInfo

from hub.core.errors import InvalidInput, InvariantBroken
from hub.services.apart import Bounds, ChildEnded, Progress, work_apart
from hub.services.documents.mistakes import Problem, check_problems
from hub.services.programme.examples_section import ExamplePart
from hub.services.programme.reading import parse_document, read_programme_tables
from rules.earning import Award, Buyer, PaidOrder, see_buyer, work_out
from rules.programme import Programme

_BOUNDS: Final = Bounds(seconds=60, memory_bytes=1 << 30)


@dataclass(frozen=True, slots=True)
class Trial:
    """An example, and what it earned; `by_line` is None where the example says nothing of lines."""

    name: str
    expected: int
    by_line: dict[str, int] | None
    found: Award

    @property
    def fits(self) -> bool:
        """Whether it earned what it is to."""
        return self.expected == self.found.amount and self.by_line in (None, dict(self.found.by_line))


async def try_programme(text: str, zone: ZoneInfo, *, name: str = "programme") -> tuple[Trial, ...]:
    """What the examples of a programme earn.

    Raises:
        InvalidInput: the document is not valid, or its rules cannot be evaluated within bounds.
    """
    parse_document(text, name=name)  # what is wrong with it can be said without running anything
    try:
        trials = await work_apart(_try, (text, zone.key, name), bounds=_BOUNDS)
    except (ChildEnded, InvariantBroken) as error:
        raise InvalidInput(f"{name}: the rules cannot be tried. {error.safe_message}") from None
    return tuple(trials)


async def check_programme(text: str, zone: ZoneInfo, *, name: str = "programme") -> tuple[Programme, int]:
    """The programme in a text, as version 0, and how many examples it has; raises InvalidInput also where one fails."""
    trials = await try_programme(text, zone, name=name)
    check_problems(read_programme_tables(text, name=name), _list_failures(trials), name)
    return parse_document(text, name=name).to_programme(zone), len(trials)


def _list_failures(trials: tuple[Trial, ...]) -> Iterator[Problem]:
    for place, trial in enumerate(trials):
        if not trial.fits:
            found, rules = trial.found.amount, ", ".join(trial.found.rules) or "no rule"
            lines = f"; by line {dict(trial.found.by_line)}" if trial.by_line is not None else ""
            yield ("examples", place, "points"), f"expected {trial.expected}, found {found} ({rules}{lines})"


def _try(task: tuple[str, str, str], _pages: Iterator[object], _progress: Progress) -> list[Trial]:
    text, zone, name = task
    document = parse_document(text, name=name)
    programme = document.to_programme(ZoneInfo(zone))
    work_out(programme.earning, PaidOrder("pos", "", None, 0, 0), Buyer(), programme.zone)  # every condition once
    return [_try_one(programme, example) for example in document.examples]


def _try_one(programme: Programme, example: ExamplePart) -> Trial:
    order, buyer = example.order.to_order(programme.zone), example.buyer.to_buyer(programme.zone)
    seen = see_buyer(programme.sharing, buyer, order)
    award = work_out(programme.earning, order, seen, programme.zone, earned_today=example.earned_today)
    return Trial(example.name, example.points, example.by_line, award)
