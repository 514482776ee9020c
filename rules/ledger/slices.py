"""Pieces of lots in the order in which they are taken: cut to an amount, sorted by account, made into moves."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby

from hub.core.ledger import Move, Part, Slice


def cut(slices: Iterable[Slice], start: int, amount: int) -> list[Slice]:
    """The pieces between two places of what was taken in order."""
    pieces: list[Slice] = []
    begin = 0
    for part in slices:
        low, high = max(begin, start), min(begin + part.amount, start + amount)
        if low < high:
            pieces.append(Slice(part.account, part.lot, high - low))
        begin += part.amount
    return pieces


def by_account(slices: Iterable[Slice]) -> list[tuple[str, list[Slice]]]:
    """Slices of each account, by account, each in its order."""
    ordered = sorted(slices, key=lambda part: part.account)
    return [(account, list(parts)) for account, parts in groupby(ordered, key=lambda part: part.account)]


def take(parts: Iterable[Slice]) -> list[Move]:
    """What uses up pieces that nobody holds."""
    return [Move(part.lot, left=-part.amount) for part in parts]


def free(parts: Iterable[Part] | Iterable[Slice]) -> list[Move]:
    """What gives back what a hold keeps."""
    return [Move(part.lot, held=-part.amount) for part in parts]
