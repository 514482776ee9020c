"""All facts of a load in memory, and which of them are connected."""

from __future__ import annotations

from array import array
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from hub.services.facts import CustomerFact
from hub.services.packed_facts import PackedFact, unpack_fact
from rules.policy import Policy


@dataclass(frozen=True, slots=True)
class Portion:
    """Facts to be written together: whole components, or a part of one that is too large to be written at once.

    Attributes:
        facts: each with the number of the file that says it, in the order of `FactPool.add`.
    """

    facts: tuple[tuple[int, CustomerFact], ...]
    whole: bool


class FactPool:
    """Facts in the order of their arrival, about 1.7 KB each, keys included."""

    def __init__(self, policy: Policy) -> None:
        self._policy = policy
        # Records and identifiers in one numbering: their keys cannot be equal.
        self._nodes: dict[str, int] = {}
        self._links = array("I"), array("I")
        # One after the other in one piece: a million small pieces take twice their size.
        self._packed = bytearray()
        self._ends = array("Q", [0])
        self._files = array("H")
        self._records = array("I")
        self._components: np.ndarray[tuple[int], np.dtype[np.int32]] = np.empty(0, np.int32)

    def __len__(self) -> int:
        return len(self._records)

    def add(self, file: int, packed: PackedFact) -> None:
        """Keep what the `file`-th file says of a record."""
        record = self._number(packed.record)
        for identifier in packed.links:
            # One that is given up, or in too many hands, connects nobody in the end. But whoever is decided on has to
            # know that, and does so only if all who ever held it are written together.
            self._links[0].append(record)
            self._links[1].append(self._number(identifier))
        self._packed += packed.content
        self._ends.append(len(self._packed))
        self._files.append(file)
        self._records.append(record)

    def _number(self, key: str) -> int:
        return self._nodes.setdefault(key, len(self._nodes))

    def connect(self) -> None:
        """Find out what is connected, once everything was added; `portions` needs it."""
        size = len(self._nodes)
        left, right = (np.frombuffer(part, dtype=np.uint32) if part else np.empty(0, np.uint32) for part in self._links)
        matrix = coo_array((np.ones(len(left), dtype=np.int8), (left, right)), shape=(size, size))
        _, labels = connected_components(matrix, directed=False)
        self._components = labels[np.frombuffer(self._records, dtype=np.uint32)]

    def portions(self, size: int) -> Iterator[Portion]:
        """All facts; whole components together until there are `size` facts, larger ones than the policy's in parts."""
        waiting: list[int] = []
        for component in self._list_components():
            if len(component) > self._policy.max_component:
                parts = (component[start : start + size] for start in range(0, len(component), size))
                yield from (self._portion(part, whole=False) for part in parts)
                continue
            waiting += component
            if len(waiting) >= size:
                yield self._portion(waiting, whole=True)
                waiting = []
        if waiting:
            yield self._portion(waiting, whole=True)

    def _list_components(self) -> Iterator[list[int]]:
        """Places of facts, component by component."""
        order = np.argsort(self._components, kind="stable").tolist()
        for _, places in groupby(order, key=self._components.__getitem__):
            yield list(places)

    def _portion(self, places: list[int], *, whole: bool) -> Portion:
        return Portion(tuple((self._files[place], self._unpack(place)) for place in sorted(places)), whole)

    def _unpack(self, place: int) -> CustomerFact:
        return unpack_fact(memoryview(self._packed)[self._ends[place] : self._ends[place + 1]])
