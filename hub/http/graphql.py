"""The GraphQL endpoint, by the GraphQL-over-HTTP specification.

Under `application/json` every well-formed request is answered with 200. Under `application/graphql-response+json` a
request that never ran (it does not parse, does not fit the schema) is a 400 without `data`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import orjson
from starlette.requests import Request
from starlette.responses import Response
from strawberry.exceptions import MissingQueryError
from strawberry.schema.exceptions import CannotGetOperationTypeError, InvalidOperationTypeError
from strawberry.types import ExecutionResult
from strawberry.types.graphql import OperationType

from hub.core.clock import now_ms
from hub.core.errors import AccessDenied, InvalidInput
from hub.http.graphiql import answer_page
from hub.http.resources import Resources
from resolvers.context import make_context
from resolvers.schema import schema

_JSON: Final = "application/json"
_GRAPHQL: Final = "application/graphql-response+json"


class _Refused(Exception):
    """A request that is answered without running anything."""

    def __init__(
        self, status: int, message: str, headers: dict[str, str] | None = None, code: str = InvalidInput.code
    ) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.headers = headers
        self.code = code


@dataclass(frozen=True, slots=True)
class Operation:
    """What a request asks for."""

    query: str
    variables: dict[str, Any] | None
    name: str | None


async def answer_graphql(request: Request) -> Response:
    """`GET` and `POST /graphql`; a browser that only looks gets GraphiQL."""
    accept = request.headers.get("accept", "")
    if request.method != "POST" and "query" not in request.query_params and "text/html" in accept:
        return answer_page()
    media_type = choose_media_type(accept)
    if media_type is None:
        return _refusal(_JSON, _Refused(406, f"Only {_GRAPHQL} and {_JSON} are spoken here."))
    try:
        operation = read_operation(await _read_parameters(request))
        return _answer(media_type, await _run(request, operation))
    except InvalidInput as error:
        return _refusal(media_type, _Refused(400, error.safe_message))
    except _Refused as refused:
        return _refusal(media_type, refused)


def choose_media_type(accept: str) -> str | None:
    """The form of the answer for an Accept header; None where neither form is wanted. No header wants JSON."""
    wanted = [part.partition(";")[0].strip().lower() for part in accept.split(",") if part.strip()]
    for media_type in wanted:
        if media_type in (_GRAPHQL, _JSON):
            return media_type
    if not wanted or "*/*" in wanted or "application/*" in wanted:
        return _JSON
    return None


def read_operation(parameters: object) -> Operation:
    """The operation of a request's parameters; raises InvalidInput where one has the wrong shape."""
    if not isinstance(parameters, Mapping):
        raise InvalidInput('The body must be one JSON object, such as {"query": "{ __typename }"}.')
    query, variables, name = (parameters.get(key) for key in ("query", "variables", "operationName"))
    if not isinstance(query, str) or not query.strip():
        raise InvalidInput("`query` is missing: it must be a text that holds a GraphQL document.")
    if variables is not None and not isinstance(variables, dict):
        raise InvalidInput("`variables` must be an object.")
    if name is not None and not isinstance(name, str):
        raise InvalidInput("`operationName` must be a text.")
    if not isinstance(parameters.get("extensions"), dict | None):
        raise InvalidInput("`extensions` must be an object.")
    return Operation(query, variables, name)


async def _read_parameters(request: Request) -> object:
    if request.method != "POST":
        # Any page may link to us or embed us, and a query is work; JSON by POST it cannot send without asking.
        if request.headers.get("sec-fetch-site", "").lower() == "cross-site":
            raise _Refused(403, "A page of another site may not query by GET: use POST.", code=AccessDenied.code)
        parameters: dict[str, object] = dict(request.query_params)
        for key in ("variables", "extensions"):
            if text := request.query_params.get(key):
                parameters[key] = _parse(text, f"`{key}`")
        return parameters
    # Nothing but JSON: a page of a stranger can send forms across origins without asking, JSON it cannot.
    content_type, _, options = request.headers.get("content-type", "").partition(";")
    charset = options.replace(" ", "").replace('"', "").lower()
    if content_type.strip().lower() != _JSON or charset not in ("", "charset=utf-8"):
        raise _Refused(415, f"Send {_JSON} in UTF-8.")
    return _parse(await request.body(), "The body")


def _parse(text: str | bytes, what: str) -> object:
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        raise InvalidInput(f"{what} is not JSON.") from None


async def _run(request: Request, operation: Operation) -> ExecutionResult:
    resources: Resources = request.app.state.resources
    try:
        return await schema.execute(
            operation.query,
            variable_values=operation.variables,
            context_value=make_context(
                resources.graph, resources.identity, resources.programmes, resources.reads, now_ms=now_ms()
            ),
            operation_name=operation.name,
            allowed_operation_types=OperationType.from_http("POST" if request.method == "POST" else "GET"),
        )
    except InvalidOperationTypeError:
        raise _Refused(
            405,
            "GET only asks: send what changes something by POST. Subscriptions are not answered.",
            {"Allow": "POST"},
        ) from None
    except CannotGetOperationTypeError:
        raise InvalidInput("`operationName` must name one of the document's operations.") from None
    except MissingQueryError:
        raise InvalidInput("`query` holds no operation.") from None


def _answer(media_type: str, result: ExecutionResult) -> Response:
    errors = [error.formatted for error in result.errors or ()]
    never_ran = result.data is None and bool(errors) and not any("path" in error for error in errors)
    if never_ran:
        status = 400 if media_type == _GRAPHQL else 200
        return Response(orjson.dumps({"errors": errors}), status_code=status, media_type=media_type)
    body: dict[str, Any] = {"data": result.data}
    if errors:
        body["errors"] = errors
    return Response(orjson.dumps(body), media_type=media_type)


def _refusal(media_type: str, refused: _Refused) -> Response:
    body = {"errors": [{"message": refused.message, "extensions": {"code": refused.code}}]}
    return Response(orjson.dumps(body), status_code=refused.status, media_type=media_type, headers=refused.headers)
