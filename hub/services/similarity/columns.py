"""Records as a table of comparable columns."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from datetime import date
from itertools import islice
from typing import Any, Final

import pyarrow as pa

from hub.services.similarity.model import SimilarRecord
from hub.services.similarity.names import Name, read_name

_MOST_ADDRESS_CHARS: Final = 200
_PORTION: Final = 10_000
_NOBODY: Final = Name("")
_LIST: Final = pa.list_(pa.string())
SCHEMA: Final = pa.schema(
    [
        *((name, pa.string()) for name in ("record", "person")),
        *((name, pa.string()) for name in ("name_text", "name", "pinyin", "surname", "name_pattern")),
        *((name, pa.string()) for name in ("birthday", "address", "city", "phone", "guide", "store")),
        *((name, _LIST) for name in ("address_grams", "phones", "emails")),
    ]
)


def lay_out(rows: Iterable[SimilarRecord]) -> pa.Table:
    """One row a record, with what `RETAIL` compares; what is empty or cannot be read is null."""
    remaining = iter(rows)
    tables = [SCHEMA.empty_table()]
    # A column holds a record in a tenth of the memory that its objects take: only a portion of these is there at once.
    while portion := [_row(record) for record in islice(remaining, _PORTION)]:
        tables.append(pa.Table.from_pylist(portion, schema=SCHEMA))
    return pa.concat_tables(tables)


def fold(text: str | None) -> str | None:
    """Letters, digits and characters in one width and case, without spaces and signs; None where nothing is left."""
    return re.sub(r"\W|_", "", unicodedata.normalize("NFKC", text or "").casefold())[:_MOST_ADDRESS_CHARS] or None


def gram(text: str | None) -> list[str] | None:
    """The pairs of neighbouring characters, each once."""
    found = sorted({text[at : at + 2] for at in range(len(text) - 1)}) if text else None
    return found or None


def read_date(text: str | None) -> str | None:
    """An ISO date as it stands, None for anything else."""
    try:
        return date.fromisoformat(text).isoformat() if text else None
    except ValueError:
        return None


def _row(record: SimilarRecord) -> dict[str, Any]:
    name = (read_name(record.name) if record.name else None) or _NOBODY
    city = re.sub(r"市$", "", fold(record.city) or "") or None
    address = fold(record.address)
    street = re.sub(f"^.{{0,8}}?{re.escape(city)}市?", "", address, count=1) if address and city else address
    phones, emails = _texts(record.phone_masks), _texts(record.email_masks)
    return {
        "record": record.record,
        "person": record.person,
        "name_text": name.text or None,
        "name": name.full,
        "pinyin": name.pinyin,
        "surname": name.surname,
        "name_pattern": name.pattern,
        "birthday": read_date(record.birthday),
        "address": street or None,
        "address_grams": gram(street),
        "city": city,
        "phone": phones[0] if phones else None,
        "phones": phones,
        "emails": emails,
        "guide": _text(record.guide),
        "store": _text(record.store),
    }


def _text(text: str | None) -> str | None:
    return (text or "").strip() or None


def _texts(texts: Iterable[str]) -> list[str] | None:
    return sorted({text for stated in texts if (text := _text(stated))}) or None
