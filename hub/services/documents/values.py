"""Values of a document. Every scalar arrives as text (`hub.core.yaml_text`), so that `+8613800138000` and `no` are what
they look like; numbers, switches and nulls are made of texts here.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any, Final, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from hub.core.errors import HubError

NAME: Final = "^[a-z][a-z0-9_]{1,31}$"
"""What a document calls its own things."""

_NULLS: Final = ("", "~", "null", "Null", "NULL")


class Part(BaseModel):
    """A table of a document: its keys, and no others."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


def describe(value: object) -> str:
    """What was found, short enough for a message."""
    if isinstance(value, dict):
        return "a table of keys"
    if isinstance(value, (list, tuple)):
        return "a list"
    text = str(value)
    return repr(text if len(text) <= 40 else f"{text[:40]}...") if text else "nothing"


@dataclass(frozen=True, slots=True)
class Whole:
    """Makes a whole number of a text."""

    least: int
    most: int

    def __call__(self, value: object) -> int:
        # What is longer than any limit is cut, and stays beyond it.
        digits = re.fullmatch(r"(-?)0*([0-9]{1,18})[0-9]*", str(value))
        number = int(digits[1] + digits[2]) if digits else None
        if number is not None and number > self.most:
            raise ValueError(f"expected a whole number of at most {self.most}, found {describe(value)}")
        if number is None or number < self.least:
            raise ValueError(f"expected a whole number of at least {self.least}, found {describe(value)}")
        return number


def read_switch(value: object) -> bool:
    """Makes a switch of a text."""
    if str(value) not in ("true", "false"):
        raise ValueError(f"expected true or false, found {describe(value)}")
    return value == "true"


def as_value_error(check: Callable[[str], Any], text: str) -> str:
    """The text, if a check of the domain takes it; its words as a mistake of the document."""
    try:
        check(text)
    except HubError as error:
        raise ValueError(error.safe_message) from None
    return text


def check_once(values: tuple[str, ...]) -> tuple[str, ...]:
    """A list in which nothing occurs twice."""
    for place, value in enumerate(values):
        if value in values[:place]:
            raise ValueError(f"{value} occurs twice")
    return values


def _null_as_none(value: object) -> object:
    return None if isinstance(value, str) and value in _NULLS else value


def _one(value: object) -> object:
    return 1 if str(value) == "1" else value


def _day(text: str) -> str:
    try:
        if date.fromisoformat(text).isoformat() == text:
            return text
    except ValueError:
        pass
    raise ValueError("expected a day such as 2026-01-31")


MOST_FEN: Final = 999_999_999_999

Switch = Annotated[bool, BeforeValidator(read_switch)]
Count = Annotated[int, Field(ge=1, le=1_000_000), BeforeValidator(Whole(1, 1_000_000))]
Days = Annotated[int, Field(ge=1, le=36_500), BeforeValidator(Whole(1, 36_500))]
Day = Annotated[str, AfterValidator(_day)]
Nullable = BeforeValidator(_null_as_none)
Name = Annotated[str, Field(pattern=NAME)]
FormatOne = Annotated[Literal[1], BeforeValidator(_one)]
"""The first version of a format."""
