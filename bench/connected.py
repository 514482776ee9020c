"""Connected components of records that share identifiers: the naive way to find persons, computed by SciPy."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from bench.metrics import Places
from hub.services.components import is_quarantined
from hub.services.settle import Picture
from rules.policy import Policy

Holders = Mapping[str, list[str]]
"""Identifier to the records that hold it now."""


def list_holders(picture: Picture, policy: Policy, *, quarantine: bool = False) -> Holders:
    """The holders of every identifier that links and is somebody's; with quarantine not of those in too many hands."""
    found: dict[str, list[str]] = defaultdict(list)
    for one in picture.evidence:
        for claim in one.claims:
            state = picture.states[claim.identifier]
            kept = not state.blocked and not (quarantine and is_quarantined(policy, state))
            if kept and policy.types[claim.type].power == "strong":
                found[claim.identifier].append(one.record)
    return found


def connect(records: Iterable[str], pairs: Iterable[tuple[str, str]]) -> Places:
    """The components that these pairs of records form; a record in no pair is one by itself."""
    number = {record: place for place, record in enumerate(records)}
    edges = np.array([(number[left], number[right]) for left, right in pairs], dtype=np.int64).reshape(-1, 2)
    shape = (len(number), len(number))
    matrix = coo_array((np.ones(len(edges), dtype=np.int8), (edges[:, 0], edges[:, 1])), shape=shape)
    _, labels = connected_components(matrix, directed=False)
    return {record: str(labels[place]) for record, place in number.items()}


def chain(holders: Iterable[list[str]]) -> Iterable[tuple[str, str]]:
    """Pairs that connect the holders of each identifier."""
    for records in holders:
        yield from ((records[0], other) for other in records[1:])
