"""A graph whose transactions fail before a chosen statement: the process dies, or the server says try again."""

from __future__ import annotations

import random
from collections.abc import Awaitable, Callable
from copy import copy
from typing import Any, Concatenate, ParamSpec, TypeVar

from neo4j import Record
from neo4j.exceptions import TransientError

from graph.database import Graph, Transaction
from graph.statement import Statement

_P = ParamSpec("_P")
_T = TypeVar("_T")


class ProcessDied(Exception):
    """The process ended here: nothing after it ran."""


class ShakyGraph:
    """A graph to hand to services in place of the real one; each write may fail once, at any statement."""

    def __init__(self, graph: Graph, chooser: random.Random, *, most_statements: int = 8) -> None:
        self._graph = graph
        self._chooser = chooser
        self._most = most_statements
        self._fuse = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._graph, name)

    async def write(
        self, function: Callable[Concatenate[Transaction, _P], Awaitable[_T]], *args: _P.args, **kwargs: _P.kwargs
    ) -> _T:
        """As `Graph.write`, until it fails."""
        self._fuse = self._chooser.randrange(1, self._most)

        async def fragile(tx: Transaction, /, *args: _P.args, **kwargs: _P.kwargs) -> _T:
            run = tx.run

            async def run_or_fail(statement: Statement, **parameters: Any) -> list[Record]:
                self._burn(self._chooser.choice([ProcessDied(), TransientError("try again")]))
                return await run(statement, **parameters)

            tx.run = run_or_fail  # type: ignore[method-assign]
            done = await function(tx, *args, **kwargs)
            self._burn(ProcessDied())
            return done

        return await self._graph.write(fragile, *args, **kwargs)

    def _burn(self, failure: Exception) -> None:
        self._fuse -= 1
        if self._fuse == 0:
            raise failure


def shaken(graph: Graph, chooser: random.Random, *, most_statements: int) -> Graph:
    """The graph, for services that also read by it, with the writes of a `ShakyGraph`."""
    found = copy(graph)
    found.write = ShakyGraph(graph, chooser, most_statements=most_statements).write  # type: ignore[method-assign]
    return found
