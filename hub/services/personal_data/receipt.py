"""How receipts are made out."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any, Final

import orjson
from ulid import ULID

from graph.receipts import Kind, Receipt
from hub.core.errors import InvalidInput
from hub.core.redaction import redact_text

_MAX_CHARS: Final = 500


def make_receipt(
    kind: Kind,
    person_id: str,
    content: Mapping[str, Any],
    counts: Mapping[str, int],
    *,
    at_ms: int,
    requested_by: str,
    reason: str,
) -> Receipt:
    """A receipt over `content`, whose canonical form is JSON with sorted keys; raises InvalidInput without a reason."""
    if not requested_by.strip() or not reason.strip():
        raise InvalidInput("Say who asks for it and why: the receipt keeps both.")
    if max(len(requested_by), len(reason)) > _MAX_CHARS:
        raise InvalidInput(f"Who asks and why have at most {_MAX_CHARS} characters each.")
    digest = digest_of(content)
    by, why = redact_text(requested_by.strip()), redact_text(reason.strip())
    return Receipt(str(ULID()), kind, person_id, at_ms, by, why, digest, counts)


def digest_of(content: Mapping[str, Any]) -> str:
    """The SHA-256 of the canonical form, in hexadecimal."""
    return hashlib.sha256(orjson.dumps(content, option=orjson.OPT_SORT_KEYS)).hexdigest()
