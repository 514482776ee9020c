"""The examples of a guide, read from its Markdown.

`…` in an answer stands for what differs from call to call. In what is sent a word in capitals (`TOKEN`) is replaced by
what a test knows under that name, and `…` as `after` or `before` by the cursor that was given last.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, NamedTuple, TypeAlias

DOCS: Final = Path(__file__).parents[2] / "docs"
_OPERATION: Final = re.compile(r"```graphql\n(.*?)```\n```json\n(.*?)```\n```json\n(.*?)```", re.DOTALL)
_EXCHANGE: Final = re.compile(r"```http\n(.*?)```\n```http\n(.*?)```", re.DOTALL)
_ANYTHING: Final = "…"
_CURSORS: Final[dict[object, str]] = {"endCursor": "after", "startCursor": "before"}

Json: TypeAlias = Any


class Example(NamedTuple):
    """A document with its variables and its answer; `words` is the text between the example before and this one."""

    words: str
    query: str
    variables: Json
    answer: Json


class Message(NamedTuple):
    """A request or an answer as it goes over the wire; `start` is its first line, in words."""

    start: list[str]
    headers: dict[str, str]
    body: Json


def read_examples(guide: str) -> list[Example]:
    """All examples, in their order."""
    text = read_guide(guide)
    found, at = list[Example](), 0
    for one in _OPERATION.finditer(text):
        query, variables, answer = one.groups()
        found.append(Example(text[at : one.start()], query, json.loads(variables), json.loads(answer)))
        at = one.end()
    assert len(found) == text.count("```graphql")
    return found


def read_exchanges(guide: str, known: Mapping[str, str]) -> list[tuple[Message, Message]]:
    """Requests with their answers, in their order; `known` are the words in capitals."""
    text = read_guide(guide)
    found = _EXCHANGE.findall(text)
    assert 2 * len(found) == text.count("```http")
    for name, value in known.items():
        found = [(asked.replace(name, value), answer) for asked, answer in found]
    return [(_read_message(asked), _read_message(answer)) for asked, answer in found]


def read_guide(guide: str) -> str:
    """The text of a page of the documentation."""
    return (DOCS / guide).read_text(encoding="utf-8")


def give_cursors(variables: Json, cursors: Mapping[str, Json]) -> Json:
    """The variables with the cursors that were given last."""
    return {name: cursors[name] if value == _ANYTHING else value for name, value in variables.items()}


def read_cursors(answer: Json) -> dict[str, Json]:
    """The cursors that an answer gives, by the arguments that they are for."""
    found: dict[str, Json] = {}
    for key, value in answer.items() if isinstance(answer, dict) else enumerate(answer):
        if isinstance(value, dict | list):
            found |= read_cursors(value)
        elif key in _CURSORS:
            found[_CURSORS[key]] = value
    return found


def fits(actual: Json, shown: Json) -> bool:
    """Whether an answer is what a guide shows."""
    if shown == _ANYTHING:
        return actual is not None
    if isinstance(shown, str) and isinstance(actual, str):
        return re.fullmatch(".+".join(map(re.escape, shown.split(_ANYTHING))), actual) is not None
    if isinstance(shown, dict) and isinstance(actual, dict):
        return shown.keys() == actual.keys() and all(fits(actual[name], one) for name, one in shown.items())
    if isinstance(shown, list) and isinstance(actual, list):
        return len(shown) == len(actual) and all(map(fits, actual, shown))
    return type(shown) is type(actual) and bool(shown == actual)


def _read_message(text: str) -> Message:
    head, _, body = text.partition("\n\n")
    start, *headers = head.splitlines()
    return Message(start.split(), dict(line.split(": ", 1) for line in headers), json.loads(body) if body else None)
