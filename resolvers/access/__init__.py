"""The access gate: what opens each field, and whether a caller's grant does."""

from resolvers.access.marks import ANYONE, opened_by

__all__ = ["ANYONE", "opened_by"]
