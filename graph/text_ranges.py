"""Ranges of texts, as both engines read them off an index: in the order of code points, which is Python's.

Neo4j compares the two ends of a range first, and those by UTF-16, in which an emoji lies before a full-width letter.
Where they are the other way round for it, it finds nothing between them.
"""

from __future__ import annotations

from typing import Final

_LAST: Final = "~"
"""Any character of ASCII up to this is followed by another of ASCII's."""


def reach(after: str, bound: str) -> str:
    """A text that is no less than `bound` and up to which a range behind `after` is found: mostly `bound` itself.

    What else lies there is for a limit to cut off. Keys begin with the name of a system or a caller, in ASCII; of
    others this gives `bound`.
    """
    if bound.isascii() or after.encode("utf-16-be") < bound.encode("utf-16-be"):
        return bound
    differ = next((place for place, pair in enumerate(zip(after, bound, strict=False)) if len(set(pair)) > 1), 0)
    for place in reversed(range(differ)):
        if bound[place] <= _LAST:
            return bound[:place] + chr(ord(bound[place]) + 1)
    return bound
