"""A hint for whoever misspelt a word."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


def suggest_nearest(word: str, known: Iterable[str]) -> str:
    """A question whether the most similar known word was meant; empty where none is similar."""
    near = difflib.get_close_matches(word, list(known), n=1)
    return f" (did you mean {near[0]}?)" if near else ""
