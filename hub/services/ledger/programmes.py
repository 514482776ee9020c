"""The programmes of an installation."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Set

from hub.core.errors import Forbidden, InvalidInput
from rules.programme import Programme as Programme


class Programmes:
    """Programmes by name, in the order in which they are shown."""

    def __init__(self, programmes: Iterable[Programme]) -> None:
        self._by_name = {programme.name: programme for programme in programmes}
        self._partial = False
        self._parts = dict[Set[str], Programmes]()

    def only(self, names: Set[str] | None) -> Programmes:
        """Those of a caller who may have to do with these alone; None: all of them."""
        if names is None:
            return self
        part = self._parts.get(names)
        if part is None:
            part = self._parts[names] = Programmes(one for one in self if one.name in names)
            part._partial = True
        return part

    def __iter__(self) -> Iterator[Programme]:
        return iter(self._by_name.values())

    def get(self, name: str) -> Programme:
        """The programme of a name; raises InvalidInput for no programme, Forbidden where that may not be told."""
        found = self._by_name.get(name)
        if found is None and self._partial:
            raise Forbidden(f"This token is not for a programme {name[:50]!r}.")
        if found is None:
            raise InvalidInput(f"There is no programme {name[:50]!r}. Programmes: {', '.join(sorted(self._by_name))}.")
        return found
