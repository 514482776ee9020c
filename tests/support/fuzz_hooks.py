"""What schemathesis has to be told of our scalars and our failures. Runs in its process, with its packages."""

from __future__ import annotations

from typing import Any

import schemathesis
from hypothesis import strategies as st
from hypothesis_graphql import nodes

_NUMBERS = st.one_of(st.integers(-1000, 1000), st.integers()).map(nodes.Int)
_INSTANTS = st.one_of(st.datetimes().map(lambda at: at.isoformat() + "Z"), st.text()).map(nodes.String)
_IDS = st.sampled_from(["Person", "Order", "Membership", ""])

schemathesis.graphql.scalar("DateTime", _INSTANTS)
schemathesis.graphql.scalar("Fen", _NUMBERS)
schemathesis.graphql.scalar("Amount", _NUMBERS)
schemathesis.graphql.scalar(
    "_Any",
    st.one_of(
        st.text().map(nodes.String),
        st.tuples(_IDS, st.text()).map(
            lambda one: nodes.Object([("__typename", nodes.String(one[0])), ("id", nodes.String(one[1]))])
        ),
    ),
)


@schemathesis.check
def nothing_failed(_context: object, response: Any, _case: object) -> None:
    """An error that blames the caller is an answer; to schemathesis only those of Apollo's codes are."""
    assert response.status_code < 500
    codes = {error["extensions"]["code"] for error in response.json().get("errors", ())}
    assert not codes & {"INTERNAL", "INVARIANT_BROKEN", "UNAVAILABLE"}
