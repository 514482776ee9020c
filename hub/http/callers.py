"""Who asks: a bearer token (RFC 6750) becomes the grant that its client has."""

from __future__ import annotations

import math
from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Final

from starlette.requests import Request

from hub.core.access import OPEN, Grant, Scope
from hub.core.clock import now_ms
from hub.core.errors import Forbidden, InvalidInput, NotAuthenticated, Unavailable
from hub.core.settings import Settings
from hub.http.attempts import Attempts
from hub.http.buckets import name_client
from hub.http.heads import find_header
from hub.http.refusals import Refused
from hub.http.resources import Resources
from hub.http.tokens import Claims, TokenExpired, TokenInvalid, TokenReader, UnknownKey
from hub.services.access.doors import Doors
from resolvers.metering import Throttled

PURPOSE_HEADER: Final = "Hub-Purpose"
_PURPOSE: Final = PURPOSE_HEADER.lower().encode()
_REALM: Final = 'Bearer realm="memberhub"'
_MOST_REMEMBERED: Final = 10_000
_RELOAD_EVERY_MS: Final = 1000
_MOST_PURPOSE_CHARS: Final = 80


@dataclass(frozen=True, slots=True)
class _Known:
    """A token that was verified by what was in force then."""

    grant: Grant
    purposes: frozenset[str]
    expires_s: int
    doors: Doors


class Callers:
    """Knows callers by their tokens; each token is verified once and remembered until it expires or keys change."""

    def __init__(self, settings: Settings) -> None:
        self._open = settings.access == "open"
        self._read = TokenReader(settings.issuer_uri)
        self._remembered: OrderedDict[str, _Known] = OrderedDict()
        self._reloaded_ms = 0
        self._attempts = Attempts()

    async def identify(self, request: Request) -> Grant:
        """The grant of whoever asks; raises Refused with what RFC 6750 wants said."""
        purpose = find_header(request.scope, _PURPOSE)
        if self._open:
            return replace(OPEN, purpose=purpose[:_MOST_PURPOSE_CHARS]) if purpose else OPEN
        token = _find_token(request)
        try:
            known = await self._know(token, request.app.state.resources)
        except TokenInvalid as error:
            self._count(request, error)
            raise refuse_token(str(error)) from None
        if not purpose:
            return known.grant
        if purpose not in known.purposes:
            raise Refused(403, f"This client may not ask for the purpose in {PURPOSE_HEADER}.", code=Forbidden.code)
        return replace(known.grant, purpose=purpose)

    def find_expiry(self, request: Request) -> int | None:
        """When the token of a caller who was identified expires, in epoch seconds; None for one without a token."""
        known = None if self._open else self._remembered.get(_find_token(request))
        return None if known is None else known.expires_s

    def _count(self, request: Request, error: TokenInvalid) -> None:
        """Raise Refused after too many wrong tokens. A good one is not held up by those that came from its address."""
        if isinstance(error, TokenExpired):
            return  # every client's every few minutes
        try:
            self._attempts.fail(name_client(request))
        except Unavailable as wait:
            headers = {"Retry-After": str(math.ceil(wait.retry_after_s))}
            raise Refused(429, wait.safe_message, code=Throttled.code, headers=headers) from None

    async def _know(self, token: str, resources: Resources) -> _Known:
        now = now_ms()
        known = self._remembered.get(token)
        if known is None or known.doors is not resources.doors:
            known = await self._verify(token, resources, now)
            self._remembered[token] = known
            if len(self._remembered) > _MOST_REMEMBERED:
                self._remembered.popitem(last=False)
        if known.expires_s * 1000 <= now:
            raise TokenExpired
        return known

    async def _verify(self, token: str, resources: Resources, now: int) -> _Known:
        try:
            return _admit(self._read(token, resources.doors.keys.public, now_ms=now), resources.doors)
        except UnknownKey:
            # Another process may have made the key or the client a moment ago; strangers may not have us look always.
            if now - self._reloaded_ms < _RELOAD_EVERY_MS:
                raise
            self._reloaded_ms = now
            await resources.renew_doors()
            return _admit(self._read(token, resources.doors.keys.public, now_ms=now), resources.doors)


def refuse_token(words: str) -> Refused:
    """401 for a token that is not good."""
    header = f'{_REALM}, error="invalid_token", error_description="{words}"'
    return Refused(401, words, code=NotAuthenticated.code, headers={"WWW-Authenticate": header})


def show_missing(scopes: Iterable[str]) -> dict[str, str]:
    """The header that goes with 403 for a token that does not reach so far."""
    return {"WWW-Authenticate": f'{_REALM}, error="insufficient_scope", scope="{" ".join(scopes)}"'}


def name_payer(request: Request, grant: Grant) -> str:
    """Whose bucket a request takes from: its client's, or where there is none its address's."""
    return grant.client or name_client(request)


def _find_token(request: Request) -> str:
    sent = request.headers.getlist("authorization")
    if len(sent) > 1:
        raise Refused(400, "Send one Authorization header.", code=InvalidInput.code)
    scheme, _, token = (sent[0] if sent else "").partition(" ")
    if scheme.lower() != "bearer":
        words = "Every request needs an access token: Authorization: Bearer TOKEN. POST /oauth/token gives one."
        raise Refused(401, words, code=NotAuthenticated.code, headers={"WWW-Authenticate": _REALM})
    return token.strip()


def _admit(claims: Claims, doors: Doors) -> _Known:
    client = doors.clients.get(claims.client)
    if client is None:
        raise UnknownKey("The token's client is not known here.")
    if client.disabled_ms is not None:
        raise TokenInvalid("The token's client is disabled.")
    scopes = frozenset(one for one in Scope if one in claims.scopes and one in client.scopes)
    grant = Grant(client.id, scopes, frozenset(client.programmes) or None)
    return _Known(grant, frozenset(client.purposes), claims.expires_s, doors)
