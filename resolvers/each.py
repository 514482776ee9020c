"""Several things that one field asks for: one that fails is null with an error, and the others are shown."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Final, TypeVar, cast

from hub.core.errors import HubError, InvalidInput
from resolvers.plans.run import run_together

MOST: Final = 100
"""Things that one field may ask for."""

_Key = TypeVar("_Key")
_Found = TypeVar("_Found")


async def find_each(
    find: Callable[[_Key], Awaitable[_Found | None]], keys: Sequence[_Key], what: str
) -> list[_Found | None]:
    """What is found for each key, in their order, all at once: None for nothing, an error in the place of a failure.

    Raises InvalidInput for more than `MOST`, which it calls `what`.
    """
    if len(keys) > MOST:
        raise InvalidInput(f"At most {MOST} {what} at once; these are {len(keys)}.")

    async def settle(key: _Key) -> _Found | HubError | None:
        try:
            return await find(key)
        except HubError as error:
            return error

    # graphql-core puts an error that it finds in a list in its place.
    return cast(list[_Found | None], await run_together([settle(key) for key in keys]))
