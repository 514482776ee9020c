"""`hub query`: one GraphQL operation, as any other client of the API would ask it."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, Final
from urllib.parse import urlsplit

import httpx
import orjson
import typer
from graphql import GraphQLError, OperationDefinitionNode, parse, print_ast

from hub.cli.exit_codes import EXIT_FAILED
from hub.cli.output import print_json, print_plain
from hub.cli.query_tables import make_tables
from hub.cli.steward import AsJson
from hub.core.errors import InvalidInput, InvalidSettings, NotAuthenticated, Unavailable
from hub.core.redaction_shapes import replace_controls
from hub.core.settings import Settings, load_settings

_MOST_DOCUMENT_BYTES: Final = 1_048_576
_PATIENCE_S: Final = 120
_TEXTS: Final = frozenset({"ID", "Phone", "String"})
"""Types whose values are never read as JSON: a phone would become a number."""

Document = Annotated[str, typer.Argument(metavar="FILE|-", help="The GraphQL document; - is standard input.")]
Variables = Annotated[
    list[str] | None,
    typer.Option(
        "--var", metavar="NAME=VALUE", help="A variable; one that is no text as JSON. As often as there are any."
    ),
]
Operation = Annotated[str, typer.Option(metavar="NAME", help="Which operation, of a document with several.")]
Purpose = Annotated[str, typer.Option(metavar="WORD", help="What personal data in clear is for.")]


def query(
    document: Document,
    var: Variables = None,
    operation: Operation = "",
    purpose: Purpose = "",
    as_json: AsJson = False,
) -> None:
    """Run a GraphQL document against the API at HUB_QUERY_URL, as the client HUB_QUERY_CLIENT."""
    text = _read_document(document)
    asked: dict[str, Any] = {"query": text, "variables": _read_variables(text, var or ())}
    if operation:
        asked["operationName"] = operation
    answer = _ask(load_settings(), asked, purpose)
    if as_json:
        print_json(answer)
    else:
        for table in make_tables(answer.get("data")):
            print_plain(table)
            print_plain("")
    errors = answer.get("errors") or []
    for error in errors:
        typer.echo(_describe(error), err=True)
    if errors:
        raise typer.Exit(EXIT_FAILED)


def _read_document(document: str) -> str:
    try:
        with sys.stdin.buffer if document == "-" else Path(document).open("rb") as file:
            found = file.read(_MOST_DOCUMENT_BYTES + 1)
    except OSError as error:
        raise InvalidInput(f"{document} cannot be read: {error.strerror}.") from None
    if len(found) > _MOST_DOCUMENT_BYTES:
        raise InvalidInput(f"{document} is larger than 1 MiB: name the file of a GraphQL document.")
    try:
        return found.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise InvalidInput(f"{document} is no text in UTF-8: name the file of a GraphQL document.") from None


def _read_variables(text: str, stated: Sequence[str]) -> dict[str, Any]:
    types = _find_types(text)
    found: dict[str, Any] = {}
    for one in stated:
        name, equals, value = one.partition("=")
        if not equals or not name.isidentifier():
            raise InvalidInput(f"--var takes NAME=VALUE, and found {one!r}.")
        found[name] = value if types.get(name) in _TEXTS else _read_value(value)
    return found


def _find_types(text: str) -> dict[str, str]:
    """The types of a document's variables, without their !; none where it is no document, which the API says best."""
    try:
        document = parse(text, no_location=True)
    except GraphQLError:
        return {}
    operations = (one for one in document.definitions if isinstance(one, OperationDefinitionNode))
    declared = (one for operation in operations for one in operation.variable_definitions or ())
    return {one.variable.name.value: print_ast(one.type).rstrip("!") for one in declared}


def _read_value(value: str) -> Any:
    try:
        return orjson.loads(value)
    except orjson.JSONDecodeError:
        return value


def _ask(settings: Settings, asked: dict[str, Any], purpose: str) -> dict[str, Any]:
    url = settings.query_url or f"{settings.issuer_uri}/graphql"
    try:
        with httpx.Client(timeout=_PATIENCE_S, trust_env=settings.query_url is not None) as client:
            headers = _authorize(client, settings, url) | ({"Hub-Purpose": purpose} if purpose else {})
            accepted = "application/graphql-response+json, application/json;q=0.9"
            return _read_answer(client.post(url, json=asked, headers=headers | {"Accept": accepted}), url)
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise Unavailable(f"{url} does not answer ({type(error).__name__}): is the API running?") from None


def _authorize(client: httpx.Client, settings: Settings, url: str) -> dict[str, str]:
    if settings.query_client is None:
        return {}
    if settings.query_secret is None:
        raise InvalidSettings("HUB_QUERY_CLIENT is set: expected HUB_QUERY_SECRET beside it, the client's secret.")
    address = urlsplit(url)._replace(path="/oauth/token", query="", fragment="").geturl()
    secret = settings.query_secret.get_secret_value()
    response = client.post(address, data={"grant_type": "client_credentials"}, auth=(settings.query_client, secret))
    token = _read_object(response).get("access_token")
    if not isinstance(token, str):
        raise NotAuthenticated(
            f"{address} gives {settings.query_client} no token ({response.status_code}): see `hub client list`."
        )
    return {"Authorization": f"Bearer {token}"}


def _read_answer(response: httpx.Response, url: str) -> dict[str, Any]:
    answer = _read_object(response)
    if response.status_code == httpx.codes.UNAUTHORIZED:
        raise NotAuthenticated(f"{url} asks for an access token: set HUB_QUERY_CLIENT and HUB_QUERY_SECRET.")
    if "data" not in answer and "errors" not in answer:
        raise Unavailable(f"{url} answered {response.status_code} and no GraphQL: is it the API's address?")
    return answer


def _read_object(response: httpx.Response) -> dict[str, Any]:
    try:
        found = orjson.loads(response.content)
    except orjson.JSONDecodeError:
        return {}
    return found if isinstance(found, dict) else {}


def _describe(error: Any) -> str:
    """An error on one line: where, what, and its code."""
    path = ".".join(str(part) for part in error.get("path") or ())
    code = (error.get("extensions") or {}).get("code", "")
    words = f"{path}: " if path else ""
    return replace_controls(f"{words}{error.get('message', '')}{f' ({code})' if code else ''}")
