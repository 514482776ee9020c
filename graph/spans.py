"""Statements as they appear in traces."""

from __future__ import annotations

from contextlib import AbstractContextManager

from graph.engine import Engine
from graph.statement import Statement
from hub.core.traces import Span, span


def statement_span(statement: Statement, engine: Engine) -> AbstractContextManager[Span]:
    """A statement on its way: by its name, without its text and its values."""
    return span(
        statement.name,
        "client",
        {"db.system.name": engine.name, "db.operation.name": statement.access, "db.query.summary": statement.name},
    )
