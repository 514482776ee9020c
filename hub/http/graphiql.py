"""GraphiQL from files that ship with the hub: it works without a connection to anywhere."""

from __future__ import annotations

from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any, Final

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
        Mount("/assets/vendor", _Assets(directory=_HERE / "vendor"), name="vendor"),
        Mount("/assets/static", _Assets(directory=_HERE / "static"), name="static"),
    ]


class _Assets(StaticFiles):
    """Files that browsers keep, and ask about by their ETag before they use them again: an update shows at once."""

    def file_response(self, *args: Any, **kwargs: Any) -> Response:
        response = super().file_response(*args, **kwargs)
        response.headers["Cache-Control"] = "no-cache"
        return response


@cache
def _page() -> str:
    return (_HERE / "static" / "graphiql.html").read_text(encoding="utf-8")
