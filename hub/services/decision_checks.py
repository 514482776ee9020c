"""Does a decision repeat or contradict an earlier one?"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from graph import decisions
from graph.decisions import Decision, decode_pins
from graph.reading import Reader
from hub.core.clock import from_ms
from hub.core.errors import Conflict, InvalidInput
from hub.services.components import is_inert
from hub.services.decision_context import Known
from hub.services.decision_request import DecisionRequest
from rules.component import Ruling
from rules.policy import Policy
from rules.rulings import find_obstacle


async def compare_with_earlier(
    reader: Reader, policy: Policy, known: Known, requests: Sequence[DecisionRequest]
) -> list[Decision | None]:
    """For each request the live decision that says the same, None where there is none.

    Raises:
        Conflict: an earlier decision, or another request, says otherwise; names it.
        InvalidInput: there is nothing to lift, or it is lifted to too few records.
    """
    same = [_find_same(known, request) for request in requests]
    stored = await decisions.fetch_decisions(reader, {key for key in same if key})
    asked: list[Ruling] = []
    for request, found in zip(requests, same, strict=True):
        if found is not None:
            continue
        if request.kind == "lift":
            _check_lift(policy, known, request)
        obstacles = _find_obstacles(known, request, asked)
        if obstacles:
            raise Conflict(_name(await decisions.fetch_decisions(reader, obstacles)), decisions=sorted(obstacles))
        if request.right:
            asked.append(Ruling("", request.left, request.right, request.kind == "cannot_link"))
    return [stored.get(key) if key else None for key in same]


def _find_same(known: Known, request: DecisionRequest) -> str | None:
    if request.kind == "pin":
        pin = decode_pins(known.subjects[request.left].pins).get(request.field)
        return pin.decision if pin is not None and pin.value == request.value else None
    if request.kind == "lift":
        return next((lift.id for lift in known.lifts if _says(lift) == _says(request)), None)
    wanted = (request.left, request.right, request.kind == "cannot_link")
    return next((one.decision for one in known.rulings if (one.left, one.right, one.apart) == wanted), None)


def _says(lift: Decision | DecisionRequest) -> tuple[str, int | None]:
    return lift.identifier, lift.allowed


def _find_obstacles(known: Known, request: DecisionRequest, asked: Iterable[Ruling]) -> set[str]:
    if request.kind == "pin":
        return _find_other_pins(known, request)
    if request.kind == "lift":
        return {
            lift.id
            for lift in known.lifts
            if lift.identifier == request.identifier and (lift.allowed or 0) > (request.allowed or 0)
        }
    wanted = Ruling("", request.left, request.right, request.kind == "cannot_link")
    if "" in (found := find_obstacle([*known.pairs, *asked], wanted)):
        raise Conflict("These decisions contradict each other.")
    return set(found)


def _find_other_pins(known: Known, request: DecisionRequest) -> set[str]:
    """Other values of the field on records of the same person: two pins would be a draw that the clock decides."""
    own = known.subjects[request.left]
    persons = [member for member in known.found.members.values() if member.person == own.person]
    pins = [decode_pins(member.pins).get(request.field) for member in (own, *persons)]
    return {pin.decision for pin in pins if pin is not None and pin.value != request.value}


def _check_lift(policy: Policy, known: Known, request: DecisionRequest) -> None:
    state = known.states[request.identifier]
    kind = policy.types.get(state.type)
    if kind is None or kind.max_records is None or not kind.links or state.blocked:
        raise InvalidInput("There is nothing to lift: no number of records quarantines this identifier.")
    least = max(state.live, kind.max_records + 1)
    if (request.allowed or 0) < least:
        raise InvalidInput(
            f"{state.live:,} records share this identifier and the policy allows {kind.max_records:,}: "
            f"lift it to {least:,} or more."
        )
    if is_inert(policy, state._replace(lifted=request.allowed)):
        raise InvalidInput("Lifting this identifier would not let it link.")


def _name(earlier: dict[str, Decision]) -> str:
    first, *others = [earlier[key] for key in sorted(earlier)]
    day = from_ms(first.decided_ms).date().isoformat()
    more = f" (and {len(others)} more)" if others else ""
    said = {
        "must_link": "they are one customer",
        "cannot_link": "they are different customers",
        "pin": "this field has another value",
        "lift": "more records may share it",
    }[first.kind]
    return (
        f"An earlier decision says otherwise: {first.id} by {first.author} on {day}{more} says that {said}. "
        "Withdraw it first, if it was wrong."
    )
