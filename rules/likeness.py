"""What two groups of records say of their owners, and whether that can be one person."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import product
from typing import Final

from rules.names import Verdict, compare_names
from rules.policy import Contradiction

FIELDS: Final[tuple[Contradiction, ...]] = ("name", "birthday", "gender")
_NO_BIRTHDAYS: Final = frozenset({"1900-01-01", "1970-01-01"})


@dataclass(slots=True)
class Traits:
    """The values of `FIELDS` among a group's records; of placeholders nothing is kept."""

    values: dict[Contradiction, set[str]] = field(default_factory=dict)

    @classmethod
    def of(cls, profile: Mapping[str, str]) -> Traits:
        """What one record says."""
        found: dict[Contradiction, set[str]] = {}
        for name in FIELDS:
            value = profile.get(name)
            if value and not (name == "birthday" and value in _NO_BIRTHDAYS):
                found[name] = {value}
        return cls(found)

    def add(self, other: Traits) -> None:
        """Take in what another group says."""
        for name, values in other.values.items():
            self.values.setdefault(name, set()).update(values)


@dataclass(frozen=True, slots=True)
class Likeness:
    """A verdict, and the fields that speak against one person where it is a contradiction."""

    verdict: Verdict
    against: tuple[Contradiction, ...] = ()


def compare_traits(left: Traits, right: Traits, fields: Iterable[Contradiction]) -> Likeness:
    """Whether two groups can be one person by these fields.

    Names that agree outweigh the others, which are mistyped more often than a whole name coincides on one phone. An
    equal birthday agrees; an equal gender says nothing.
    """
    found = {name: _compare(name, left.values.get(name), right.values.get(name)) for name in fields}
    if found.get("name") == "agree":
        return Likeness("agree")
    against = tuple(name for name, verdict in found.items() if verdict == "contradict")
    if against:
        return Likeness("contradict", against)
    return Likeness("agree" if found.get("birthday") == "agree" else "silent")


def _compare(name: Contradiction, left: set[str] | None, right: set[str] | None) -> Verdict:
    if not left or not right:
        return "silent"
    if name == "name":
        verdicts = {compare_names(*sorted(pair)) for pair in product(left, right)}
        return "agree" if "agree" in verdicts else "contradict" if "contradict" in verdicts else "silent"
    if not left.isdisjoint(right):
        return "silent" if name == "gender" else "agree"
    return "contradict"
