"""The programmes of an installation."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from hub.core.errors import InvalidInput
from rules.programme import Programme as Programme


class Programmes:
    """Programmes by name, in the order in which they are shown."""

    def __init__(self, programmes: Iterable[Programme]) -> None:
        self._by_name = {programme.name: programme for programme in programmes}

    def __iter__(self) -> Iterator[Programme]:
        return iter(self._by_name.values())

    def get(self, name: str) -> Programme:
        """The programme of a name; raises InvalidInput where there is none."""
        found = self._by_name.get(name)
        if found is None:
            raise InvalidInput(f"There is no programme {name[:50]!r}. Programmes: {', '.join(sorted(self._by_name))}.")
        return found
