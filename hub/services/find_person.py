"""Who is this? A living person's id, from whatever a caller knows of them."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from typing import Final

from graph import persons
from graph.database import Graph
from graph.installation import Installation, fetch_installation
from graph.persons import Born
from hub.core.errors import Ambiguous, Erased, InvalidInput
from hub.core.model import MAX_EXTERNAL_ID_CHARS, Identifier, RawIdentifier, RecordKey, System
from hub.services.check_installation import judge_key
from hub.services.identity import Identity

_PERSON_ID: Final = re.compile(r"[0-7][0-9A-HJKMNP-TV-Z]{25}")
ERASED_MESSAGE: Final = (
    "This person is erased: their data is gone for good, and their id is never given to anyone else."
)
MOST_NAMED: Final = 10
"""So many of those who share an identifier are named; of more it is enough to know that there are."""
_PHONE_LOOKS_LIKE: Final = "Write all of its digits, such as 13812345678, +86 138 1234 5678 or +44 20 7946 0958."


@dataclass(frozen=True, slots=True)
class PersonFinder:
    """Looks persons up.

    Every method returns the id of a living person, or None where the hub knows nobody by that, and raises InvalidInput
    for what cannot be right. By an identifier nobody is unknown for want of the right key: then Unavailable is raised.

    Each attribute below asks the graph for many at once; None asks it for one alone.

    Attributes:
        find_holders: who holds the identifier of a key now, ids in order, up to `MOST_NAMED` and one.
        find_born: what became of an id that was given out.
        find_owner: the id of the person whom a record belongs to, by the record's key.
        find_installation: what the graph says of its key.
    """

    graph: Graph
    identity: Identity
    find_holders: Callable[[str], Awaitable[tuple[str, ...]]] | None = None
    find_born: Callable[[str], Awaitable[Born | None]] | None = None
    find_owner: Callable[[str], Awaitable[str | None]] | None = None
    find_installation: Callable[[], Awaitable[Installation]] | None = None

    async def find_by_phone(self, phone: str) -> str | None:
        """Whoever holds this number now, in whatever form it is written; raises Ambiguous where several persons do."""
        try:
            identifier = self.identity.normalise(RawIdentifier("phone", "", phone))
        except InvalidInput:
            raise InvalidInput(f"This is not a phone number. {_PHONE_LOOKS_LIKE}") from None
        if identifier is None:
            raise InvalidInput(f"This number is nobody's: it is empty, a placeholder or a hotline. {_PHONE_LOOKS_LIKE}")
        if identifier.type != "phone":
            raise InvalidInput(f"A partly hidden number fits many people. {_PHONE_LOOKS_LIKE}")
        return await self._holder(identifier)

    async def find_by_id(self, person_id: str) -> str | None:
        """The living person behind any id that was ever given out, merged ones included; raises Erased."""
        find = self.find_born or partial(persons.find_by_birth_id, self.graph)
        found = await find(check_person_id(person_id))
        if found is not None and found.erased:
            raise Erased(ERASED_MESSAGE)
        return found and found.person_id

    async def find_by_identifier(self, type_name: str, scope: str, value: str) -> str | None:
        """Whoever holds this identifier now; raises Ambiguous where several persons do."""
        try:
            identifier = self.identity.normalise(RawIdentifier(type_name, scope, value))
        except InvalidInput as error:
            raise InvalidInput(f"The identifier is not valid: {error.safe_message.rstrip('.')}.") from None
        if identifier is None:
            raise InvalidInput("The identifier's value is empty or a placeholder: write the value itself.")
        return await self._holder(identifier)

    async def find_by_record(self, key: RecordKey) -> str | None:
        """The person whom this record of a system belongs to."""
        System(key.system)
        if not 0 < len(key.external_id) <= MAX_EXTERNAL_ID_CHARS:
            raise InvalidInput(f"A record's external id has 1 to {MAX_EXTERNAL_ID_CHARS} characters.")
        find = self.find_owner or partial(persons.find_by_record, self.graph)
        return await find(str(key))

    async def _holder(self, identifier: Identifier) -> str | None:
        key = self.identity.key_of(identifier)
        if not self.identity.identifies(identifier):
            raise InvalidInput(
                "This identifier is nobody's own: a hidden number, a delivery token, a household or a hotline."
            )
        holders = await (self.find_holders or self._find_holders)(key)
        if not holders:
            find = self.find_installation or partial(fetch_installation, self.graph)
            judge_key(await find(), self.identity)
            return None
        if len(holders) > 1:
            raise _ambiguous(holders)
        return holders[0]

    async def _find_holders(self, key: str) -> tuple[str, ...]:
        found = await persons.find_by_identifiers(self.graph, [key], limit=MOST_NAMED + 1)
        return found.get(key, ())


def _ambiguous(holders: tuple[str, ...]) -> Ambiguous:
    named = holders[:MOST_NAMED]
    count = str(len(holders)) if holders == named else f"More than {MOST_NAMED}"
    return Ambiguous(
        f"{count} persons hold this identifier, so it does not say which one is meant. Ask by id ({', '.join(named)}), "
        "by record, or by another of their identifiers.",
        named,
    )


async def refuse_erased(graph: Graph, person_id: str) -> None:
    """Raise Erased where the person behind an id that was given out is erased."""
    found = await persons.find_by_birth_id(graph, person_id)
    if found is not None and found.erased:
        raise Erased(ERASED_MESSAGE)


def check_person_id(person_id: str) -> str:
    """The id in its written form; raises InvalidInput for what the hub can never have given out."""
    canonical = person_id.strip().upper()
    if not _PERSON_ID.fullmatch(canonical):
        raise InvalidInput(
            "This is not a person's id: it has 26 letters and digits, such as 01ARZ3NDEKTSV4RRFFQ69G5FAV."
        )
    return canonical
