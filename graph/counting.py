"""Counting the statements that a piece of work costs, for tests, benchmarks and metrics."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field


@dataclass(slots=True)
class StatementCounter:
    """Statements run so far, by name. A transaction that was repeated counts each attempt."""

    by_name: Counter[str] = field(default_factory=Counter)

    @property
    def total(self) -> int:
        return self.by_name.total()


_counter: ContextVar[StatementCounter | None] = ContextVar("statement_counter", default=None)


@contextmanager
def count_statements() -> Iterator[StatementCounter]:
    """Count what runs inside, in this task and in those that it starts."""
    counter = StatementCounter()
    token = _counter.set(counter)
    try:
        yield counter
    finally:
        _counter.reset(token)


def note_statement(name: str) -> None:
    """Add one to the counter of the work that is going on, if anyone is counting."""
    counter = _counter.get()
    if counter is not None:
        counter.by_name[name] += 1
