"""Records with what is too weak to link by, page by page."""

from __future__ import annotations

from typing import Final, NamedTuple

from graph.component import find_page_bound
from graph.database import Graph
from graph.evidence import IdentifierState, decode_profile
from graph.statement import Statement

_FETCH_PAGE: Final = Statement(
    "similar_records.fetch_page",
    "read",
    """
    MATCH (r:Record) WHERE r.key > $after AND r.key <= $bound AND r.erased_ms IS NULL
    WITH r ORDER BY r.key LIMIT $limit
    MATCH (r)-[:OF]->(p:Person)
    RETURN r.key, p.id, r.profile,
           [(r)-[c:CLAIMS]->(i:Identifier) WHERE c.valid_to_ms IS NULL AND i.type IN $types |
            [i.masked, i.key, i.type, i.live, i.blocked, i.lifted]],
           [(r)<-[:PLACED_BY]-(o:Order) WHERE o.store IS NOT NULL | o.store]
    """,
)


class MaskedClaim(NamedTuple):
    """A live claim on an identifier that is compared by its masked form."""

    masked: str
    state: IdentifierState


class WeakEvidence(NamedTuple):
    """A record's part.

    Attributes:
        profile: field to value.
        stores: of each of its orders that names one, in no order.
    """

    record: str
    person: str
    profile: dict[str, str]
    claims: tuple[MaskedClaim, ...]
    stores: tuple[str, ...]


async def fetch_page(graph: Graph, types: list[str], *, after: str, limit: int) -> list[WeakEvidence]:
    """The next live records behind a key, sorted by key, with their claims of these types; empty at the end of all."""
    bound = await find_page_bound(graph, after=after, limit=limit)
    if bound is None:
        return []
    rows = await graph.read(_FETCH_PAGE, types=types, after=after, bound=bound, limit=limit)
    found = [
        WeakEvidence(
            record,
            person,
            {name: value for name, (value, _) in decode_profile(profile).items()},
            tuple(
                MaskedClaim(masked, IdentifierState(key, kind, live, blocked, lifted))
                for masked, key, kind, live, blocked, lifted in claims
            ),
            tuple(stores),
        )
        for record, person, profile, claims, stores in rows
    ]
    return sorted(found, key=lambda one: one.record)
