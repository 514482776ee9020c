"""What a value of a condition can be. Whole numbers have bounds, so that sums are known to fit before they are made."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal, TypeAlias


@dataclass(frozen=True, slots=True)
class Plain:
    """A text, or what is true or false."""

    name: Literal["text", "condition"]

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True, slots=True)
class Whole:
    """A whole number from `least` to `most`."""

    least: int
    most: int

    def __str__(self) -> str:
        return "whole number"


@dataclass(frozen=True, slots=True)
class Many:
    """A list of texts or of whole numbers; of an empty one nobody knows of what."""

    of: Plain | Whole | None

    def __str__(self) -> str:
        return "list"


Kind: TypeAlias = Plain | Whole | Many

TEXT: Final = Plain("text")
BOOL: Final = Plain("condition")


def is_alike(one: Kind | None, other: Kind | None) -> bool:
    """Whether values of both can be compared with each other."""
    return one is None or other is None or str(one) == str(other)
