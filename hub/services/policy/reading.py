"""From the text of a policy to the policy and back; everything that is wrong with a text is told at once."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

import yaml
from pydantic import ValidationError
from pydantic_core import ErrorDetails

from connectors.files.paths import check_regular
from hub.core.errors import InvalidInput
from hub.core.yaml_text import UnreadableYaml, read_yaml
from hub.services.policy.checks import Problem, check_rest, check_type, check_types
from hub.services.policy.document import FORMAT, LinkingPart, PolicyDocument, TypePart, describe, known_keys
from rules.policy import FieldPolicy, IdentifierType, Policy

MAX_POLICY_BYTES: Final = 64 * 1024
_MAX_TOLD: Final = 25


def read_policy_file(path: Path) -> str:
    """The text of a policy's file; raises InvalidInput for what cannot be read, is too large or is not UTF-8."""
    check_regular(path)
    try:
        with path.open("rb") as file:
            content = file.read(MAX_POLICY_BYTES + 1)
    except OSError as error:
        raise InvalidInput(f"The policy {path} cannot be read: {error.strerror}.") from None
    if len(content) > MAX_POLICY_BYTES:
        raise _too_large(str(path))
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise InvalidInput(f"{path} is not UTF-8 text: save the policy as UTF-8.") from None


def parse_policy(text: str, *, name: str = "policy") -> Policy:
    """The policy in a YAML text, as version 0; `name` stands for the text in messages.

    Raises:
        InvalidInput: a line for each mistake (the first 25): name, line, key, what is expected.
    """
    if len(text.encode(errors="replace")) > MAX_POLICY_BYTES:
        raise _too_large(name)
    try:
        read = read_yaml(text)
    except UnreadableYaml as error:
        place = f"{name}, line {error.line}" if error.line else name
        raise InvalidInput(f"{place}: this is not YAML that a policy can be ({error}).") from None
    if not isinstance(read.value, dict):
        raise InvalidInput(f"{name}: a policy starts with `format: {FORMAT}` and describes `types` of identifiers.")
    repeated = [(line, f"{_key(path)}: this key occurs twice") for path, line in read.repeated_keys()]
    policy, problems = _validate(read.value)
    told = sorted({*repeated, *((read.line_of(path), f"{_key(path)}: {reason}") for path, reason in problems)})
    if told or policy is None:
        lines = [f"{name}, line {line}: {problem}." for line, problem in told[:_MAX_TOLD]]
        more = [f"{name}: and {len(told) - _MAX_TOLD} more mistakes."] if len(told) > _MAX_TOLD else []
        raise InvalidInput("\n".join(lines + more))
    return policy


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


def _too_large(name: str) -> InvalidInput:
    return InvalidInput(f"{name} has more than {MAX_POLICY_BYTES:,} bytes: a policy is a short YAML document.")


def _validate(value: dict[str, Any]) -> tuple[Policy | None, list[Problem]]:
    """The policy, None where it cannot be read, and what is wrong with it, in parts that can be read as well."""
    try:
        document = PolicyDocument.model_validate(value)
    except ValidationError as error:
        unreadable = [_explain(detail) for detail in error.errors()]
        return None, [*unreadable, *_check_readable(value, {path[:1] for path, _ in unreadable})]
    problems = [*_check_each(document.types), *check_types(document.types, document.linking), *check_rest(document)]
    return document.to_policy(), problems


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


def _key(path: Iterable[str | int]) -> str:
    return ".".join(str(step) for step in path)


def _explain(detail: ErrorDetails) -> Problem:
    path = tuple(step for step in detail["loc"] if step != "[key]")
    found, context = describe(detail["input"]), detail.get("ctx", {})
    match detail["type"]:
        case "missing":
            return path, "this key is missing"
        case "extra_forbidden":
            known = known_keys(path[:-1])
            told = _nearest(str(path[-1]), known) or f": expected one of {', '.join(known)}"
            return path, f"there is no such key{told}"
        case "literal_error":
            allowed = context["expected"].replace("'", "")
            return path, f"expected {allowed}, found {found}{_nearest(str(detail['input']), _words(allowed))}"
        case "string_pattern_mismatch":
            return path, "a type's name has 2 to 32 small letters, digits and _, and starts with a letter"
        case "string_type":
            return path, f"expected a text, found {found}"
        case "tuple_type":
            return path, f"expected a list, found {found}"
        case "dict_type" | "model_type":
            return path, f"expected a table of keys, found {found}"
        case "string_too_short":
            return path, "expected a text, found nothing"
        case "string_too_long":
            return path, f"expected at most {context['max_length']} characters"
        case "too_short":
            return path, f"expected at least {context['min_length']}, found none"
        case "too_long":
            return path, f"expected at most {context['max_length']} entries"
    return path, detail["msg"].removeprefix("Value error, ")


def _words(allowed: str) -> list[str]:
    return allowed.replace(" or ", ", ").split(", ")


def _nearest(word: str, known: list[str]) -> str:
    near = difflib.get_close_matches(word, known, n=1)
    return f" (did you mean {near[0]}?)" if near else ""
