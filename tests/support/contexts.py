"""A context of a caller who may do everything, for operations that never get to the graph."""

from __future__ import annotations

from typing import Any

from hub.core.access import OPEN
from hub.services.ledger.programmes import Programmes
from resolvers.context import Context, make_context
from resolvers.reads import Reads


def make_bare_context() -> Context:
    """Without a graph and without programmes."""
    nothing: Any = None
    return make_context(nothing, nothing, Programmes([]), Reads(nothing), grant=OPEN, now_ms=0)
