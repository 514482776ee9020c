"""What several tests of the API begin with."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import pytest

from graph.database import Graph
from hub.core.settings import Settings
from hub.http.app import create_app
from hub.services.changes.stream import EventStream
from tests.support.changes import open_stream
from tests.support.served import served_on


@pytest.fixture
async def stream(settings: Settings) -> AsyncIterator[EventStream]:
    """An empty stream of events."""
    async with open_stream(settings) as opened:
        yield opened


@pytest.fixture
def address(settings: Settings, stream: EventStream, graph: Graph) -> Iterator[str]:
    """The address of an application that tells of what is in the stream."""
    with served_on(create_app(settings)) as found:
        yield found
