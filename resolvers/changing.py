"""What every mutation does around its change: refusals that callers reckon with are data, anything else is an error."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeVar

from hub.core.errors import HubError
from hub.core.ledger import Operation
from resolvers.context import Context

_Answer = TypeVar("_Answer")


async def change(
    context: Context,
    work: Callable[[Context], Awaitable[Operation]],
    show_done: Callable[[Operation], _Answer],
    show_refusal: Callable[[HubError], _Answer | None],
) -> _Answer:
    """What was done, or the refusal where `show_refusal` has it as data; raises all other errors."""
    try:
        done = await work(context)
        context.trail.persons.add(done.person)
    except HubError as error:
        refusal = show_refusal(error)
        if refusal is None:
            raise
        return refusal
    finally:
        # Mutations of one document run one after the other; the next answer must not show what was before.
        context.forget()
    return show_done(done)
