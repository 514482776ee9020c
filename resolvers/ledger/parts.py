"""Pieces of lots in GraphQL."""

from __future__ import annotations

from typing import Final

import strawberry

from hub.core.access import Scope
from resolvers.access import opened_by
from resolvers.scalars import Amount

OPERATIONS: Final = (Scope.POINTS_READ, Scope.POINTS_WRITE, Scope.MEMBERSHIP_READ, Scope.MEMBERSHIP_WRITE)
"""An operation is what every change answers, whatever it changes."""


@opened_by(*OPERATIONS)
@strawberry.type(description="A piece of a lot. / 批次中的一部分。")
class LotPart:
    lot: strawberry.ID = strawberry.field(description="The lot. / 批次编号。")
    amount: Amount = strawberry.field(description="How much of it. / 数额。")
