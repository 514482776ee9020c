"""What an operation costs its client: reserved before it runs, settled after it ran."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from hub.core.errors import InvalidInput, Unavailable
from hub.core.settings import Settings

# The default lets a page of 100 persons through with 50 orders each and what was bought. Answering that takes about a
# second, in which the process answers nobody else.
MAX_OBJECTS: Final = Settings().graphql_max_cost

# Most walk all that identifiers connect to a person: 7 ms where an object takes a tenth of one. Beliefs are looked up.
WORK: Final = {"explain": 50, "valid": 50, "validPersons": 50, "believed": 10, "believedPerson": 10}
"""What fields cost beside the objects that they show, by name."""

Reserve = Callable[[int], None]
"""Takes a cost from the client's budget, or raises Throttled."""


class Throttled(Unavailable):
    """The client has used up what it may for now."""

    code = "THROTTLED"


@dataclass(slots=True)
class Meter:
    """One operation's account.

    Attributes:
        limit: the most that one operation may cost.
        reserve: called once, before anything runs.
        requested: what the operation may cost at most; None until that is known.
        added: what it turned out to cost beyond that while it ran.
        spent: what of it was work that was done, whatever the answer shows.
        admitted: whether it was let in.
        writes: whether it is a mutation that was let in: one that has begun should end, whoever waits for it.
    """

    limit: int
    reserve: Reserve | None = None
    requested: int | None = None
    added: int = 0
    spent: int = 0
    admitted: bool = False
    writes: bool = False

    def admit(self, cost: int, *, writes: bool) -> None:
        """Let an operation run, once however often it is tried; raises Throttled."""
        if self.admitted:
            self.writes = writes
            return
        self.requested = cost
        if self.reserve is not None:
            self.reserve(cost)
        self.admitted, self.writes = True, writes

    def add(self, cost: int) -> None:
        """Let what runs cost more than could be known before; raises Throttled, and InvalidInput above the limit."""
        requested = (self.requested or 0) + cost
        if requested > self.limit:
            raise InvalidInput(
                f"With what has to be worked out for it the operation costs {requested}: at most {self.limit}. "
                "Ask for fewer at a time."
            )
        if self.reserve is not None:
            self.reserve(cost)
        self.requested, self.added = requested, self.added + cost

    def work(self, field: str) -> None:
        """Do what a field costs beside its objects, which was let in with the operation."""
        self.spent += WORK[field]

    def count_used(self, data: object) -> int:
        """What it did cost, by its answer."""
        requested = self.requested or 0
        return requested if self.writes else min(requested, count_actual(data) + self.added + self.spent)


def count_actual(data: object) -> int:
    """The objects in an answer, the outermost aside."""
    objects = -1
    waiting = [data]
    for found in waiting:  # which grows meanwhile
        if type(found) is dict:
            objects += 1
        inside = found.values() if type(found) is dict else found if type(found) is list else ()
        waiting.extend([value for value in inside if type(value) is dict or type(value) is list])
    return max(objects, 0)
