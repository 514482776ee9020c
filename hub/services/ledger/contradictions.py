"""Where operations, their entries and the orders that they were posted for say different things."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Iterator, Mapping
from typing import Final, Protocol

from graph import operations
from graph.database import Graph
from graph.ledger_audit import StoredEntry, stream_entries
from graph.ledger_claims import find_stuck, stream_operations, stream_points
from hub.core.ledger import Operation
from hub.services.ledger.callers import ORDERS
from hub.services.ledger.proof import Wrong
from hub.services.ledger.tally import Differences, Tally
from rules.ledger.claims import Claim, Owner, claim_by_entry, claim_by_operation, claim_by_order

_LONG_MS: Final = 6 * 3_600_000
"""Settling takes seconds, and after a first import the better part of a night at most."""
_MOST_WAITING: Final = 100
_UNREADABLE: Final = "unreadable"


class _Notes(Protocol):
    def note(self, claims: Iterable[Claim]) -> None: ...


async def note_entries(graph: Graph, notes: _Notes) -> AsyncIterator[StoredEntry]:
    """All entries by account and number, each noted as it passes by."""
    async for one in stream_entries(graph):
        if one.entry is not None and one.operation is not None:
            notes.note(claim_by_entry(one.operation, one.entry))
        yield one


async def find_contradictions(graph: Graph, entries: Tally) -> list[Wrong]:
    """What does not fit; `entries` has all of them noted. Reads all again if there is anything, to name it."""
    await _note_others(graph, entries)
    if not entries.suspects:
        return []
    # Somebody may have spent between two pages: what is wrong is so the second time, too.
    wrong, again = [await _find_differences(graph, entries.suspects) for _ in range(2)]
    return [
        await _describe(graph, owner, what, left)
        for (owner, what), left in sorted(wrong.items())
        if again.get((owner, what)) == left
    ]


async def find_waiting(graph: Graph, now_ms: int) -> list[Wrong]:
    """Orders that are marked since long and not set aside: nobody settles them, or each time in vain."""
    stuck = await find_stuck(graph, before_ms=now_ms - _LONG_MS, limit=_MOST_WAITING)
    return [Wrong(order, "its points have waited to be settled for hours: see `hub points settle`") for order in stuck]


async def _find_differences(graph: Graph, places: frozenset[int]) -> Mapping[tuple[Owner, tuple[str, ...]], int]:
    differences = Differences(places)
    async for _ in note_entries(graph, differences):
        pass
    await _note_others(graph, differences)
    return differences.found


async def _note_others(graph: Graph, notes: _Notes) -> None:
    async for one in stream_operations(graph):
        notes.note(
            _claim_unreadable("operation", one.key)
            if one.operation is None
            else claim_by_operation(one.operation, orders=ORDERS)
        )
    async for kept in stream_points(graph):
        notes.note(
            _claim_unreadable("order", kept.order) if kept.points is None else claim_by_order(kept.order, kept.points)
        )


def _claim_unreadable(sort: str, key: str) -> Iterator[Claim]:
    yield Claim(Owner(sort, key), (_UNREADABLE,), 1)


async def _describe(graph: Graph, owner: Owner, what: tuple[str, ...], left: int) -> Wrong:
    if owner.sort == "order":
        return Wrong(owner.key, _tell_of_order(what, left))
    if what == (_UNREADABLE,):
        return Wrong(owner.key, "this operation cannot be read")
    operation = await operations.find(graph, owner.key)
    if operation is None:
        account = what[1] if what[0] == "lot" else owner.key
        return Wrong(account, "an operation is missing of which later ones, or entries, say something")
    pieces = operation.slices
    account = what[1] if what[0] == "lot" else pieces[0].account if pieces else owner.key
    return Wrong(account, _tell_of_operation(operation, what, left))


def _tell_of_operation(operation: Operation, what: tuple[str, ...], left: int) -> str:
    its = f"its {operation.kind} at {operation.at_ms}"
    match what:
        case ("used",):
            return f"of {its} is said to be used {left:+}, beside what later operations use"
        case ("amount",):
            return f"{its} says {operation.amount}, and names pieces of lots that come to {operation.amount + left}"
        case ("given",):
            return f"the sides of {its} do not fit: {left:+} was given beside what it says"
        case _:
            return f"entries of {its} move {left:+} of the lot {what[-1]} beside what it says"


def _tell_of_order(what: tuple[str, ...], left: int) -> str:
    if what == (_UNREADABLE,):
        return "what is kept of its points cannot be read"
    return f"of its points {' '.join(what[1:])} differs from the ledger: by {left:+}"
