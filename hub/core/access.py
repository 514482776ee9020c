"""What callers of the API may ask: scopes, and the grant that a caller comes with."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from hub.core.errors import Forbidden, InvalidInput


class Scope(StrEnum):
    """What a token can be for; the values are in tokens that were given out."""

    PERSON_READ = "person:read"
    ORDERS_READ = "orders:read"
    POINTS_READ = "points:read"
    POINTS_WRITE = "points:write"
    MEMBERSHIP_READ = "membership:read"
    MEMBERSHIP_WRITE = "membership:write"
    CASES_READ = "cases:read"
    PII_READ = "pii:read"
    SCHEMA_READ = "schema:read"


@dataclass(frozen=True, slots=True)
class Grant:
    """Who asks, and how far that reaches.

    Attributes:
        client: the client's id; empty where nobody was asked for one.
        programmes: of which it may read and change something; None for all.
        purpose: what personal data in clear is read for; empty where that was not said.
    """

    client: str
    scopes: frozenset[Scope]
    programmes: frozenset[str] | None = None
    purpose: str = ""

    def reaches(self, programme: str) -> bool:
        """Whether something of a programme may be read and changed."""
        return self.programmes is None or programme in self.programmes

    def require(self, *scopes: Scope) -> None:
        """Raises Forbidden without any of the scopes."""
        if self.scopes.isdisjoint(scopes):
            raise Forbidden(f"This needs the scope {' or '.join(scopes)}, which the token does not have.", scopes[:1])


OPEN: Final = Grant("", frozenset(Scope), None, "open")
"""Everything: for operators, and where the API asks nobody who they are."""


def read_scopes(names: Iterable[str]) -> frozenset[Scope]:
    """Scopes by their names; raises InvalidInput with those that there are."""
    given = set(names)
    if unknown := given - set(Scope):
        raise InvalidInput(f"{', '.join(sorted(unknown))[:100]}: the scopes are {', '.join(Scope)}.")
    return frozenset(Scope(name) for name in given)
