"""The proof: what is stored of an account is what its entries add up to."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import astuple

from hub.core.errors import InvariantBroken
from hub.core.ledger import Account, AmountTooLarge, Entry, Kind, Lot, list_earned
from rules.ledger.book import find_due
from rules.ledger.posting import post


def audit(
    account: Account | None,
    entries: Iterable[tuple[Entry | None, int]],
    lots: Mapping[str, tuple[tuple[object, ...], bool]],
    earned: Mapping[int, int],
) -> list[str]:
    """What is wrong with an account, in words without anybody's data; empty where all is well.

    Args:
        account: as it is stored, None where that cannot be read; its lots are ignored.
        entries: all of its entries by number, None for one that cannot be read, each with the amount beside it.
        lots: all of its lots by id: their fields in order, and whether spending would find them.
        earned: what it earned and was not taken back, by instant, as its days say.
    """
    if account is None:
        return ["its sums cannot be read"]
    again, lots_earned, earned_again = Account(account.key), dict[str, Lot](), Counter[int]()
    for entry, amount in entries:
        if entry is None:
            return [f"entry {again.entries + 1} cannot be read"]
        if entry.amount != amount:
            return [f"entry {entry.number} says {amount}, its parts add up to {entry.amount}"]
        try:
            again = post(again, entry)
        except (InvariantBroken, AmountTooLarge, KeyError):
            return [f"entry {entry.number} does not follow from those before it"]
        if entry.kind is Kind.EARN:
            lots_earned.update((lot.id, lot) for lot in entry.opened)
        for at_ms, part in list_earned(entry, lots_earned):
            earned_again[at_ms] += part
    return [
        *_compare_sums(account, again),
        *_compare_lots(again.lots, lots),
        *_compare_due(account, again),
        *_compare_earned(earned, earned_again),
    ]


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


def _compare_earned(stored: Mapping[int, int], again: Mapping[int, int]) -> Iterable[str]:
    for at_ms in sorted(stored.keys() | again.keys()):
        found, expected = stored.get(at_ms, 0), again.get(at_ms, 0)
        if found != expected:
            yield f"its days say that {found} of what was earned at {at_ms} stands, the entries make it {expected}"


def _compare_due(stored: Account, again: Account) -> Iterable[str]:
    if stored.due_ms > find_due(again):
        yield f"something falls due at {find_due(again)}, and nobody looks before {stored.due_ms}"
