"""The programme that ships with the code: version 0 of `main`, in force until one is published under this name."""

from __future__ import annotations

from importlib.resources import files
from typing import Final
from zoneinfo import ZoneInfo

from hub.services.programme.reading import parse_programme
from rules.programme import Programme

DEFAULT_NAME: Final = "main"
DEFAULT_TEXT: Final = (files("hub.services.programme") / "default.yaml").read_text(encoding="utf-8")
"""The document with its comments."""


def shipped_programme(zone: ZoneInfo) -> Programme:
    """The programme that ships, in the installation's time zone unless it names another."""
    return parse_programme(DEFAULT_TEXT, zone, name="default.yaml")
