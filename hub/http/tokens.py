"""Access tokens: ES256 JSON Web Tokens by the profile of RFC 9068, written and read."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey

from hub.services.access.signing import ALGORITHM

_TYPE: Final = "at+jwt"
_MOST_CHARS: Final = 4096
_SKEW_S: Final = 5


class TokenInvalid(Exception):
    """Why a token is not good, in a sentence without quotes: it goes into a header."""


class TokenExpired(TokenInvalid):
    """It was good, and says until when."""

    def __init__(self) -> None:
        super().__init__("The token has expired: ask for another one.")


class UnknownKey(TokenInvalid):
    """It may be good by keys or clients that this process does not know yet."""


@dataclass(frozen=True, slots=True)
class Claims:
    """What a good token says."""

    client: str
    scopes: frozenset[str]
    expires_s: int


def audience_of(issuer: str) -> str:
    """Whom tokens of an issuer are for: its API."""
    return f"{issuer}/graphql"


def write_token(issuer: str, client: str, scope: str, *, key: tuple[str, ECKey], now_ms: int, lifetime_s: int) -> str:
    """A token for a client; `scope` is words between spaces."""
    now_s = now_ms // 1000
    claims = {
        "iss": issuer,
        "aud": audience_of(issuer),
        "sub": client,
        "client_id": client,
        "scope": scope,
        "iat": now_s,
        "exp": now_s + lifetime_s,
        "jti": secrets.token_urlsafe(16),
    }
    key_id, private = key
    return jwt.encode({"alg": ALGORITHM, "typ": _TYPE, "kid": key_id}, claims, private, algorithms=[ALGORITHM])


class TokenReader:
    """Reads the tokens of one issuer."""

    def __init__(self, issuer: str) -> None:
        self._issuer = issuer
        self._audience = audience_of(issuer)

    def __call__(self, token: str, keys: Mapping[str, ECKey], *, now_ms: int) -> Claims:
        """What a token says; raises TokenInvalid for one that is not good now."""
        if len(token) > _MOST_CHARS:
            raise TokenInvalid("The token is longer than any of ours.")

        def find_key(signed: Any) -> ECKey:
            found = keys.get(str(signed.headers().get("kid")))
            if found is None:
                raise UnknownKey("The token is signed with a key that is not one of ours.")
            return found

        try:
            read = jwt.decode(token, find_key, algorithms=[ALGORITHM])
        except (JoseError, ValueError, TypeError):
            raise TokenInvalid("The token is no token of ours, or not all of it.") from None
        if str(read.header.get("typ", "")).lower().removeprefix("application/") != _TYPE:
            raise TokenInvalid("The token is no access token.")
        return self._check(read.claims, now_ms // 1000)

    def _check(self, claims: Mapping[str, Any], now_s: int) -> Claims:
        client, scope = claims.get("client_id"), claims.get("scope", "")
        issued_s, expires_s, audience = claims.get("iat"), claims.get("exp"), claims.get("aud")
        if type(issued_s) is not int or type(expires_s) is not int or not isinstance(scope, str):
            raise TokenInvalid("The token lacks claims, or they have the wrong form.")
        if not isinstance(client, str) or not claims.get("jti") or claims.get("sub") != client:
            raise TokenInvalid("The token lacks claims, or they have the wrong form.")
        if claims.get("iss") != self._issuer:
            raise TokenInvalid("The token was issued by somebody else.")
        if self._audience not in (audience if isinstance(audience, list) else [audience]):
            raise TokenInvalid("The token is for another audience.")
        if max(issued_s, _not_before(claims)) > now_s + _SKEW_S:
            raise TokenInvalid("The token is from the future.")
        if expires_s <= now_s:
            raise TokenExpired
        return Claims(client, frozenset(scope.split()), expires_s)


def _not_before(claims: Mapping[str, Any]) -> int:
    begins_s = claims.get("nbf", 0)
    if type(begins_s) is not int:
        raise TokenInvalid("The token lacks claims, or they have the wrong form.")
    return begins_s
