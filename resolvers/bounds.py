"""The bounds of a document, from the settings."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Self

from hub.core.settings import Settings


@dataclass(frozen=True, slots=True)
class Limits:
    """What a document may hold; its defaults are those of the settings.

    Attributes:
        aliases: aliases and fields that repeat another of the same selection.
        introspection: whether the schema may be asked for.
    """

    tokens: int
    depth: int
    aliases: int
    directives: int
    introspection: bool = True

    @classmethod
    def of(cls, settings: Settings, *, introspection: bool = True) -> Self:
        """The limits that settings set."""
        return cls(
            settings.graphql_max_tokens,
            settings.graphql_max_depth,
            settings.graphql_max_aliases,
            settings.graphql_max_directives,
            introspection,
        )


DEFAULT_LIMITS: Final = Limits.of(Settings())
