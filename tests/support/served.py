"""The application on a real port of this process."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from time import sleep
from types import SimpleNamespace
from typing import Any, Literal

from starlette.applications import Starlette

from hub.core.settings import Settings
from hub.http.app import create_app
from hub.http.server import Server, listen
from hub.services.access.doors import Doors
from hub.services.access.log import AccessLog
from hub.services.changes.feed import Feed
from hub.services.ledger.programmes import Programmes
from resolvers.reads import Reads


def make_app(settings: Settings) -> Starlette:
    """The application without a graph, for whatever asks nothing that needs one; open, unless the settings say more."""
    app = create_app(
        settings if "access" in settings.model_fields_set else settings.model_copy(update={"access": "open"})
    )
    nothing: Any = None
    app.state.resources = SimpleNamespace(
        settings=settings,
        graph=nothing,
        identity=nothing,
        programmes=Programmes([]),
        reads=Reads(nothing),
        access_log=AccessLog(nothing),
        doors=Doors(),
        feed=Feed(nothing, most_behind_s=1),
    )
    return app


def served(settings: Settings) -> AbstractContextManager[str]:
    """The base address of an application without a graph while the block runs."""
    return served_on(make_app(settings), lifespan="off")


@contextmanager
def served_on(app: Starlette, *, lifespan: Literal["on", "off"] = "on") -> Iterator[str]:
    """The base address of an application while the block runs."""
    with listen("127.0.0.1", 0) as listener:
        server = Server(app, Settings(), lambda: None, lifespan=lifespan)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        try:
            while not server.started:
                assert thread.is_alive(), "the application did not start"
                sleep(0.01)
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join()
