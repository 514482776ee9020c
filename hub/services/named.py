"""Doing something to a person who is named in some words: a repeat finds what was done, whoever these mean by then."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import NamedTuple, TypeAlias

from hub.core.errors import Ambiguous, Erased, HubError
from hub.core.ledger import Operation, UnknownPerson


class Named(NamedTuple):
    """A person, and how the caller named them.

    `person` is empty where nobody living is meant: then the request may still be the repeat of one that was done.
    """

    person: str
    said: str


Act: TypeAlias = Callable[[Named], Awaitable[Operation]]


async def act_on_named(find: Callable[[], Awaitable[str | None]], said: str, act: Act) -> Operation:
    """Do something to the living person whom `find` gives, or find that it was done before.

    Raises:
        UnknownPerson, Ambiguous, Erased: nobody living is meant, and it is no repeat.
    """
    absence: HubError = UnknownPerson("Nobody is known by this phone number, id, identifier or record.")
    try:
        person = await find()
    except (Ambiguous, Erased) as error:
        person, absence = None, error
    named = Named(person or "", said)
    try:
        return await act(named)
    except UnknownPerson as error:
        raise (error if named.person else absence) from None
