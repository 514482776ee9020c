"""What is compared, which records meet at all, and where the parameters are learnt: as data."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

from hub.services.similarity.levels import Field, address_field, date_field, name_field, nested_field, overlap_field


@dataclass(frozen=True, slots=True)
class Key:
    """Records meet that share a value of this SQL expression: a text or a list of texts, null for nobody."""

    name: str
    expression: str


@dataclass(frozen=True, slots=True)
class Lesson:
    """Expectation maximisation on the pairs that are equal in `columns`, for fields that these do not decide."""

    columns: tuple[str, ...]
    fields: tuple[str, ...]

    @property
    def rule(self) -> str:
        """The same as Splink's blocking rule."""
        return " AND ".join(f"l.{column} = r.{column}" for column in self.columns)


@dataclass(frozen=True, slots=True)
class Plan:
    """A way of comparing tables that hold the columns `record`, `person` and those that its fields name.

    Attributes:
        keys: the most selective first: where there are too many pairs, the last are left out.
        certain: the columns whose agreement makes a match all but certain, and
        certain_recall: the share of all matches that are found so; both only to estimate how rare matches are.
    """

    fields: tuple[Field, ...]
    keys: tuple[Key, ...]
    lessons: tuple[Lesson, ...]
    certain: tuple[str, ...]
    certain_recall: float

    def choose(self, names: Collection[str]) -> tuple[Field, ...]:
        """The fields of these names, in the plan's order."""
        return tuple(field for field in self.fields if field.name in names)


RETAIL: Final = Plan(
    fields=(
        name_field("name"),
        date_field("birthday", "birthday"),
        address_field("address", "address", "address_grams", "city"),
        overlap_field("phone", "phones"),
        overlap_field("email", "emails"),
        nested_field("shop", "guide", "store"),
    ),
    keys=(
        Key("phone", "phones"),
        Key("email", "emails"),
        Key("birthday and surname", "birthday || ' ' || surname"),
        Key("birthday and pinyin", "birthday || ' ' || pinyin"),
        Key("address", "city || ' ' || address"),
        Key("pinyin and month and day", "pinyin || ' ' || substr(birthday, 6)"),
        Key("pinyin and guide", "pinyin || ' ' || guide"),
        Key("pinyin and store", "pinyin || ' ' || store"),
        Key("pinyin and city", "pinyin || ' ' || city"),
    ),
    lessons=(
        Lesson(("phone",), ("name", "birthday", "address", "email", "shop")),
        Lesson(("pinyin",), ("birthday", "address", "phone", "email", "shop")),
        Lesson(("birthday", "surname"), ("address", "phone", "email", "shop")),
        Lesson(("birthday", "city"), ("name", "phone", "email")),
    ),
    certain=("pinyin", "birthday"),
    certain_recall=0.5,
)
"""For customer records in Chinese, as `columns` lays them out."""
