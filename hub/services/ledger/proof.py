"""What came of adding the ledger up again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final, NamedTuple

_MOST_NAMED: Final = 100


class Wrong(NamedTuple):
    """Something that does not add up: the key of the account or the order, and what is wrong with it."""

    account: str
    what: str


@dataclass
class Proof:
    """What was added up.

    Attributes:
        totals: by programme, asset and kind of entry, what they add up to; `worth` is the sum of all kinds.
        wrong: the first hundred that do not add up; `faults` counts all.
    """

    accounts: int = 0
    entries: int = 0
    lots: int = 0
    faults: int = 0
    totals: Counter[tuple[str, str, str]] = field(default_factory=Counter[tuple[str, str, str]])
    wrong: list[Wrong] = field(default_factory=list[Wrong])

    def blame(self, account: str, faults: Iterable[str]) -> None:
        """Note what is wrong with an account."""
        for what in faults:
            self.faults += 1
            if len(self.wrong) < _MOST_NAMED:
                self.wrong.append(Wrong(account, what))
