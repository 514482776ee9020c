"""The proof: what is stored of an account is what its entries add up to."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import astuple

from hub.core.errors import InvariantBroken
from hub.core.ledger import Account, AmountTooLarge, Entry, Lot
from rules.ledger.book import find_due
from rules.ledger.posting import post


def audit(
    account: Account | None,
    entries: Iterable[tuple[Entry | None, int]],
    lots: Mapping[str, tuple[tuple[object, ...], bool]],
) -> list[str]:
    """What is wrong with an account, in words without anybody's data; empty where all is well.

    Args:
        account: as it is stored, None where that cannot be read; its lots are ignored.
        entries: all of its entries by number, None for one that cannot be read, each with the amount beside it.
        lots: all of its lots by id: their fields in order, and whether spending would find them.
    """
    if account is None:
        return ["its sums cannot be read"]
    again = Account(account.key)
    for entry, amount in entries:
        if entry is None:
            return [f"entry {again.entries + 1} cannot be read"]
        if entry.amount != amount:
            return [f"entry {entry.number} says {amount}, its parts add up to {entry.amount}"]
        try:
            again = post(again, entry)
        except (InvariantBroken, AmountTooLarge, KeyError):
            return [f"entry {entry.number} does not follow from those before it"]
    return [*_compare_sums(account, again), *_compare_lots(again.lots, lots), *_compare_due(account, again)]


def _compare_sums(stored: Account, again: Account) -> Iterable[str]:
    for what in ("entries", "at_ms", "debt", "free", "holds"):
        found, expected = getattr(stored, what), getattr(again, what)
        if found != expected:
            yield f"{what} is stored as {found!r}, the entries add up to {expected!r}"


def _compare_lots(again: Mapping[str, Lot], stored: Mapping[str, tuple[tuple[object, ...], bool]]) -> Iterable[str]:
    for lot in sorted(again.keys() | stored.keys()):
        if lot not in stored:
            yield f"lot {lot} is missing"
        elif lot not in again:
            yield f"lot {lot} was opened by no entry"
        elif stored[lot][0] != astuple(again[lot]):
            yield f"lot {lot} is stored as {stored[lot][0]!r}, the entries make it {astuple(again[lot])!r}"
        elif stored[lot][1] != (again[lot].left > 0):
            yield f"lot {lot} is {'' if stored[lot][1] else 'not '}open with {again[lot].left} left"


def _compare_due(stored: Account, again: Account) -> Iterable[str]:
    if stored.due_ms > find_due(again):
        yield f"something falls due at {find_due(again)}, and nobody looks before {stored.due_ms}"
