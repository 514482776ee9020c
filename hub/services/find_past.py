"""Whom does a caller mean, at an instant? As `find_person`, by the claims that were valid then."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

from graph import as_of
from graph.database import Graph
from hub.core.errors import Conflict, InvalidInput, NotFound
from hub.core.model import Identifier, RawIdentifier, RecordKey
from hub.services.as_of import ValidPartition, compute_valid_partition, compute_valid_partitions
from hub.services.check_installation import check_key
from hub.services.find_person import check_person_id, refuse_erased
from hub.services.identity import Identity

_MOST_HOLDERS: Final = 1000
_MOST_NAMED: Final = 10


async def find_valid_by_phone(
    graph: Graph, identity: Identity, phone: str, valid_at_ms: int, *, most: int | None = None
) -> ValidPartition:
    """Who was who among the records connected to whoever held a phone number at an instant (valid time).

    `most`: as in `compute_valid_partition`.

    Raises:
        InvalidInput: this is not a phone number that a person can hold.
        NotFound: no record claimed it then.
        Conflict: several persons did.
    """
    return await _find_valid(graph, identity, _read_phone(identity, phone), valid_at_ms, most)


async def find_valid_by_identifier(
    graph: Graph, identity: Identity, raw: RawIdentifier, valid_at_ms: int, *, most: int | None = None
) -> ValidPartition:
    """As `find_valid_by_phone`, for an identifier of any type that can be somebody's own."""
    identifier = identity.normalise(raw)
    if identifier is None or not identity.identifies(identifier):
        raise InvalidInput("This identifier is nobody's own: empty, hidden, a placeholder, a household or a hotline.")
    return await _find_valid(graph, identity, identifier, valid_at_ms, most)


async def find_valid_by_id(
    graph: Graph, identity: Identity, person_id: str, valid_at_ms: int, *, most: int | None = None
) -> ValidPartition:
    """The same for the record that brought a person's id; raises InvalidInput, NotFound, Erased."""
    asked = check_person_id(person_id)
    await refuse_erased(graph, asked)
    found = await find_valid_by_ids(graph, identity, [asked], valid_at_ms, most=most)
    if asked not in found:
        raise NotFound("Nobody is known by this id.")
    return found[asked]


async def find_valid_by_ids(
    graph: Graph, identity: Identity, ids: Collection[str], valid_at_ms: int, *, most: int | None = None
) -> dict[str, ValidPartition]:
    """The same by ids of persons who are not erased, by as many statements as for one; unknown ids are left out."""
    records = await as_of.find_records(graph, ids)
    keys = [RecordKey.parse(record) for record in records.values()]
    found = await compute_valid_partitions(graph, identity, keys, valid_at_ms, most=most)
    return {person: one for person, one in zip(records, found, strict=True) if one is not None}


async def _find_valid(
    graph: Graph, identity: Identity, identifier: Identifier, valid_at_ms: int, most: int | None
) -> ValidPartition:
    holders = await fetch_valid_holders(graph, identity, identifier, valid_at_ms)
    if not holders:
        await check_key(graph, identity)
        raise NotFound("Nobody held this identifier then.")
    found = await compute_valid_partition(graph, identity, holders[0], valid_at_ms, most=most)
    if found.person is not None and not set(holders) <= set(found.person.records):
        named = ", ".join(f"'{record}'" for record in holders[:_MOST_NAMED])
        raise Conflict(f"Several persons held this identifier then. Ask by id, or by one of their records: {named}.")
    return found


async def fetch_valid_holders(
    graph: Graph, identity: Identity, identifier: Identifier, valid_at_ms: int
) -> tuple[RecordKey, ...]:
    """The records that claimed an identifier at an instant (valid time), sorted; a thousand at most."""
    key = identity.key_of(identifier)
    return tuple(map(RecordKey.parse, await as_of.fetch_holders(graph, key, valid_at_ms, limit=_MOST_HOLDERS)))


def _read_phone(identity: Identity, phone: str) -> Identifier:
    try:
        identifier = identity.normalise(RawIdentifier("phone", "", phone))
    except InvalidInput:
        identifier = None
    if identifier is None or identifier.type != "phone" or not identity.identifies(identifier):
        raise InvalidInput("This is not a phone number that a person can hold. Write all of its digits.")
    return identifier
