"""One graph and one queue for the whole run; each test that asks for them finds them empty."""

from __future__ import annotations

import signal
from collections.abc import AsyncIterator, Iterator

import pytest
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings

from graph.database import Graph
from graph.migrations import migrate
from hub.core.settings import Settings
from hub.services.identity import Identity
from tests.support.contents import empty
from tests.support.servers import chosen_engine, graph_server

# A busy machine is no reason to fail: by default Hypothesis wants each example within 200 ms, and fails it otherwise.
hypothesis_settings.register_profile("hub", deadline=None, suppress_health_check=[HealthCheck.too_slow])
hypothesis_settings.load_profile("hub")

# Whoever starts tests in the background of a script has Ctrl-C ignored, and what they start would inherit that.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="session")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    """Settings that reach this run's servers."""
    with graph_server(chosen_engine(), tmp_path_factory.mktemp("servers"), brief=True) as reached:
        yield reached


@pytest.fixture
async def graph(settings: Settings) -> AsyncIterator[Graph]:
    """A migrated graph without data."""
    async with Graph.open(settings) as opened:
        await migrate(opened)
        await empty(opened)
        yield opened


@pytest.fixture
def identity(settings: Settings) -> Identity:
    """How the test's hub identifies people."""
    return Identity.from_settings(settings)
