"""The application on a real port without a graph, for whatever asks the API nothing that needs one."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import SimpleNamespace

import uvicorn
from starlette.applications import Starlette

from hub.core.settings import Settings
from hub.http.app import create_app
from hub.http.server import listen
from hub.services.ledger.programmes import Programmes


def make_app(settings: Settings) -> Starlette:
    """The application with nothing behind it."""
    app = create_app(settings)
    app.state.resources = SimpleNamespace(settings=settings, graph=None, identity=None, programmes=Programmes([]))
    return app


@contextmanager
def served(settings: Settings) -> Iterator[str]:
    """Its base address while the block runs."""
    with listen("127.0.0.1", 0) as listener:
        config = uvicorn.Config(make_app(settings), http="httptools", ws="none", lifespan="off", log_config=None)
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join()
