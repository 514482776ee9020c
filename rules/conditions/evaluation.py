"""Whether conditions hold, by the CEL engine. It is given checked conditions on declared inputs only."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache, lru_cache
from types import ModuleType
from typing import Any

from hub.core.errors import InvariantBroken


class Moment:
    """What the inputs are, made ready once for many conditions."""

    def __init__(self, **tables: Mapping[str, Any]) -> None:
        self._values = _engine().Context(variables=dict(tables))

    def having(self, table: str, values: Mapping[str, Any]) -> Moment:
        """This one, in which a table of inputs says something else from now on."""
        self._values.add_variable(table, values)
        return self

    def holds(self, condition: str) -> bool:
        """Whether a condition that `check_condition` has taken is true; raises InvariantBroken for any other."""
        try:
            answer = _compile(condition).execute(self._values)
        except BaseException as error:
            # What panics in the engine is no Exception, and must not end the process that it happens in.
            if isinstance(error, Exception) or type(error).__name__ == "PanicException":
                raise _broken(condition, type(error).__name__) from None
            raise
        if not isinstance(answer, bool):
            raise _broken(condition, type(answer).__name__)
        return answer


@cache
def _engine() -> ModuleType:
    """The engine, which brings a command line along and takes a third of a second to import."""
    import cel

    return cel


@lru_cache(maxsize=1024)
def _compile(condition: str) -> Any:
    return _engine().compile(condition)


def _broken(condition: str, what: str) -> InvariantBroken:
    return InvariantBroken(f"The condition {condition[:200]!r} cannot be evaluated.", error=what)
