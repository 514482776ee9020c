"""Which questions the evidence leaves open, compared with those that were asked: pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Final

from graph.cases import OpenCase, StoredCase
from hub.services.components import is_quarantined
from hub.services.picture import Picture
from rules.component import RecordEvidence
from rules.partition import Refusal, Resolution
from rules.policy import Policy
from rules.rulings import is_doubted
from rules.suggestion import Side, suggest

_KINDS: Final = {
    "limit": "limit_exceeded",
    "shared": "shared_identifier",
    "recycled": "recycled_phone",
    "conflict": "conflicting_decisions",
}


@dataclass(frozen=True, slots=True)
class Scope:
    """What a settlement may open and close cases on.

    Attributes:
        touched: identifiers that the change is about: only they may become quarantined, or be freed, by it.
        beyond: identifiers of components that were too large to be read.
        released: keys of cases whose answer was withdrawn.
        answered: keys of cases that are being answered.
        unruled: ids of decisions on two records that hold no longer.
    """

    touched: Collection[str] = frozenset()
    beyond: Collection[str] = frozenset()
    released: Collection[str] = frozenset()
    answered: Collection[str] = frozenset()
    unruled: Collection[str] = frozenset()


@dataclass(frozen=True, slots=True)
class CasePlan:
    """Cases to open (or to renew), and to close because nothing is left to ask; both by key.

    Attributes:
        released: keys of those among them whose answer was withdrawn.
        changed: keys of those to open that are open already and ask of other records, or for other reasons, now.
        reopened: keys of those to open that were closed.
    """

    opened: tuple[OpenCase, ...] = ()
    moot: tuple[StoredCase, ...] = ()
    released: frozenset[str] = frozenset()
    changed: frozenset[str] = frozenset()
    reopened: frozenset[str] = frozenset()


def plan_cases(
    policy: Policy,
    picture: Picture,
    resolution: Resolution,
    *,
    known: Mapping[str, StoredCase],
    scope: Scope,
    bases: Mapping[str, int | None],
) -> CasePlan:
    """Compare what is to be asked with what was asked: `known` by key, `bases` as in `Picture`."""
    states = {key: state for key, state in picture.states.items() if key not in scope.beyond}
    touched = {key for key in scope.touched if key in states}
    believed = {key: _as_of_now(case, scope) for key, case in known.items()}
    wanted = {case.key: case for case in _list_wanted(policy, picture, resolution, touched, bases)}
    wanted |= {case.key: _ask_again(case) for case in believed.values() if _is_similar_again(case, resolution, picture)}
    opened = [case for key, case in wanted.items() if is_news(case, believed.get(key))]
    settled = {key for key, state in states.items() if key in touched or not is_quarantined(policy, state)}
    settled |= {ruling.id for ruling in picture.rulings} | set(scope.unruled)
    moot = [
        known[key]
        for key, case in believed.items()
        if key not in wanted
        and (case.state == "withdrawn" or (case.state == "open" and _is_settled(case, settled, resolution, picture)))
    ]
    opened.sort(key=lambda case: case.key)
    said = {one.record: one for one in picture.evidence} if opened else {}
    return CasePlan(
        tuple(_with_score(policy, said, case) for case in opened),
        tuple(sorted(moot, key=lambda case: case.key)),
        frozenset(scope.released),
        changed=frozenset(case.key for case in opened if case.key in known and known[case.key].state == "open"),
        reopened=frozenset(case.key for case in opened if case.key in known and known[case.key].state != "open"),
    )


def is_news(case: OpenCase, known: StoredCase | None) -> bool:
    """Whether to ask: never twice, and an answer counts as long as no side appears that nobody was asked about.

    A lift that the holders have outgrown is no answer any more.
    """
    if known is None or known.state in ("moot", "withdrawn"):
        return True
    if known.state == "answered":
        asked = {record for side in known.sides for record in side}
        return known.outcome == "lift" or any(asked.isdisjoint(side) for side in case.sides)
    return (known.kind, known.sides, known.reasons) != (case.kind, case.sides, case.reasons)


def _as_of_now(case: StoredCase, scope: Scope) -> StoredCase:
    if case.key in scope.answered:
        return replace(case, state="answered", outcome=None)
    return replace(case, state="withdrawn") if case.key in scope.released else case


def _is_settled(case: StoredCase, settled: Collection[str], resolution: Resolution, picture: Picture) -> bool:
    """Whether what was read is enough to say that nothing is left to ask."""
    if case.kind != "weak_similarity":
        return case.key.partition(":")[2] in settled
    groups = _find_groups(case, resolution)
    return len(groups) == 1 or _are_parted(groups, picture)


def _is_similar_again(case: StoredCase, resolution: Resolution, picture: Picture) -> bool:
    """Whether records are still alike and two persons, without the decision that had answered it."""
    if case.kind != "weak_similarity" or case.state != "withdrawn":
        return False
    groups = _find_groups(case, resolution)
    return len(groups) > 1 and not _are_parted(groups, picture)


def _find_groups(case: StoredCase, resolution: Resolution) -> list[frozenset[str]]:
    """The groups of the records involved, each once; one that was not read stands for its own."""
    involved = case.records
    found = [group.records for group in resolution.groups if not involved.isdisjoint(group.records)]
    return [*found, *(frozenset({record}) for record in sorted(involved.difference(*found)))]


def _are_parted(groups: Collection[frozenset[str]], picture: Picture) -> bool:
    """Whether a decision keeps some of these groups apart."""
    place = {record: number for number, group in enumerate(groups) for record in group}
    return any(
        ruling.apart and ruling.left in place and ruling.right in place and place[ruling.left] != place[ruling.right]
        for ruling in picture.rulings
    )


def _ask_again(case: StoredCase) -> OpenCase:
    return OpenCase(case.key, case.kind, "", case.sides, case.reasons, score=case.score)


def _list_wanted(
    policy: Policy,
    picture: Picture,
    resolution: Resolution,
    touched: Iterable[str],
    bases: Mapping[str, int | None],
) -> Iterable[OpenCase]:
    for refusal in resolution.refusals:
        if refusal.open:
            yield _ask(refusal, _KINDS[refusal.kind])
        elif is_doubted(policy, refusal, picture.rulings, bases):
            yield _ask(refusal, "stronger_evidence")
    for key in touched:
        state = picture.states[key]
        if is_quarantined(policy, state):
            yield OpenCase(
                f"quarantine:{key}", "blast_radius", state.type, (), ("max_records",), (key,), holders=state.live
            )


def _ask(refusal: Refusal, kind: str) -> OpenCase:
    sides = tuple(tuple(sorted(side)) for side in refusal.sides)
    about = (refusal.by,) if refusal.type != "ruling" else ()
    key = f"{'identifier' if about else 'ruling'}:{refusal.by}"
    return OpenCase(key, kind, refusal.type, sides, refusal.reasons, about)


def _with_score(policy: Policy, said: Mapping[str, RecordEvidence], case: OpenCase) -> OpenCase:
    if not case.sides or case.kind == "weak_similarity":
        return case
    sides = [Side.of(said[record] for record in side) for side in case.sides]
    recycled = case.kind == "recycled_phone"
    return replace(case, score=suggest(policy, sides, about=case.about, recycled=recycled).score)
