"""Decisions worked out but not written: what they change, and a token of all that they depend on.

A draft is made in a transaction, which locks what it reads, or from plain reads for a preview. Both give the same, so
that what was previewed is what is written, or the token does not fit.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Final

from ulid import ULID

from graph import case_answers, decisions, unsettled
from graph.database import Transaction
from graph.decisions import Decision, StoredPin, decode_pins
from graph.reading import Reader
from hub.core.clock import now_ms
from hub.core.errors import NotFound
from hub.services.case_plan import Scope
from hub.services.decision_checks import compare_with_earlier
from hub.services.decision_context import Known, make_token, read_known
from hub.services.decision_request import DecisionRequest
from hub.services.plan import Plan
from hub.services.settle import Change, plan, write_plan
from rules.component import Ruling
from rules.policy import Policy

_MOST_HOLDERS: Final = 10_000


@dataclass(frozen=True, slots=True)
class Draft:
    """What was asked for comes to this.

    Attributes:
        decisions: for each request the decision that says so, be it new or there already.
        made: the new ones among them.
        rebased: those there already that are confirmed against stronger evidence, with the new basis.
        withdrawn: the decision that ends.
    """

    known: Known
    change: Change
    plan: Plan
    token: str
    decisions: tuple[Decision, ...] = ()
    made: tuple[Decision, ...] = ()
    rebased: tuple[tuple[Decision, int | None], ...] = ()
    withdrawn: Decision | None = None

    @property
    def idle(self) -> bool:
        """Whether there is nothing to write."""
        return not (self.made or self.rebased or self.withdrawn)

    @property
    def settled(self) -> bool:
        """Whether all that follows is decided at once, and nothing is left to the background job."""
        return not any(map(self.known.is_beyond, self._subjects))

    @property
    def _subjects(self) -> tuple[Decision, ...]:
        return (*self.made, self.withdrawn) if self.withdrawn else self.made


async def draft_decisions(
    reader: Reader, policy: Policy, requests: Sequence[DecisionRequest], *, answered: Iterable[str] = ()
) -> Draft:
    """Work out what these decide together; `answered` are keys of the cases that they answer.

    Raises:
        NotFound: a record or an identifier is unknown.
        Conflict, InvalidInput: as `compare_with_earlier`.
    """
    known = await read_known(reader, policy, requests)
    same = await compare_with_earlier(reader, policy, known, requests)
    decided = [earlier or _decide(request) for request, earlier in zip(requests, same, strict=True)]
    made = tuple(one for one, earlier in zip(decided, same, strict=True) if earlier is None)
    change = Change(
        ruled=[Ruling(one.id, one.left, one.right, one.kind == "cannot_link") for one in decided if one.right],
        pins=_add_pins(known, made),
        states={
            one.identifier: known.states[one.identifier]._replace(lifted=one.allowed)
            for one in made
            if one.kind == "lift"
        },
    )
    planned = await plan(reader, policy, known.found, change, Scope(answered=frozenset(answered)))
    bases = {ruling.decision: ruling.basis for ruling in known.rulings}
    rebased = tuple(
        (one, planned.bases[one.id])
        for one in same
        if one is not None and one.id in planned.bases and planned.bases[one.id] != bases[one.id]
    )
    asked = [[one.kind, one.left, one.right, one.field, one.value, one.identifier, one.allowed] for one in requests]
    token = make_token(policy, asked, known, planned)
    return Draft(known, change, planned, token, tuple(decided), made, rebased)


async def draft_withdrawal(reader: Reader, policy: Policy, decision_id: str) -> Draft | Decision:
    """Work out what ends with a decision; the decision itself where it was withdrawn before.

    Raises:
        NotFound: there is no such decision.
    """
    decision = await get_decision(reader, decision_id)
    if not decision.live:
        return decision
    known = await read_known(reader, policy, [decision], lenient=True)
    decision = await get_decision(reader, decision_id)  # somebody may have withdrawn it before our lock
    if not decision.live:
        return decision
    left = [lift.allowed or 0 for lift in known.lifts if lift.id != decision.id]
    change = Change(
        unruled=[decision.id] if decision.right else [],
        pins=_remove_pin(known, decision),
        states={key: state._replace(lifted=max(left, default=None)) for key, state in known.states.items()},
    )
    released = await case_answers.fetch_answered(reader, decision.id)
    planned = await plan(reader, policy, known.found, change, Scope(released=frozenset(released)))
    token = make_token(policy, decision.id, known, planned)
    return Draft(known, change, planned, token, withdrawn=decision)


async def write_draft(tx: Transaction, drafted: Draft, *, author: str, reason: str) -> None:
    """Write decisions and all that follows; `author` and `reason` are those of a withdrawal."""
    now = now_ms()
    await decisions.create_decisions(tx, drafted.made, drafted.plan.bases)
    await decisions.rebase_rulings(tx, drafted.rebased)
    if drafted.withdrawn is not None:
        await decisions.withdraw(tx, drafted.withdrawn, author=author, reason=reason, now_ms=now)
    await decisions.set_pins(tx, drafted.change.pins)
    await decisions.set_lifted(tx, {key: state.lifted for key, state in drafted.change.states.items()})
    await write_plan(tx, drafted.plan)
    if not drafted.settled:
        await unsettled.mark(tx, await _list_waiting(tx, drafted), now_ms=now)


async def get_decision(reader: Reader, decision_id: str) -> Decision:
    """A decision by its id, withdrawn or not; raises NotFound."""
    canonical = decision_id.strip().upper()
    found = await decisions.fetch_decisions(reader, {canonical})
    if canonical not in found:
        raise NotFound("There is no decision with this id.")
    return found[canonical]


def _decide(request: DecisionRequest) -> Decision:
    return Decision(id=str(ULID()), decided_ms=now_ms(), **asdict(request))


def _add_pins(known: Known, made: Iterable[Decision]) -> dict[str, dict[str, StoredPin]]:
    pins: dict[str, dict[str, StoredPin]] = {}
    for one in made:
        if one.kind == "pin":
            own = pins.setdefault(one.left, decode_pins(known.subjects[one.left].pins))
            own[one.field] = StoredPin(one.value, one.author, one.reason, one.decided_ms, one.id)
    return pins


def _remove_pin(known: Known, decision: Decision) -> Mapping[str, dict[str, StoredPin]]:
    if decision.kind != "pin" or decision.left not in known.subjects:
        return {}
    pins = decode_pins(known.subjects[decision.left].pins)
    return {decision.left: {field: pin for field, pin in pins.items() if pin.decision != decision.id}}


async def _list_waiting(tx: Transaction, drafted: Draft) -> set[str]:
    """The records whose component the background job has to decide on."""
    waiting: set[str] = set()
    for one in drafted._subjects:
        if drafted.known.is_beyond(one):
            waiting.update(one.records)
            if one.identifier:
                waiting.update(await decisions.fetch_holders(tx, one.identifier, limit=_MOST_HOLDERS))
    return waiting


async def fetch_made(tx: Transaction, drafted: Draft) -> tuple[Decision, ...]:
    """What was written, as the answer to whoever asked for it; earlier decisions that said the same included."""
    stored = await decisions.fetch_decisions(tx, {one.id for one in drafted.decisions})
    return tuple(mark_settled(stored[one.id], drafted) for one in drafted.decisions)


def mark_settled(decision: Decision, drafted: Draft) -> Decision:
    """The decision as the answer to whoever made or withdrew it."""
    return replace(decision, settled=drafted.settled)
