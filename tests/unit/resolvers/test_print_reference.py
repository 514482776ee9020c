from __future__ import annotations

import re
from pathlib import Path

from resolvers.print_reference import print_reference

_COMMITTED = Path(__file__).parents[3] / "docs" / "reference.md"


def test_the_reference_is_what_the_code_serves() -> None:
    assert _COMMITTED.read_text(encoding="utf-8") == print_reference(), "make schema, and commit docs/reference.md"


def test_every_link_within_the_reference_leads_somewhere() -> None:
    text = print_reference()
    titles = {title.lower() for title in re.findall(r"^#+ (.+)$", text, re.MULTILINE)}

    assert set(re.findall(r"\(#([a-z0-9]+)\)", text)) <= titles
