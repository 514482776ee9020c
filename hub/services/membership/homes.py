"""On which of a person's records a fact hangs: the one by which they were named, also after an unmerge."""

from __future__ import annotations

from graph import homes
from graph.reading import Reader
from hub.core.model import RawIdentifier, RecordKey
from hub.services.identity import Identity


async def find_home(
    reader: Reader,
    identity: Identity,
    person: str,
    *,
    record: RecordKey | None = None,
    identifier: RawIdentifier | None = None,
) -> str:
    """An id by which to name a living person to whoever gives them something.

    It is the id that the record brought by which they were named, or which claims the identifier by which they were;
    their own where a merge came between.
    """
    found = None
    if record is not None:
        found = await homes.find_by_record(reader, str(record))
    elif identifier is not None and (known := identity.normalise(identifier)) is not None:
        found = await homes.find_by_identifier(reader, identity.key_of(known), person)
    return found or person
