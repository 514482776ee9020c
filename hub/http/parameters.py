"""What a GraphQL request asks for, read from its address or its body."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

import orjson
from starlette.requests import Request

from hub.core.errors import AccessDenied, InvalidInput
from hub.http.heads import find_header
from hub.http.negotiation import JSON
from hub.http.refusals import Refused

_HASH_DIGITS: Final = 64


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation as it was sent.

    Attributes:
        query: the document's text; empty where only its id or hash was sent.
        document_id: the id of a trusted document.
        sha256: the hash of an automatically persisted one.
        write_token: of the mutation that it has to see; empty where none was sent in its extensions.
        freshness: whether its answer is to say how fresh each system's data is.
    """

    query: str
    variables: dict[str, Any] | None
    name: str | None
    document_id: str | None = None
    sha256: str | None = None
    write_token: str = ""
    freshness: bool = False

    def with_text(self, text: str) -> Operation:
        """The same with the document that its id or hash stands for."""
        return replace(self, query=text)


async def read_body(request: Request) -> object:
    """The JSON of a POST; raises Refused for another content type.

    Nothing but JSON: a page of a stranger can send forms across origins without asking, JSON it cannot.
    """
    content_type, _, options = find_header(request.scope, b"content-type").partition(";")
    charset = options.replace(" ", "").replace('"', "").lower()
    if content_type.strip().lower() != JSON or charset not in ("", "charset=utf-8"):
        raise Refused(415, f"Send {JSON} in UTF-8.")
    return _parse(await request.body(), "The body")


def read_address(request: Request, *, allowed: bool) -> object:
    """The parameters of a GET; raises Refused where queries may not come by it."""
    if not allowed:
        raise Refused(405, "Queries by GET are not answered here: use POST.", headers={"Allow": "POST"})
    # Any page may link to us or embed us, and a query is work; JSON by POST it cannot send without asking.
    if request.headers.get("sec-fetch-site", "").lower() == "cross-site":
        raise Refused(403, "A page of another site may not query by GET: use POST.", code=AccessDenied.code)
    parameters: dict[str, object] = dict(request.query_params)
    for key in ("variables", "extensions"):
        if text := request.query_params.get(key):
            parameters[key] = _parse(text, f"`{key}`")
    return parameters


def read_operation(parameters: object) -> Operation:
    """The operation of a request's parameters; raises InvalidInput where one has the wrong shape."""
    if not isinstance(parameters, Mapping):
        raise InvalidInput('The body must be one JSON object, such as {"query": "{ __typename }"}.')
    variables, extensions = (_read_object(parameters, key) for key in ("variables", "extensions"))
    query, name, document_id = (_read_text(parameters, key) for key in ("query", "operationName", "documentId"))
    sha256 = _read_hash(extensions or {})
    if not (query and query.strip()) and not document_id and not sha256:
        raise InvalidInput("`query` is missing: it must be a text that holds a GraphQL document.")
    write_token = _read_text(extensions or {}, "writeToken") or ""
    freshness = _read_flag(extensions or {}, "freshness")
    return Operation(query or "", variables, name, document_id, sha256, write_token, freshness)


def _read_object(parameters: Mapping[str, Any], key: str) -> dict[str, Any] | None:
    value = parameters.get(key)
    if value is None or isinstance(value, dict):
        return value
    raise InvalidInput(f"`{key}` must be an object.")


def _read_text(parameters: Mapping[str, Any], key: str) -> str | None:
    value = parameters.get(key)
    if value is None or isinstance(value, str):
        return value
    raise InvalidInput(f"`{key}` must be a text.")


def _read_flag(parameters: Mapping[str, Any], key: str) -> bool:
    value = parameters.get(key)
    if value is None or isinstance(value, bool):
        return bool(value)
    raise InvalidInput(f"`{key}` must be true or false.")


def _read_hash(extensions: Mapping[str, Any]) -> str | None:
    persisted = extensions.get("persistedQuery")
    if persisted is None:
        return None
    sha256 = persisted.get("sha256Hash") if isinstance(persisted, dict) and persisted.get("version") == 1 else None
    if isinstance(sha256, str) and len(sha256) == _HASH_DIGITS:
        return sha256.lower()
    raise InvalidInput("`extensions.persistedQuery` must have `version` 1 and a `sha256Hash` of 64 digits.")


def _parse(text: str | bytes, what: str) -> object:
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        raise InvalidInput(f"{what} is not JSON.") from None
