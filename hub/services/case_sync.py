"""Cases follow the evidence: a question that it leaves open is asked once, and closed when evidence answers it."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Final

from ulid import ULID

from graph import cases
from graph.cases import StoredCase
from graph.database import Transaction
from graph.reading import Reader
from hub.core.clock import now_ms
from hub.services.case_plan import CasePlan, Scope, plan_cases
from hub.services.picture import Picture
from rules.partition import Resolution
from rules.policy import Policy

_MOOT: Final = "The evidence has answered this meanwhile."
_NEW: Final = "The hub could not decide this by the evidence."
_CHANGED: Final = "The question has changed with the evidence."
_REOPENED: Final = "The evidence leaves this open again."
_AGAIN: Final = "The answer was withdrawn, and the evidence leaves it open."
_WITHDRAWN: Final = "The answer was withdrawn, and the evidence leaves nothing to ask."


async def fetch_known_cases(
    reader: Reader, picture: Picture, scope: Scope, changed: Collection[str]
) -> dict[str, StoredCase]:
    """The cases that a settlement may renew or close, by key.

    `changed` are the records that change persons, or whose person is kept from another one by a new decision.
    """
    about = [key for key, state in picture.states.items() if state.cases and key not in scope.beyond]
    rulings = {f"ruling:{key}" for key in (*(ruling.id for ruling in picture.rulings), *scope.unruled)}
    keys = rulings | set(scope.released) | set(scope.answered)
    return await cases.fetch_known(reader, identifiers=about, keys=keys, records=changed)


async def write_cases(tx: Transaction, plan: CasePlan, *, unsold: bool = False) -> None:
    """Open, renew and close; their records must be there. `unsold`: nobody involved can have bought anything yet."""
    now, ids = now_ms(), draw_ids()
    for note in (_NEW, _CHANGED, _REOPENED, _AGAIN):
        opened = [case for case in plan.opened if _note(plan, case.key) == note]
        await cases.open_cases(tx, opened, ids=ids, now_ms=now, note=note, unsold=unsold)
    for released in (False, True):
        moot = [case.key for case in plan.moot if (case.key in plan.released) is released]
        await cases.close_moot(tx, moot, now_ms=now, reason=_WITHDRAWN if released else _MOOT)


async def plan_sync(
    reader: Reader, policy: Policy, picture: Picture, touched: Collection[str], resolution: Resolution
) -> CasePlan:
    """What brings the cases of a component up to date whose persons are written otherwise; `touched` as in `Scope`."""
    scope = Scope(touched=touched)
    places = {record: group.person_id for group in resolution.groups for record in group.records}
    changed = {record for record, person in places.items() if picture.places.get(record) != person}
    changed |= {record for ruling in picture.rulings if ruling.apart for record in (ruling.left, ruling.right)}
    known = await fetch_known_cases(reader, picture, scope, changed)
    return plan_cases(policy, picture, resolution, known=known, scope=scope, bases=picture.bases)


def _note(plan: CasePlan, key: str) -> str:
    """What a case's history says when it opens, so that no line of it seems to be written twice."""
    if key in plan.released:
        return _AGAIN
    return _CHANGED if key in plan.changed else _REOPENED if key in plan.reopened else _NEW


def draw_ids() -> Iterator[str]:
    """New ids of cases, without end."""
    while True:
        yield str(ULID())
