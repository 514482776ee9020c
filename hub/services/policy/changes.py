"""What one policy says differently from another, for people to read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import fields
from typing import Any, Final

from hub.services.documents.changes import Change, show_value
from rules.policy import FieldPolicy, IdentifierType, Policy

_SHOWN: Final = 5


def diff_policies(old: Policy, new: Policy) -> list[Change]:
    """What changes from one policy to another, by place in the document; empty where they decide alike.

    The version is no difference, and neither are comments and order.
    """
    return [*_diff_linking(old, new), *_diff_survivorship(old, new), *_diff_types(old.types, new.types)]


def _diff_linking(old: Policy, new: Policy) -> Iterator[Change]:
    for key in ("weak_needed", "max_component", "suggest_above", "link_above"):
        yield from _diff_values(f"linking.{key}", getattr(old, key), getattr(new, key))


def _diff_survivorship(old: Policy, new: Policy) -> Iterator[Change]:
    yield from _diff_parts("survivorship.default", old.default_field, new.default_field)
    for name in sorted(old.fields.keys() | new.fields.keys()):
        key, before, after = f"survivorship.fields.{name}", old.fields.get(name), new.fields.get(name)
        if before is None or after is None:
            yield Change(key, _sum_up_field(before), _sum_up_field(after))
        else:
            yield from _diff_parts(key, before, after)


def _diff_types(old: Mapping[str, IdentifierType], new: Mapping[str, IdentifierType]) -> Iterator[Change]:
    for name in sorted(old.keys() | new.keys()):
        key, before, after = f"types.{name}", old.get(name), new.get(name)
        if before is None or after is None:
            yield Change(key, _sum_up_type(before), _sum_up_type(after))
        else:
            yield from _diff_parts(key, before, after)


def _diff_parts(key: str, before: Any, after: Any) -> Iterator[Change]:
    for field in fields(before):
        yield from _diff_values(f"{key}.{field.name}", getattr(before, field.name), getattr(after, field.name))


def _diff_values(key: str, before: Any, after: Any) -> Iterator[Change]:
    if before == after:
        return
    if key.endswith((".blocked", ".blocked_patterns")):
        if gone := set(before) - set(after):
            yield Change(key, _join(gone), None)
        if come := set(after) - set(before):
            yield Change(key, None, _join(come))
    else:
        yield Change(key, show_value(before), show_value(after))


def _sum_up_type(kind: IdentifierType | None) -> str | None:
    return None if kind is None else f"({kind.normaliser}, {kind.power}{'' if kind.enabled else ', switched off'})"


def _sum_up_field(part: FieldPolicy | None) -> str | None:
    return None if part is None else f"(criteria {show_value(part.criteria)}, sources {show_value(part.sources)})"


def _join(values: set[str]) -> str:
    shown = sorted(values)[:_SHOWN]
    more = len(values) - len(shown)
    return ", ".join(shown) + (f" and {more} more" if more else "")
