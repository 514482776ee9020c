"""The way to what is asked most often, before Starlette's routing and its two nets for what a route raises."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from hub.core.errors import HubError
from hub.http.errors import answer_hub_error


class Shortcut:
    """Answers a POST to `route` itself, as the router would; hands all else on."""

    def __init__(self, app: ASGIApp, route: Route, answer: Callable[[Request], Awaitable[ASGIApp]]) -> None:
        self._app = app
        self._route = route
        self._answer = answer

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "POST" or scope["path"] != self._route.path:
            await self._app(scope, receive, send)
            return
        scope["route"] = self._route
        request = Request(scope, receive, send)
        try:
            reply = await self._answer(request)
        except HubError as error:
            reply = await answer_hub_error(request, error)
        await reply(scope, receive, send)
