"""From the text of a policy to the policy and back; everything that is wrong with a text is told at once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

import yaml
from pydantic import ValidationError

from hub.services.documents.mistakes import Problem, check_problems, explain_all
from hub.services.documents.reading import DocumentKind, read_document_file, read_tables
from hub.services.policy.checks import check_rest, check_type, check_types
from hub.services.policy.document import FORMAT, LinkingPart, PolicyDocument, TypePart
from rules.policy import FieldPolicy, IdentifierType, Policy

_KIND: Final = DocumentKind("policy", f"`format: {FORMAT}` and describes `types` of identifiers")


def read_policy_file(path: Path) -> str:
    """The text of a policy's file; raises InvalidInput for what cannot be read, is too large or is not UTF-8."""
    return read_document_file(path, _KIND)


def parse_policy(text: str, *, name: str = "policy") -> Policy:
    """The policy in a YAML text, as version 0; `name` stands for the text in messages.

    Raises:
        InvalidInput: a line for each mistake (the first 25): name, line, key, what is expected.
    """
    read = read_tables(text, _KIND, name=name)
    try:
        document = PolicyDocument.model_validate(read.value)
    except ValidationError as error:
        unreadable = explain_all(error, PolicyDocument)
        check_problems(read, [*unreadable, *_check_readable(read.value, {path[:1] for path, _ in unreadable})], name)
        raise  # it has a problem, so this is not reached
    problems = [*_check_each(document.types), *check_types(document.types, document.linking), *check_rest(document)]
    check_problems(read, problems, name)
    return document.to_policy()


def dump_policy(policy: Policy) -> str:
    """The policy as canonical YAML, which `parse_policy` reads back as an equal one of version 0."""
    kinds = sorted(policy.types.values(), key=lambda kind: (kind.priority, kind.name))
    document = {
        "format": FORMAT,
        "linking": {key: getattr(policy, key) for key in LinkingPart.model_fields},
        "survivorship": {
            "default": _dump_field(policy.default_field),
            "fields": {name: _dump_field(policy.fields[name]) for name in sorted(policy.fields)},
        },
        "types": {kind.name: _dump_type(kind) for kind in kinds},
    }
    return yaml.dump(document, Dumper=_Plainly, allow_unicode=True, sort_keys=False, width=120)


class _Plainly(yaml.SafeDumper):
    """Writes small shares as 0.00001: as 1.0e-05 they would not be read."""


def _represent_share(dumper: yaml.SafeDumper, share: float) -> yaml.ScalarNode:
    text = repr(share) if "e" not in repr(share) else f"{share:.12f}".rstrip("0")
    return dumper.represent_scalar("tag:yaml.org,2002:float", text)


_Plainly.add_representer(float, _represent_share)


def _dump_field(part: FieldPolicy) -> dict[str, Any]:
    return {key: list(value) for key, value in asdict(part).items()}


def _dump_type(kind: IdentifierType) -> dict[str, Any]:
    said: dict[str, Any] = {}
    for key, field in TypePart.model_fields.items():
        value = getattr(kind, key)
        value = sorted(value) if isinstance(value, frozenset) else list(value) if isinstance(value, tuple) else value
        if field.is_required() or value not in (field.default, []):
            said[key] = value
    return said


def _check_readable(value: dict[str, Any], unreadable: Iterable[tuple[str | int, ...]]) -> Iterator[Problem]:
    """The checks of those parts of a document that can be read though others cannot."""
    if not isinstance(value.get("types"), dict):
        return
    read = {name: _read_type(part) for name, part in value["types"].items()}
    types = {name: part for name, part in read.items() if part is not None}
    yield from _check_each(types)
    if ("types",) not in unreadable:
        yield from check_types(types, None)


def _read_type(value: Any) -> TypePart | None:
    """The type without those of its keys that cannot be read; None where nothing can be said of the rest."""
    try:
        return TypePart.model_validate(value)
    except ValidationError as error:
        wrong = {detail["loc"][0] for detail in error.errors() if detail["loc"]}
    if not wrong:
        return None
    try:
        return TypePart.model_validate({key: said for key, said in value.items() if key not in wrong})
    except ValidationError:
        return None


def _check_each(types: dict[str, TypePart]) -> Iterator[Problem]:
    for name, part in types.items():
        yield from check_type(name, part)
