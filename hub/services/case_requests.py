"""From an answer to a case to the decisions that it consists of."""

from __future__ import annotations

from itertools import combinations
from typing import Final

from graph.case_work import StoredCaseDetails
from hub.core.errors import InvalidInput
from hub.services.decision_request import DecisionRequest, request_lift, request_link
from rules.suggestion import Outcome

OUTCOMES: Final[tuple[Outcome, ...]] = ("same", "different", "lift", "dismiss")
MOST_SIDES: Final = 10
"""How many sides an answer may keep apart: 45 decisions."""


def request_answer(
    case: StoredCaseDetails, outcome: str, *, allowed: int | None, author: str, reason: str
) -> list[DecisionRequest]:
    """The decisions behind an answer, between the first records of the sides; none for a dismissal.

    Raises:
        InvalidInput: the answer does not fit the case, or there are too many sides to keep apart at once.
    """
    if outcome not in OUTCOMES:
        raise InvalidInput(f"{outcome[:50]!r} is no answer. Answers: {', '.join(OUTCOMES)}.")
    if allowed is not None and outcome != "lift":
        raise InvalidInput("Only a lift says how many records may share the identifier: leave the number out.")
    if outcome == "dismiss":
        return []
    if outcome == "lift":
        return [_request_lift(case, allowed, author=author, reason=reason)]
    if len(case.sides) < 2:
        raise InvalidInput("This case is about an identifier that too many records share: answer lift or dismiss.")
    firsts = sorted(min(side) for side in case.sides)
    if outcome == "same":
        pairs = [(firsts[0], other) for other in firsts[1:]]
    elif len(firsts) > MOST_SIDES:
        raise InvalidInput(
            f"{len(firsts)} sides are too many to keep apart at once (at most {MOST_SIDES}): "
            "decide on pairs of records, or dismiss the case."
        )
    else:
        pairs = list(combinations(firsts, 2))
    return [
        request_link(left, right, apart=outcome == "different", author=author, reason=reason) for left, right in pairs
    ]


def _request_lift(case: StoredCaseDetails, allowed: int | None, *, author: str, reason: str) -> DecisionRequest:
    if case.summary.kind != "blast_radius":
        raise InvalidInput("There is nothing to lift here: answer same, different or dismiss.")
    if allowed is None:
        raise InvalidInput("Say to how many records the quarantine is lifted.")
    return request_lift(case.about[0].key, allowed, author=author, reason=reason)
