"""One run of a plan: what all its fields share, and how coroutines of fields are run."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from graphql.execution.values import VariableValues

from resolvers.context import Context
from resolvers.together import Wanted

_T = TypeVar("_T")


class Unplanned(Exception):
    """A plan cannot answer this: ordinary execution must, which also finds the words where it is a failure."""


@dataclass(frozen=True, slots=True)
class Run:
    """Stands for strawberry's `Info` in resolvers, of which these use the context only."""

    context: Context
    variables: VariableValues

    def expecting(self, asked: Sequence[tuple[str, Any]]) -> Run:
        """The same for a field that finds a person of whom this will be asked: loaders by name, with keys of nobody."""
        wanted = Wanted.of(asked)
        return Run(self.context.expecting(wanted), self.variables) if any(wanted) else self


async def run_together(work: Sequence[Coroutine[Any, Any, _T]]) -> list[_T]:
    """The results, in order; where one fails the others are stopped."""
    if len(work) <= 1:
        return [await one for one in work]
    try:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(one) for one in work]
    except BaseExceptionGroup as failures:
        raise failures.exceptions[0] from None
    return [task.result() for task in tasks]


def run_at_once(field: Coroutine[Any, Any, _T]) -> _T:
    """The result of a coroutine that has nothing to wait for; raises Unplanned for one that has."""
    try:
        field.send(None)
    except StopIteration as done:
        result: _T = done.value
        return result
    field.close()
    raise Unplanned("a field waits for more than it is marked with")
