"""What callers are told of failures."""

from __future__ import annotations

import re
from inspect import getmembers, isclass
from pathlib import Path
from typing import Final

import pytest
from graphql import GraphQLError, Source
from structlog.testing import capture_logs

import hub.http
from hub.core import errors
from hub.core.errors import HubError, InvalidInput, Unavailable
from resolvers.failures import log_unexpected, translate
from resolvers.metering import Throttled
from resolvers.schema import schema
from tests.support.contexts import make_bare_context

HTTP: Final = Path(hub.http.__file__).parent


def failing_with(original: Exception) -> GraphQLError:
    return GraphQLError(str(original), path=["person"], original_error=original)


def test_an_expected_failure_keeps_its_words_path_and_code() -> None:
    shown = translate(failing_with(InvalidInput("Write all of its digits.")))

    assert shown.formatted == {
        "message": "Write all of its digits.",
        "path": ["person"],
        "extensions": {"code": "INVALID_INPUT"},
    }


def test_unavailable_says_when_to_come_back() -> None:
    shown = translate(failing_with(Unavailable("The graph does not answer.", retry_after_s=2.5)))

    assert shown.extensions == {"code": "UNAVAILABLE", "retryAfterSeconds": 2.5}


@pytest.mark.parametrize("original", [RuntimeError("secret"), KeyError("secret"), GraphQLError("secret")])
def test_anything_else_is_masked_under_the_id_that_is_logged(original: Exception) -> None:
    with capture_logs() as logged:
        shown = translate(failing_with(original))

    assert shown.extensions is not None
    assert shown.extensions["code"] == "INTERNAL"
    assert shown.message == f"Internal error, id {shown.extensions['errorId']}."
    assert [entry["error_id"] for entry in logged] == [shown.extensions["errorId"]]
    assert "secret" not in str(shown.formatted)


def test_the_log_does_not_quote_the_query_of_an_unexpected_failure() -> None:
    query = Source('{ person(by: {phone: "13800000001"}) { id } }')
    unexpected = GraphQLError("Cannot write this out.", source=query, positions=[2])

    with capture_logs() as logged:
        log_unexpected(unexpected)

    assert "13800000001" in str(unexpected)
    assert logged[0]["reason"] == "Cannot write this out."
    assert "13800000001" not in str(logged)


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("query", "variables"),
    [
        (
            'query ($s: String) { person(by: {identifier: {type: "card", scope: $s, value: "1"}}) { id } }',
            {"s": None},
        ),
        (f"{{ persons(first: {'9' * 5000}) {{ nodes {{ id }} }} }}", None),
        (f"query ($n: Int = {'9' * 5000}) {{ persons(first: $n) {{ nodes {{ id }} }} }}", None),
        ("query ($n: Int!) { persons(first: $n) { nodes { id } } }", {"n": 10**30}),
    ],
)
async def test_a_value_that_does_not_fit_is_the_callers_mistake_and_no_line_in_the_log(
    query: str, variables: dict[str, object] | None
) -> None:
    with capture_logs() as logged:
        result = await schema.execute(query, variable_values=variables, context_value=make_bare_context())

    assert result.errors is not None
    assert [error.extensions for error in result.errors] == [{"code": "INVALID_QUERY"}]
    assert logged == []


@pytest.mark.anyio
async def test_a_message_repeats_only_the_beginning_of_what_was_sent() -> None:
    result = await schema.execute(f"{{ persons(after: {'9' * 5000}) {{ nodes {{ id }} }} }}")

    assert result.errors is not None
    assert len(result.errors[0].message) < 400
    assert result.errors[0].message.startswith("String cannot represent a non string value: 999")


def test_a_document_that_does_not_fit_the_schema_is_told_why() -> None:
    shown = translate(GraphQLError("Cannot query field 'x' on type 'Query'."))

    assert shown.message == "Cannot query field 'x' on type 'Query'."
    assert shown.extensions == {"code": "INVALID_QUERY"}


def test_every_code_that_a_caller_may_see_is_documented() -> None:
    text = (Path(__file__).parents[3] / "docs" / "graphql.md").read_text(encoding="utf-8").partition("## Errors")[2]
    documented = set(re.findall(r"^\| `([A-Z_]+)` \|", text, re.MULTILINE))
    ours = {one.code for _, one in getmembers(errors, isclass) if issubclass(one, HubError)} | {Throttled.code}
    elsewhere = {"HUB_ERROR", "INVALID_PAYLOAD", "UNSUPPORTED_EVENT", "INVALID_SETTINGS", "SIGNATURE_INVALID"}
    of_requests = set(re.findall(r'code="([A-Z_]+)"', "".join(path.read_text() for path in HTTP.glob("*.py"))))

    assert documented == (ours - elsewhere) | of_requests | {"INVALID_QUERY", "INTERNAL"}
