"""What is wrong with a document, as lines for whoever wrote it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final, TypeAlias, get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from hub.core.errors import InvalidInput
from hub.core.nearest import suggest_nearest
from hub.core.yaml_text import Path, YamlText
from hub.services.documents.values import describe

Problem: TypeAlias = tuple[Path, str]
"""Where something is wrong, and what is expected."""

_MOST_TOLD: Final = 25


def check_problems(read: YamlText, problems: Iterable[Problem], name: str) -> None:
    """Raise InvalidInput with a line for each mistake (the first 25), and for each key that occurs twice."""
    repeated = [(line, f"{_key(path)}: this key occurs twice") for path, line in read.repeated_keys()]
    told = sorted({*repeated, *((read.line_of(path), f"{_key(path)}: {reason}") for path, reason in problems)})
    if told:
        lines = [f"{name}, line {line}: {problem}." for line, problem in told[:_MOST_TOLD]]
        more = [f"{name}: and {len(told) - _MOST_TOLD} more mistakes."] if len(told) > _MOST_TOLD else []
        raise InvalidInput("\n".join(lines + more))


def explain_all(error: ValidationError, model: type[BaseModel]) -> list[Problem]:
    """What a document's model found wrong, in words of the document."""
    return [_explain(detail, model) for detail in error.errors()]


def _explain(detail: ErrorDetails, model: type[BaseModel]) -> Problem:
    path = tuple(step for step in detail["loc"] if step != "[key]")
    found, context = describe(detail["input"]), detail.get("ctx", {})
    match detail["type"]:
        case "missing":
            return path, "this key is missing"
        case "extra_forbidden":
            known = _known_keys(model, path[:-1])
            told = suggest_nearest(str(path[-1]), known) or f": expected one of {', '.join(known)}"
            return path, f"there is no such key{told}"
        case "literal_error":
            allowed = context["expected"].replace("'", "")
            return path, f"expected {allowed}, found {found}{suggest_nearest(str(detail['input']), _words(allowed))}"
        case "string_pattern_mismatch":
            return path, "a name has 2 to 32 small letters, digits and _, and starts with a letter"
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


def _known_keys(model: type[BaseModel], path: Sequence[str | int]) -> list[str]:
    """The keys that a document may have at a path, which leads to a table."""
    for step in path:
        if field := model.model_fields.get(str(step)):
            model = next(_models_in(field.annotation), model)
    return list(model.model_fields)


def _models_in(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for inner in get_args(annotation):
        yield from _models_in(inner)


def _words(allowed: str) -> list[str]:
    return allowed.replace(" or ", ", ").split(", ")


def _key(path: Path) -> str:
    return ".".join(str(step) for step in path)
