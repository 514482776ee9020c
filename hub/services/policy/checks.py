"""What a document can get wrong though each of its values is allowed by itself."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Final

from hub.core.errors import InvalidInput
from hub.core.model import RawIdentifier
from hub.core.yaml_text import Path
from hub.services.documents.mistakes import Problem
from hub.services.documents.values import describe
from hub.services.policy.document import FieldPart, LinkingPart, PolicyDocument, TypePart, make_type
from rules.identifiers import normalise
from rules.policy import Policy

_BUILT_IN: Final = {"phone": "phone", "masked_phone": "masked_phone"}
"""Types that the hub itself speaks of, with their normalisers: people are asked for by phone, hidden ones are kept."""

_FEWEST_SHARED: Final = 2


def check_type(name: str, part: TypePart) -> Iterator[Problem]:
    """What is wrong with one type."""
    links = make_type(name, part).links
    if links and part.max_records is not None and part.max_records < _FEWEST_SHARED:
        yield (
            ("types", name, "max_records"),
            f"expected at least {_FEWEST_SHARED}, found {part.max_records}: a value that one record alone may have "
            "joins nobody, and would dissolve persons. Where this type is not to link, write `power: never`",
        )
    if part.normaliser == "masked_phone" and part.power != "never":
        yield ("types", name, "power"), f"expected never, found {describe(part.power)}: many people fit a hidden number"
    if part.normaliser == "national_id" and part.store_value:
        yield ("types", name, "store_value"), "expected false: of a national id only the hash may be kept"
    if expected := _BUILT_IN.get(name):
        if part.normaliser != expected:
            yield ("types", name, "normaliser"), f"expected {expected}: the hub relies on this type"
        if part.scoped:
            yield ("types", name, "scoped"), "expected false: the hub relies on this type"
    yield from _check_blocked(name, part)


def _check_blocked(name: str, part: TypePart) -> Iterator[Problem]:
    if part.scoped and part.blocked:
        yield (
            ("types", name, "blocked"),
            "a value of a scoped type means nothing without its scope: write a pattern in `blocked_patterns`, which "
            "holds in every scope",
        )
        return
    # A phone as it is stored begins with + and reads the same whatever the installation's country.
    policy = Policy({name: replace(make_type(name, part), enabled=True)})
    for place, value in enumerate(part.blocked):
        at = ("types", name, "blocked", place)
        try:
            found = normalise(RawIdentifier(name, "", value), policy)
        except InvalidInput as error:
            yield at, f"{describe(value)} can be no value of this type: {error.safe_message}"
            continue
        if found is None:
            yield at, f"{describe(value)} is taken for a placeholder anyway: leave it out"
        elif found.value != value or found.type != name:
            yield at, f"expected it as it is stored, {describe(found.value)}, found {describe(value)}"


def check_types(types: Mapping[str, TypePart], linking: LinkingPart | None) -> Iterator[Problem]:
    """What is wrong with the types together; `linking` is None where it could not be read."""
    for name in _BUILT_IN:
        if name not in types:
            yield (
                ("types",),
                f"the type {name} is missing: the hub relies on it. To stop using it, write `enabled: false`",
            )
    kinds = [make_type(name, part) for name, part in types.items()]
    if not any(kind.links and kind.power == "strong" for kind in kinds):
        yield (
            ("types",),
            "no enabled type is strong: nothing would join records, which would dissolve all persons",
        )
    weak = sum(1 for kind in kinds if kind.links and kind.power == "weak")
    if linking is not None and linking.weak_needed > weak:
        yield (
            ("linking", "weak_needed"),
            f"expected at most {weak}, which is how many enabled types are weak, found {linking.weak_needed}: so many "
            "can never come together. Write 0 where weak ones are to join nobody",
        )


def check_rest(document: PolicyDocument) -> Iterator[Problem]:
    """What is wrong outside of the types."""
    linking = document.linking
    if linking.link_above is not None and linking.link_above < linking.suggest_above:
        yield (
            ("linking", "link_above"),
            f"expected at least suggest_above, {linking.suggest_above}, found {linking.link_above}: what is joined "
            "without asking has to be surer than what is asked",
        )
    yield from _check_field(("survivorship", "default"), document.survivorship.default)
    for name, part in document.survivorship.fields.items():
        yield from _check_field(("survivorship", "fields", name), part)


def _check_field(at: Path, part: FieldPart) -> Iterator[Problem]:
    if part.sources and "source" not in part.criteria:
        yield (*at, "sources"), "these have no effect: add `source` to the criteria"
