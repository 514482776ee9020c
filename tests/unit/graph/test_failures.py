from __future__ import annotations

import pytest
from neo4j.exceptions import (
    AuthError,
    ConnectionAcquisitionTimeoutError,
    CypherSyntaxError,
    IncompleteCommit,
    Neo4jError,
    ServiceUnavailable,
    SessionExpired,
    TransientError,
)

from graph.failures import may_pass, translated, vanished
from hub.core.errors import Unavailable


@pytest.mark.parametrize(
    ("raised", "told"),
    [
        (ConnectionAcquisitionTimeoutError("pool"), "busy"),
        (IncompleteCommit("lost"), "may or may not be stored"),
        (ServiceUnavailable("down at 10.1.2.3"), "does not answer"),
        (SessionExpired("moved"), "does not answer"),
        (TransientError("deadlock"), "does not answer"),
        (AuthError("who"), "credentials"),
    ],
)
def test_an_outage_is_unavailable_and_says_nothing_internal(raised: Exception, told: str) -> None:
    with pytest.raises(Unavailable, match=told) as refused, translated("persons.find"):
        raise raised

    assert "10.1.2.3" not in refused.value.safe_message
    assert refused.value.context == {"statement": "persons.find"}


def test_a_mistake_of_ours_passes_unchanged() -> None:
    with pytest.raises(CypherSyntaxError), translated("persons.find"):
        raise CypherSyntaxError("MATCH (")


def test_a_node_that_vanished_under_a_read_may_be_read_again() -> None:
    gone = Neo4jError._hydrate_neo4j(code="Neo.ClientError.Statement.EntityNotFound", message="gone")

    assert may_pass(gone)
    assert may_pass(vanished())
    assert vanished().is_retryable()
    assert not may_pass(CypherSyntaxError("MATCH ("))
