"""Every example of a guide is run, in its order, and answers what the guide says."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any, Final

import pytest

from graph.database import Graph
from hub.core.settings import Settings
from hub.services.identity import Identity
from tests.integration.api_client import open_client, post
from tests.support.ledger import Members

pytestmark = pytest.mark.anyio

_DOCS: Final = Path(__file__).parents[2] / "docs"
_EXAMPLE: Final = re.compile(r"```graphql\n(.*?)```\n```json\n(.*?)```\n```json\n(.*?)```", re.DOTALL)


def read_examples(guide: str) -> list[tuple[str, Any, Any]]:
    """Documents with their variables and answers."""
    text = (_DOCS / guide).read_text(encoding="utf-8")
    found = [(query, json.loads(variables), json.loads(answer)) for query, variables, answer in _EXAMPLE.findall(text)]
    assert len(found) == text.count("```graphql")
    return found


async def test_the_till_guide_is_true(settings: Settings, graph: Graph, identity: Identity) -> None:
    await Members(graph, identity).add("pos|C1", "18029876359")

    async with open_client(settings) as client:
        for query, variables, expected in read_examples("till.md"):
            answer = (await post(client, query, variables)).json()
            del answer["extensions"]
            assert answer == expected, query
