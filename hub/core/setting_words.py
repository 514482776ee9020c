"""What a setting takes, in words: read off its JSON schema, so that nothing is said twice."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

_KINDS: Final = {"integer": "a whole number", "number": "a number", "boolean": "true or false", "string": "a text"}
_BOUNDS: Final = {
    ("minimum", "maximum"): "from {} to {}",
    ("exclusiveMinimum", "maximum"): "above {}, at most {}",
    ("minLength", "maxLength"): "of {} to {} characters",
}


def describe_values(schema: Mapping[str, Any]) -> str:
    """The values that a setting of this schema takes, such as `a whole number from 0 to 65535`."""
    # A setting that may be absent has the schema of its values beside that of null.
    known: Mapping[str, Any] = schema.get("anyOf", [schema])[0]
    if "enum" in known:
        return f"one of {', '.join(known['enum'])}"
    words = [_KINDS[known["type"]]]
    words += [
        text.format(known[low], known[high]) for (low, high), text in _BOUNDS.items() if {low, high} <= set(known)
    ]
    return " ".join(words)
