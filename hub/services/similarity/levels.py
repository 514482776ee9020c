"""How two records can agree on a field: levels from the strongest to none, as Splink's comparisons.

Conditions are SQL over `column_l` and `column_r`. `m` is how often two records of one customer agree so, `u` how often
two strangers do: the weights where no data has trained them. They are estimates for a Chinese retailer, rounded, and
meant to err towards too little weight.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Level:
    """One way of agreeing; `frequency` names the column whose common values count for less and rare ones for more."""

    label: str
    condition: str
    m: float
    u: float
    frequency: str | None = None


@dataclass(frozen=True, slots=True)
class Field:
    """A field's levels, the last of which takes all that is left; missing where no column is stated on both sides."""

    name: str
    columns: tuple[str, ...]
    levels: tuple[Level, ...]

    @property
    def missing(self) -> str:
        """The condition under which a pair says nothing."""
        return " AND ".join(f"({column}_l IS NULL OR {column}_r IS NULL)" for column in self.columns)


def name_field(name: str) -> Field:
    """A Chinese name by the columns of `columns`: name_text, name, pinyin, surname, name_pattern."""
    fits = "name_text_l LIKE name_pattern_r OR name_text_r LIKE name_pattern_l"
    levels = (
        Level("same", "name_l = name_r", 0.62, 2e-4, frequency="name"),
        Level("same pinyin", "pinyin_l = pinyin_r", 0.05, 4e-4, frequency="pinyin"),
        Level("masked name fits", fits, 0.2, 5e-3),
        Level("same surname", "surname_l = surname_r", 0.05, 0.04),
        Level("other", "ELSE", 0.08, 0.9544),
    )
    return Field(name, ("name_text",), levels)


def text_field(name: str, column: str, *, swapped_with: str | None = None) -> Field:
    """Words in an alphabet, by Jaro and Winkler's similarity; the second column is where they may have been put."""
    alike = f"jaro_winkler_similarity({column}_l, {column}_r)"
    swapped = f"{column}_l = {swapped_with}_r OR {swapped_with}_l = {column}_r"
    levels = (
        Level("same", f"{column}_l = {column}_r", 0.65, 0.005, frequency=column),
        *([Level(f"swapped with {swapped_with}", swapped, 0.05, 2e-5)] if swapped_with else []),
        Level("much alike", f"{alike} >= 0.92", 0.1, 0.003),
        Level("alike", f"{alike} >= 0.8", 0.08, 0.02),
        Level("other", "ELSE", 0.12, 0.972),
    )
    return Field(name, (column,), levels)


def date_field(name: str, column: str) -> Field:
    """ISO dates; one edit (a digit wrong, two digits swapped) is told from another date."""
    left, right = f"{column}_l", f"{column}_r"
    levels = (
        Level("same", f"{left} = {right}", 0.84, 1e-4, frequency=column),
        Level("one digit apart", f"damerau_levenshtein({left}, {right}) <= 1", 0.04, 1.5e-3),
        Level("same month and day", f"substr({left}, 6) = substr({right}, 6)", 0.04, 2.7e-3),
        Level("same year", f"substr({left}, 1, 4) = substr({right}, 1, 4)", 0.03, 0.03),
        Level("other", "ELSE", 0.05, 0.9657),
    )
    return Field(name, (column,), levels)


def address_field(name: str, column: str, grams: str, area: str) -> Field:
    """An address by the pairs of characters that both hold, else by its area (a city, a suburb).

    One field for both, because an address in the same city says little more than the city does.
    """
    both, sizes = f"len(list_intersect({grams}_l, {grams}_r))", f"(len({grams}_l) + len({grams}_r))"
    levels = (
        Level("same", f"{column}_l = {column}_r", 0.3, 2e-5),
        Level("much in common", f"{both} * 1.6 >= {sizes} * 0.6", 0.25, 2e-4),
        Level("something in common", f"{both} * 1.3 >= {sizes} * 0.3", 0.15, 0.01),
        Level("same area", f"{area}_l = {area}_r", 0.2, 0.06),
        Level("other", "ELSE", 0.1, 0.92978),
    )
    return Field(name, (column, area), levels)


def overlap_field(name: str, column: str) -> Field:
    """Lists, such as a person's masked phones: one entry in common, or none."""
    levels = (
        Level("one in common", f"list_has_any({column}_l, {column}_r)", 0.7, 1e-5),
        Level("other", "ELSE", 0.3, 0.99999),
    )
    return Field(name, (column,), levels)


def nested_field(name: str, inner: str, outer: str) -> Field:
    """A value within another, such as a guide within a store."""
    levels = (
        Level(f"same {inner}", f"{inner}_l = {inner}_r", 0.25, 0.005),
        Level(f"same {outer}", f"{outer}_l = {outer}_r", 0.3, 0.03),
        Level("other", "ELSE", 0.45, 0.965),
    )
    return Field(name, (inner, outer), levels)


def code_field(name: str, column: str) -> Field:
    """A code that is right, off by one character or another, such as a postcode."""
    levels = (
        Level("same", f"{column}_l = {column}_r", 0.85, 0.02),
        Level("one edit apart", f"damerau_levenshtein({column}_l, {column}_r) <= 1", 0.08, 0.02),
        Level("other", "ELSE", 0.07, 0.96),
    )
    return Field(name, (column,), levels)
