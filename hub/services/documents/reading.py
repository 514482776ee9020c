"""From a file to a document's text, and from the text to its tables."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from connectors.files.paths import check_regular
from hub.core.errors import InvalidInput
from hub.core.yaml_text import UnreadableYaml, YamlText, read_yaml

MOST_BYTES: Final = 64 * 1024


@dataclass(frozen=True, slots=True)
class DocumentKind:
    """How messages speak of documents of a kind.

    Attributes:
        noun: such as `policy`.
        start: what a document of it starts with, and what follows.
    """

    noun: str
    start: str


def read_document_file(path: Path, kind: DocumentKind) -> str:
    """The text of a document's file; raises InvalidInput for what cannot be read, is too large or is not UTF-8."""
    check_regular(path)
    try:
        with path.open("rb") as file:
            content = file.read(MOST_BYTES + 1)
    except OSError as error:
        raise InvalidInput(f"The {kind.noun} {path} cannot be read: {error.strerror}.") from None
    if len(content) > MOST_BYTES:
        raise _too_large(str(path), kind)
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise InvalidInput(f"{path} is not UTF-8 text: save the {kind.noun} as UTF-8.") from None


def read_tables(text: str, kind: DocumentKind, *, name: str) -> YamlText:
    """The tables of a document; `name` stands for it in messages. Raises InvalidInput for what is no document."""
    if len(text.encode(errors="replace")) > MOST_BYTES:
        raise _too_large(name, kind)
    try:
        read = read_yaml(text)
    except UnreadableYaml as error:
        place = f"{name}, line {error.line}" if error.line else name
        raise InvalidInput(f"{place}: this is not YAML that a {kind.noun} can be ({error}).") from None
    if not isinstance(read.value, dict):
        raise InvalidInput(f"{name}: a {kind.noun} starts with {kind.start}.")
    return read


def _too_large(name: str, kind: DocumentKind) -> InvalidInput:
    return InvalidInput(f"{name} has more than {MOST_BYTES:,} bytes: a {kind.noun} is a short YAML document.")
