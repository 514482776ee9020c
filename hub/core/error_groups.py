"""One error instead of a group of them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from hub.core.errors import HubError


@contextmanager
def one_error() -> Iterator[None]:
    """Unpack what task groups wrap: the first of the hub's own errors, or the only other one."""
    chosen: BaseException | None = None
    try:
        yield
    except BaseExceptionGroup as group:
        errors = list(_flatten(group))
        ours = [error for error in errors if isinstance(error, HubError)]
        if not ours and len(errors) > 1:
            raise
        chosen = (ours or errors)[0]
    if chosen is not None:  # raised here, so that it keeps its own cause and drops the group
        raise chosen


def _flatten(group: BaseExceptionGroup[BaseException]) -> Iterator[BaseException]:
    for error in group.exceptions:
        if isinstance(error, BaseExceptionGroup):
            yield from _flatten(error)
        else:
            yield error
