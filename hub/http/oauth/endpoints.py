"""`POST /oauth/token`, the keys that verify tokens, and what programs may find out about all that (RFC 8414)."""

from __future__ import annotations

import math
from functools import partial
from typing import Final
from urllib.parse import parse_qsl

import anyio
from authlib.oauth2.rfc6749.util import extract_basic_authorization
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from graph import clients
from graph.clients import Client
from hub.core.access import Scope
from hub.core.clock import now_ms
from hub.core.errors import InvalidInput, Unavailable
from hub.core.settings import Settings
from hub.http.attempts import Attempts
from hub.http.buckets import name_client
from hub.http.oauth.server import AUTH_METHODS, GRANT_TYPE, FormRequest, Reply, TokenServer
from hub.http.resources import Resources
from hub.http.tokens import write_token

TOKEN_PATH: Final = "/oauth/token"  # noqa: S105  (no password)
_KEYS_PATH: Final = "/oauth/jwks"
_METADATA_PATH: Final = "/.well-known/oauth-authorization-server"
_FORM: Final = "application/x-www-form-urlencoded"
# Each works out hashes of 16 MB for a twentieth of a second.
_AT_ONCE: Final = 4
_MOST_NAME_CHARS: Final = 100


class TokenEndpoint:
    """The routes of the authorization server."""

    def __init__(self, settings: Settings) -> None:
        self._issuer = settings.issuer_uri
        self._lifetime_s = settings.token_lifetime_s
        self._attempts = Attempts()
        self._threads = anyio.CapacityLimiter(_AT_ONCE)

    def make_routes(self) -> list[Route]:
        """All of them."""
        return [
            Route(TOKEN_PATH, self.answer, methods=["POST"]),
            Route(_KEYS_PATH, answer_keys),
            Route(_METADATA_PATH, self.answer_metadata),
        ]

    async def answer(self, request: Request) -> Response:
        """A token, or one of the errors of RFC 6749, section 5.2."""
        try:
            form = FormRequest(_read_form(request, await request.body()), _read_headers(request))
            address, name = name_client(request), _name_claimed(form)
        except InvalidInput as error:
            return _refuse(400, "invalid_request", error.safe_message)
        try:
            self._attempts.begin(address, name)
        except Unavailable as error:
            wait = str(math.ceil(error.retry_after_s))
            return _refuse(429, "temporarily_unavailable", error.safe_message, {"Retry-After": wait})
        reply = await self._run(request.app.state.resources, form)
        if reply.status != 401:
            self._attempts.succeed(address, name)
        return JSONResponse(reply.body, reply.status, {"Cache-Control": "no-store", **_without_type(reply.headers)})

    async def answer_metadata(self, _request: Request) -> Response:
        """What RFC 8414 has programs look for."""
        return JSONResponse(
            {
                "issuer": self._issuer,
                "token_endpoint": self._issuer + TOKEN_PATH,
                "jwks_uri": self._issuer + _KEYS_PATH,
                "grant_types_supported": [GRANT_TYPE],
                "response_types_supported": [],
                "token_endpoint_auth_methods_supported": [*AUTH_METHODS],
                "scopes_supported": [*Scope],
            }
        )

    async def _run(self, resources: Resources, form: FormRequest) -> Reply:
        now, signing = now_ms(), resources.doors.keys.signing
        if signing is None:
            raise Unavailable("There is no key to sign tokens with yet.")

        def find(client_id: str) -> Client | None:
            return anyio.from_thread.run(clients.find_client, resources.graph, client_id)

        def issue(client_id: str, scope: str) -> str:
            return write_token(self._issuer, client_id, scope, key=signing, now_ms=now, lifetime_s=self._lifetime_s)

        server = TokenServer(find, issue, lifetime_s=self._lifetime_s)
        reply: Reply = await anyio.to_thread.run_sync(
            partial(server.create_token_response, form), limiter=self._threads
        )
        return reply


async def answer_keys(request: Request) -> Response:
    """The public keys; they may be kept for a minute."""
    resources: Resources = request.app.state.resources
    return JSONResponse(resources.doors.keys.as_set(), headers={"Cache-Control": "public, max-age=60"})


def _read_form(request: Request, body: bytes) -> dict[str, str]:
    """The form's fields; raises InvalidInput for what is none, or has a field twice."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != _FORM:
        raise InvalidInput(f"Send a form: {_FORM}.")
    try:
        fields = parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=50, errors="strict")
    except ValueError:
        raise InvalidInput("The form cannot be read.") from None
    form = dict(fields)
    if len(form) < len(fields):
        raise InvalidInput("A field was sent twice.")
    if "grant_type" not in form:
        raise InvalidInput(f"grant_type is missing: say {GRANT_TYPE}.")
    return form


def _read_headers(request: Request) -> dict[str, str]:
    """The one that matters, spelt as Authlib looks for it; raises InvalidInput where there are several."""
    sent = request.headers.getlist("authorization")
    if len(sent) > 1:
        raise InvalidInput("Send one Authorization header.")
    return {"Authorization": sent[0]} if sent else {}


def _name_claimed(form: FormRequest) -> str:
    """Whom a request says that it comes from; raises InvalidInput where it says so twice, or illegibly."""
    if "Authorization" not in form.headers:
        return form.form.get("client_id", "")[:_MOST_NAME_CHARS]
    if "client_secret" in form.form:
        raise InvalidInput("Say who you are once: in the Authorization header or in the form.")
    try:
        return (extract_basic_authorization(form.headers)[0] or "")[:_MOST_NAME_CHARS]
    except ValueError:
        raise InvalidInput("The Authorization header cannot be read.") from None


def _refuse(status: int, error: str, words: str, headers: dict[str, str] | None = None) -> Response:
    return JSONResponse({"error": error, "error_description": words}, status, headers)


def _without_type(headers: dict[str, str]) -> dict[str, str]:
    return {name: value for name, value in headers.items() if name.lower() not in ("content-type", "cache-control")}
