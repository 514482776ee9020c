"""What callers are told of failures."""

from __future__ import annotations

import pytest
from graphql import GraphQLError
from structlog.testing import capture_logs

from hub.core.errors import InvalidInput, Unavailable
from resolvers.failures import translate


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


def test_a_document_that_does_not_fit_the_schema_is_told_why() -> None:
    shown = translate(GraphQLError("Cannot query field 'x' on type 'Query'."))

    assert shown.message == "Cannot query field 'x' on type 'Query'."
    assert shown.extensions == {"code": "INVALID_QUERY"}
