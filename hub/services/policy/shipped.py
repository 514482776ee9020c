"""The policy that ships with the code: version 0, in force until one is published."""

from __future__ import annotations

from importlib.resources import files
from typing import Final

from hub.services.policy.reading import parse_policy
from rules.policy import Policy

DEFAULT_TEXT: Final = (files("hub.services.policy") / "default.yaml").read_text(encoding="utf-8")
"""The document with its comments."""

DEFAULT_POLICY: Final[Policy] = parse_policy(DEFAULT_TEXT, name="default.yaml")
