"""Authlib's authorization server on what the hub knows of its clients.

Authlib calls without waiting, so a request is answered in a thread; what waits for the graph goes back to the loop.
No hook may be a coroutine function: Authlib would take the coroutine for "yes".
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from authlib.oauth2.rfc6749 import AuthorizationServer, OAuth2Request
from authlib.oauth2.rfc6749.grants import ClientCredentialsGrant
from authlib.oauth2.rfc6749.models import ClientMixin
from authlib.oauth2.rfc6749.requests import BasicOAuth2Payload
from authlib.oauth2.rfc6750.token import BearerTokenGenerator

from graph.clients import Client
from hub.core.access import Scope
from hub.services.access.secrets import fits

GRANT_TYPE: Final = "client_credentials"
AUTH_METHODS: Final = ("client_secret_basic", "client_secret_post")
# Whether the way to us was safe is not seen here, behind whatever ends TLS; Authlib insists on https.
_HERE: Final = "https://hub/oauth/token"


@dataclass(frozen=True, slots=True)
class Reply:
    """What goes back to the caller."""

    status: int
    body: Any
    headers: dict[str, str]


class FormRequest(OAuth2Request):
    """A request for a token: a form, and headers."""

    def __init__(self, form: dict[str, str], headers: dict[str, str]) -> None:
        super().__init__("POST", _HERE, headers=headers)
        self.payload = BasicOAuth2Payload(form)

    @property
    def form(self) -> dict[str, str]:
        """The form's fields, each sent once."""
        form: dict[str, str] = self.payload.data
        return form


class OAuthClient(ClientMixin):
    """A client as Authlib asks about it; None stands for one that there is not, which takes as long to refuse."""

    def __init__(self, client: Client | None) -> None:
        self._client = client

    def get_client_id(self) -> str:
        """The id of one that there is."""
        return self._client.id if self._client else ""

    def check_client_secret(self, client_secret: str) -> bool:
        """Whether the secret is one of its own, and it may come."""
        good = fits(client_secret, self._client.secrets if self._client else ())
        return good and self._client is not None and self._client.disabled_ms is None

    def check_endpoint_auth_method(self, method: str, endpoint: str) -> bool:
        """Any of ours at the only endpoint."""
        return method in AUTH_METHODS

    def check_grant_type(self, grant_type: str) -> bool:
        """The only one that there is."""
        return grant_type == GRANT_TYPE

    def get_allowed_scope(self, scope: str | None) -> str | None:
        """What a token gets of what was asked for: all of it, or everything where nothing was said; None: refused."""
        has = self._client.scopes if self._client else ()
        asked = (scope or "").split()
        if set(asked) - set(has):
            return None
        return " ".join(dict.fromkeys(asked)) or " ".join(has)


class ClientCredentials(ClientCredentialsGrant):
    """RFC 6749, section 4.4."""

    TOKEN_ENDPOINT_AUTH_METHODS: Final = [*AUTH_METHODS]


class TokenServer(AuthorizationServer):
    """Answers one request.

    Args:
        find: the client of an id, or None.
        issue: a token for a client's id and a scope.
    """

    def __init__(
        self, find: Callable[[str], Client | None], issue: Callable[[str, str], str], *, lifetime_s: int
    ) -> None:
        super().__init__(scopes_supported=[*Scope])
        self._find = find
        self.register_grant(ClientCredentials)

        def generate(client: OAuthClient, scope: str, **_: object) -> str:
            return issue(client.get_client_id(), scope)

        self.register_token_generator("default", BearerTokenGenerator(generate, expires_generator=lifetime_s))

    def query_client(self, client_id: str) -> OAuthClient:
        """A client, whether there is one or not."""
        return OAuthClient(self._find(client_id))

    def create_oauth2_request(self, request: FormRequest) -> FormRequest:
        """Already is one."""
        return request

    def save_token(self, token: object, request: object) -> None:
        """Nothing: a token carries all that there is to know."""

    def send_signal(self, name: str, *args: object, **kwargs: object) -> None:
        """Nobody listens."""

    def handle_response(self, status: int, body: Any, headers: Any) -> Reply:
        """What goes back."""
        return Reply(status, dict(body) if not isinstance(body, str) else body, dict(headers))
