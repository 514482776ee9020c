"""Stewards' rulings among themselves: which contradict each other, and against what evidence one was given."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterable, Mapping
from itertools import combinations

from rules.component import Ruling
from rules.partition import Refusal
from rules.policy import Policy


def find_obstacle(rulings: Iterable[Ruling], wanted: Ruling) -> tuple[str, ...]:
    """The ids of the live rulings that contradict a new one, empty where none does.

    Two records are one where a chain of must-links connects them: to keep them apart contradicts the shortest chain,
    to make them one contradicts whatever keeps a record of the one chain from a record of the other.
    """
    known = sorted(rulings)
    chains = _chains(known)
    if wanted.apart:
        return _find_chain(chains, wanted.left, wanted.right)
    left, right = _reach(chains, wanted.left), _reach(chains, wanted.right)
    return tuple(
        ruling.id
        for ruling in known
        if ruling.apart
        and ((ruling.left in left and ruling.right in right) or (ruling.left in right and ruling.right in left))
    )


def find_basis(policy: Policy, refusals: Iterable[Refusal], ruling: Ruling) -> int | None:
    """The priority of the strongest type of identifier that speaks against a ruling; None where nothing does."""
    overruled = [
        policy.types[refusal.type].priority
        for refusal in refusals
        if refusal.type in policy.types and "ruling" in refusal.reasons and _separates(ruling, refusal)
    ]
    return min(overruled, default=None)


def is_doubted(policy: Policy, refusal: Refusal, rulings: Iterable[Ruling], bases: Mapping[str, int | None]) -> bool:
    """Whether an identifier speaks against rulings that were given against weaker evidence only.

    Only where the rulings alone keep the sides apart: what the profiles contradict is no evidence.
    """
    kind = policy.types.get(refusal.type)
    if kind is None or refusal.reasons != ("ruling",):
        return False
    known = [ruling for ruling in rulings if ruling.apart]
    for one, two in combinations(refusal.sides, 2):
        between = [bases.get(ruling.id) for ruling in known if _lies_between(ruling, one, two)]
        if between and all(basis is None or kind.priority < basis for basis in between):
            return True
    return False


def _separates(ruling: Ruling, refusal: Refusal) -> bool:
    return any(_lies_between(ruling, one, two) for one, two in combinations(refusal.sides, 2))


def _lies_between(ruling: Ruling, one: frozenset[str], two: frozenset[str]) -> bool:
    return (ruling.left in one and ruling.right in two) or (ruling.left in two and ruling.right in one)


def _chains(rulings: Iterable[Ruling]) -> dict[str, list[tuple[str, str]]]:
    """For each record its must-links: (the other record, the ruling's id)."""
    links: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for ruling in rulings:
        if not ruling.apart:
            links[ruling.left].append((ruling.right, ruling.id))
            links[ruling.right].append((ruling.left, ruling.id))
    return links


def _reach(chains: Mapping[str, list[tuple[str, str]]], start: str) -> set[str]:
    found, waiting = {start}, [start]
    while waiting:
        for other, _ in chains.get(waiting.pop(), ()):
            if other not in found:
                found.add(other)
                waiting.append(other)
    return found


def _find_chain(chains: Mapping[str, list[tuple[str, str]]], start: str, end: str) -> tuple[str, ...]:
    paths: dict[str, tuple[str, ...]] = {start: ()}
    waiting = deque([start])
    while waiting:
        record = waiting.popleft()
        if record == end:
            return paths[record]
        for other, ruling in chains.get(record, ()):
            if other not in paths:
                paths[other] = (*paths[record], ruling)
                waiting.append(other)
    return ()
