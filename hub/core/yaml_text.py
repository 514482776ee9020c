"""YAML that people write and hand in: read with its lines, and without what only an attacker has a use for."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

import yaml
from yaml.composer import ComposerError

_MAX_DEPTH: Final = 20
_SURROGATE: Final = re.compile("[\ud800-\udfff]")
_HALF: Final = "half of a character, such as \\ud800: write the whole one"

Path = tuple[str | int, ...]
"""Where a value stands in a document: keys and places in lists, from the outside in."""


class UnreadableYaml(ValueError):
    """A text that is not YAML, or more than a document needs; `line` is None where no line is to blame."""

    def __init__(self, problem: str, line: int | None) -> None:
        super().__init__(problem)
        self.line = line


@dataclass(frozen=True, slots=True)
class YamlText:
    """A YAML text that was read.

    Attributes:
        value: nested dicts and lists of texts; None for an empty document.
    """

    value: Any
    _root: Any

    def line_of(self, path: Sequence[str | int]) -> int:
        """The line, from 1, of the deepest part of the path that the document has."""
        node = self._root
        line = 1 if node is None else int(node.start_mark.line) + 1
        for step in path:
            if isinstance(node, yaml.MappingNode):
                found = next(((key, value) for key, value in node.value if key.value == str(step)), None)
                if found is None:
                    return line
                line, node = int(found[0].start_mark.line) + 1, found[1]
            elif isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
                node = node.value[step]
                line = int(node.start_mark.line) + 1
        return line

    def repeated_keys(self) -> Iterator[tuple[Path, int]]:
        """Each key that its table had before, and the line of the repetition: only the last of the two is read."""
        return _repeated_keys(self._root, ())


def read_yaml(text: str) -> YamlText:
    """Read one document. Every scalar is text: `0123`, `no` and `+8613800138000` are what they look like.

    Raises:
        UnreadableYaml: wrong syntax, anchors and aliases (which unfold), endless nesting, or half of a
            character.
    """
    try:
        loader = _Loader(text)
        try:
            root = loader.get_single_node()
            return YamlText(loader.construct_document(root) if root is not None else None, root)
        finally:
            loader.dispose()
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        problem = getattr(error, "problem", None) or getattr(error, "reason", None) or "unreadable"
        raise UnreadableYaml(problem, mark.line + 1 if mark else None) from None


class _Loader(yaml.BaseLoader):
    """BaseLoader makes every scalar a text, so that no code such as `no` or 0123 turns into something else."""

    _depth = 0

    def compose_node(self, parent: Any, index: Any) -> Any:
        event = self.peek_event()  # type: ignore[no-untyped-call]
        if getattr(event, "anchor", None) is not None:
            raise ComposerError(None, None, "write the value out: there are no anchors and aliases", event.start_mark)
        if _SURROGATE.search(getattr(event, "value", None) or ""):
            raise ComposerError(None, None, _HALF, event.start_mark)
        if self._depth == _MAX_DEPTH:
            raise ComposerError(None, None, f"nested more than {_MAX_DEPTH} deep", event.start_mark)
        self._depth += 1
        node = super().compose_node(parent, index)
        self._depth -= 1
        return node


def _repeated_keys(node: Any, place: Path) -> Iterator[tuple[Path, int]]:
    if isinstance(node, yaml.MappingNode):
        seen: set[str] = set()
        for key, value in node.value:
            here = (*place, key.value)
            if key.value in seen:
                yield here, int(key.start_mark.line) + 1
            seen.add(key.value)
            yield from _repeated_keys(value, here)
    elif isinstance(node, yaml.SequenceNode):
        for position, value in enumerate(node.value):
            yield from _repeated_keys(value, (*place, position))
