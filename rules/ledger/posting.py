"""Adding an entry to an account: the only place that says what entries mean."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import replace

from hub.core.errors import InvariantBroken
from hub.core.ledger import MAX_AMOUNT, Account, AmountTooLarge, Entry, Hold, Kind, Lot, Move, Part, Term, Window


def post(account: Account, entry: Entry) -> Account:
    """The account with one more entry.

    Raises:
        AmountTooLarge: it would hold more than a number can.
        InvariantBroken: the entry does not fit the account.
    """
    if entry.account != account.key or entry.number != account.entries + 1 or entry.at_ms < account.at_ms:
        raise InvariantBroken("An entry is not the next one of its account.", account=account.key)
    changed = _change_lots(account.lots, entry)
    after = replace(
        account,
        entries=entry.number,
        at_ms=entry.at_ms,
        debt=account.debt + entry.debt,
        due_ms=min(
            account.due_ms,
            *(lot.expires_ms for lot in changed.values() if lot.free),
            entry.deadline_ms or account.due_ms,
        ),
        free=_refill(account, changed, entry.at_ms),
        holds=_change_holds(account, entry),
        lots={**account.lots, **changed},
    )
    if after.debt < 0:
        raise InvariantBroken("A debt is below zero.", account=account.key)
    if max(after.worth + after.debt, after.debt) > MAX_AMOUNT:
        raise AmountTooLarge("The balance would be larger than the ledger can hold.")
    return after


def _change_lots(lots: Mapping[str, Lot], entry: Entry) -> dict[str, Lot]:
    changed = {move.lot: _move(lots[move.lot], move, entry.kind) for move in entry.moves}
    changed.update((lot.id, lot) for lot in entry.opened)
    if (term := entry.term) is not None:
        known = changed.get(term.lot, lots[term.lot])
        changed[term.lot] = replace(known, pending_ms=term.pending_ms, expires_ms=term.expires_ms)
    return changed


def _move(lot: Lot, move: Move, kind: Kind) -> Lot:
    expired = -move.left if kind is Kind.EXPIRE else 0
    taken = -move.left if kind is Kind.REVERSE else 0
    return replace(
        lot,
        left=lot.left + move.left,
        held=lot.held + move.held,
        spent=lot.spent - move.left - expired - taken,
        expired=lot.expired + expired,
        taken=lot.taken + taken,
        reversed=lot.reversed + move.reversed,
        lapsed=lot.lapsed + move.lapsed,
        forgiven=lot.forgiven + move.forgiven,
    )


def _refill(account: Account, changed: Mapping[str, Lot], at_ms: int) -> dict[Window, int]:
    """What is free in each window; windows that have begun fall together, so that there are never many."""
    free = Counter[Window]()
    for window, amount in account.free.items():
        free[_window(window.pending_ms, window.expires_ms, at_ms)] += amount
    for lot in changed.values():
        before = account.lots.get(lot.id)
        if before is not None:
            free[_window(before.pending_ms, before.expires_ms, at_ms)] -= before.free
        free[_window(lot.pending_ms, lot.expires_ms, at_ms)] += lot.free
    return {window: amount for window, amount in free.items() if amount}


def _window(pending_ms: int, expires_ms: int, at_ms: int) -> Window:
    return Window(0 if pending_ms <= at_ms else pending_ms, expires_ms)


def _change_holds(account: Account, entry: Entry) -> Mapping[str, Hold]:
    """The holds after an entry: a new one, or what an older one still keeps."""
    if entry.hold is None:
        return {key: _renew(hold, entry.term) for key, hold in account.holds.items()} if entry.term else account.holds
    if entry.deadline_ms is not None:
        parts = tuple(Part(move.lot, move.held, account.lots[move.lot].expires_ms) for move in entry.moves)
        return {**account.holds, entry.hold: Hold(entry.deadline_ms, parts)}
    held = account.holds[entry.hold]
    given = {move.lot: -move.held for move in entry.moves}
    parts = tuple(_lessen(held.parts, given))
    kept = {key: hold for key, hold in account.holds.items() if key != entry.hold}
    return {**kept, entry.hold: replace(held, parts=parts)} if parts else kept


def _renew(hold: Hold, term: Term) -> Hold:
    parts = (part._replace(expires_ms=term.expires_ms) if part.lot == term.lot else part for part in hold.parts)
    return replace(hold, parts=tuple(parts))


def _lessen(parts: Iterable[Part], given: Mapping[str, int]) -> Iterable[Part]:
    for part in parts:
        amount = part.amount - given.get(part.lot, 0)
        if amount:
            yield part._replace(amount=amount)
