"""GraphiQL from files that ship with the hub: it works without a connection to anywhere."""

from __future__ import annotations

from functools import cache
from importlib import resources
from pathlib import Path
from typing import Final

from starlette.responses import HTMLResponse, Response
from starlette.routing import BaseRoute, Mount
from starlette.staticfiles import StaticFiles

_HERE: Final = Path(str(resources.files("hub.http")))


def answer_page() -> Response:
    """The page; what it needs comes from `make_asset_routes`."""
    return HTMLResponse(_page())


def make_asset_routes() -> list[BaseRoute]:
    """Where the page's scripts and styles are served."""
    return [
        Mount("/assets/vendor", StaticFiles(directory=_HERE / "vendor"), name="vendor"),
        Mount("/assets/static", StaticFiles(directory=_HERE / "static"), name="static"),
    ]


@cache
def _page() -> str:
    return (_HERE / "static" / "graphiql.html").read_text(encoding="utf-8")
