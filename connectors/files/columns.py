"""What a mapping says of single columns, and of columns that belong together."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Final, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

SYSTEM_SCOPE: Final = "$system"
COLUMN_SCOPE: Final = "column:"


def _as_column(value: object) -> object:
    return {"column": value} if isinstance(value, str) else value


def _null_as_none(value: object) -> object:
    return None if value in ("", "~", "null", "Null", "NULL") else value


class Part(BaseModel):
    """A table of a mapping: its keys, and no others."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


AssetName = Annotated[str, Field(pattern="^[a-z][a-z0-9_]{0,31}$")]
ColumnName = Annotated[str, Field(min_length=1, max_length=256)]


class TextColumn(Part):
    """A cell's text, translated through `values` where there is such a table; or the same text `always`."""

    column: ColumnName | None = None
    always: ColumnName | None = None
    values: dict[str, Annotated[str | None, BeforeValidator(_null_as_none)]] | None = None

    @model_validator(mode="after")
    def _one_of_two(self) -> TextColumn:
        if (self.column is None) == (self.always is None):
            raise ValueError("expected either `column` or `always`")
        if self.always is not None and self.values is not None:
            raise ValueError("`values` belongs to a `column`, not to `always`")
        return self


class TimeColumn(Part):
    """An instant."""

    column: ColumnName
    format: Literal["auto", "epoch_s", "epoch_ms", "excel"] = "auto"


class MoneyColumn(Part):
    """An amount; the unit has no default, because a wrong guess is wrong by a factor of a hundred."""

    column: ColumnName
    unit: Literal["yuan", "fen"]


TextPart = Annotated[TextColumn, BeforeValidator(_as_column)]
TimePart = Annotated[TimeColumn, BeforeValidator(_as_column)]


class IdentifierColumn(Part):
    """A column of identifiers.

    `scope`: a literal, `$system` or `column:NAME`; empty for a phone. `verified`: the system has proof of it.
    """

    type: Annotated[str, Field(pattern="^[a-z][a-z0-9_]{1,31}$")]
    column: ColumnName
    scope: Annotated[str, Field(max_length=256)] = ""
    verified: bool = False

    @model_validator(mode="after")
    def _scope_column_has_a_name(self) -> IdentifierColumn:
        if self.scope_column is not None and not self.scope_column.strip():
            raise ValueError("expected the name of a column after `column:` in `scope`")
        return self

    @property
    def scope_column(self) -> str | None:
        """The column that holds the scope, if the scope is in a column."""
        return self.scope.removeprefix(COLUMN_SCOPE) if self.scope.startswith(COLUMN_SCOPE) else None


class BalanceColumn(Part):
    """What the customer holds of an asset, and the last day on which it can be spent; the unit has no default."""

    column: ColumnName
    unit: Literal["point", "yuan", "fen"]
    last_day: ColumnName | None = None


class TierColumn(Part):
    """The tier that the customer has, by its name in the programme or translated by `values`; its last day."""

    column: ColumnName
    values: dict[str, Annotated[str | None, BeforeValidator(_null_as_none)]] | None = None
    last_day: ColumnName | None = None


class ReturnColumns(Part):
    """How much of something came back, as an amount, as a number of pieces or both."""

    amount: MoneyColumn | None = None
    quantity: ColumnName | None = None

    @model_validator(mode="after")
    def _something(self) -> ReturnColumns:
        if self.amount is None and self.quantity is None:
            raise ValueError("expected an `amount`, a `quantity` or both")
        return self

    def names(self) -> list[str]:
        """The columns."""
        return [name for name in (self.amount and self.amount.column, self.quantity) if name]


class RefundColumns(ReturnColumns):
    """A refund with a name of its own."""

    id: ColumnName
    line_id: ColumnName | None = None

    def names(self) -> list[str]:
        """The columns."""
        return [self.id, *([self.line_id] if self.line_id else []), *ReturnColumns.names(self)]


class LineColumns(Part):
    """Where the lines of an order are; with `path`, the columns are keys of the elements of that list."""

    path: ColumnName | None = None
    line_id: ColumnName | None = None
    sku: ColumnName | None = None
    name: ColumnName | None = None
    quantity: ColumnName | None = None
    amount: MoneyColumn | None = None
    refunded: ReturnColumns | None = None
    replaces: ColumnName | None = None

    @model_validator(mode="after")
    def _lines_have_names(self) -> LineColumns:
        if (self.refunded or self.replaces) and self.line_id is None:
            raise ValueError("expected a `line_id`, by which `refunded` and `replaces` name lines")
        return self

    def names(self) -> Iterator[str]:
        """The columns as a source lists them: `items[].sku` below a path, plain otherwise."""
        prefix = f"{self.path}[]." if self.path else ""
        amount = self.amount.column if self.amount else None
        refunded = self.refunded.names() if self.refunded else []
        for name in (self.line_id, self.sku, self.name, self.quantity, amount, *refunded, self.replaces):
            if name is not None:
                yield prefix + name
