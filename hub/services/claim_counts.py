"""How often identifiers are claimed and when they were given up: kept with them, so that nobody has to count."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from graph.evidence import IdentifierState, NewIdentifier, StoredRecord
from graph.partition import NewRecord
from hub.core.model import Claim


def count_claims(
    touched: Mapping[str, IdentifierState],
    named: Iterable[NewIdentifier],
    before: Mapping[str, StoredRecord],
    after: Mapping[str, StoredRecord],
    created: Iterable[NewRecord],
) -> dict[str, IdentifierState]:
    """The states of identifiers once records say `after` instead of `before`, and those of `created` besides.

    `touched` are the states of identifiers that are there; `named` may hold new ones.
    """
    states = {item.key: IdentifierState(item.key, item.type, blocked=item.blocked) for item in named} | dict(touched)
    tally = _Tally()
    for key, record in after.items():
        tally.add(before[key].claims, -1)
        tally.add(record.claims, 1)
    for new in created:
        tally.add(new.claims, 1)
    return {key: tally.apply(state) for key, state in states.items()}


def list_outdated(
    states: Mapping[str, IdentifierState], touched: Mapping[str, IdentifierState], born: Mapping[str, IdentifierState]
) -> list[IdentifierState]:
    """The states that are not stored yet: `touched` are there, the others were created as they were `born`."""
    return [state for key, state in states.items() if touched.get(key, born.get(key)) != state]


class _Tally:
    def __init__(self) -> None:
        self._live: dict[str, int] = {}
        self._ends: dict[str, list[tuple[int, int]]] = {}

    def add(self, claims: Iterable[Claim], times: int) -> None:
        for claim in claims:
            if claim.valid_to_ms is None:
                self._live[claim.identifier] = self._live.get(claim.identifier, 0) + times
            else:
                self._ends.setdefault(claim.identifier, []).append((claim.valid_to_ms, times))

    def apply(self, state: IdentifierState) -> IdentifierState:
        live = state.live + self._live.get(state.key, 0)
        ends = self._ends.get(state.key)
        if ends is None:
            return state._replace(live=live)
        releases = list(state.releases)
        for instant, times in sorted(ends, key=lambda end: -end[1]):
            if times > 0:
                releases.append(instant)
            elif instant in releases:
                releases.remove(instant)
        return state._replace(live=live, releases=tuple(sorted(releases)))
