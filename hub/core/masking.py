"""Personal data as it is shown to who may not see it."""

from __future__ import annotations


def mask_text(value: str) -> str:
    """A value of a profile: its first letter, and stars of which no length can be told."""
    return f"{value[:1]}**"
