"""From the text of a programme to the programme; everything that is wrong with a text is told at once."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

from pydantic import ValidationError

from hub.core.yaml_text import YamlText
from hub.services.documents.mistakes import Problem, check_problems, explain_all
from hub.services.documents.reading import DocumentKind, read_document_file, read_tables
from hub.services.programme.document import FORMAT, ProgrammeDocument, check_document
from hub.services.programme.earning_section import check_when
from rules.programme import Programme

_KIND: Final = DocumentKind("programme", f"`format: {FORMAT}`, names itself and describes `assets`")


def read_programme_file(path: Path) -> str:
    """The text of a programme's file; raises InvalidInput for what cannot be read, is too large or is not UTF-8."""
    return read_document_file(path, _KIND)


@lru_cache(maxsize=64)
def parse_programme(text: str, zone: ZoneInfo, *, name: str = "programme") -> Programme:
    """The programme in a YAML text, as version 0. Runs none of its rules.

    Args:
        zone: the installation's, for a document that names none.
        name: stands for the text in messages.

    Raises:
        InvalidInput: a line for each mistake (the first 25): name, line, key, what is expected.
    """
    return parse_document(text, name=name).to_programme(zone)


def read_programme_tables(text: str, *, name: str) -> YamlText:
    """The tables of a text, with their lines; raises InvalidInput where it is no YAML that a programme can be."""
    return read_tables(text, _KIND, name=name)


def parse_document(text: str, *, name: str = "programme") -> ProgrammeDocument:
    """The document in a YAML text; raises as `parse_programme`."""
    read = read_programme_tables(text, name=name)
    try:
        document = ProgrammeDocument.model_validate(read.value)
    except ValidationError as error:
        check_problems(read, [*explain_all(error, ProgrammeDocument), *_check_conditions(read.value)], name)
        raise  # it has a problem, so this is not reached
    check_problems(read, check_document(document), name)
    return document


def _check_conditions(value: dict[str, Any]) -> list[Problem]:
    """What is wrong with the conditions of a document whose other parts cannot be read."""
    earning = value.get("earning")
    rules = earning.get("rules") if isinstance(earning, dict) else None
    if not isinstance(rules, dict):
        return []
    return [
        (("earning", "rules", name, *path), problem)
        for name, rule in rules.items()
        if isinstance(rule, dict) and isinstance(when := rule.get("when"), str) and when
        for path, problem in check_when(when, on_line=rule.get("each") == "line")
    ]
