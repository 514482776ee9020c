"""Which operations are subscriptions, and that a document which is known is not read twice."""

from __future__ import annotations

import pytest

from resolvers.bounds import DEFAULT_LIMITS
from resolvers.schema import schema
from resolvers.streaming import Asked, find_subscription

_FOLLOW = "subscription Follow { caseChanged { eventId } }"


@pytest.mark.parametrize(
    ("query", "name"),
    [("{ lastEventId }", None), ("subscription {", None), (_FOLLOW + " query Ask { lastEventId }", "Ask"), ("", None)],
)
def test_other_operations_and_what_cannot_be_parsed_are_no_subscriptions(query: str, name: str | None) -> None:
    assert find_subscription(schema, Asked(query, None, name), DEFAULT_LIMITS) is None


def test_a_document_that_was_found_valid_is_not_parsed_again() -> None:
    asked = Asked(_FOLLOW, None, None)
    first = find_subscription(schema, asked, DEFAULT_LIMITS)
    assert first is not None

    schema.planner.note(asked.query, asked.name, DEFAULT_LIMITS, first)

    assert find_subscription(schema, asked, DEFAULT_LIMITS) is first
