"""What schemathesis has to be told of our scalars and our failures. Runs in its process, with its packages."""

from __future__ import annotations

from typing import Any

import schemathesis
from graphql import NameNode, ObjectFieldNode
from hypothesis import strategies as st
from hypothesis_graphql import nodes


def _field(name: str, value: str) -> ObjectFieldNode:
    return ObjectFieldNode(name=NameNode(value=name), value=nodes.String(value))


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
        st.tuples(_IDS, st.text()).map(lambda one: nodes.Object([_field("__typename", one[0]), _field("id", one[1])])),
    ),
)


@schemathesis.check  # type: ignore[untyped-decorator]
def nothing_failed(_context: object, response: Any, _case: object) -> None:
    """An error that blames the caller is an answer; to schemathesis only those of Apollo's codes are."""
    assert response.status_code < 500
    codes = {error["extensions"]["code"] for error in response.json().get("errors", ())}
    assert not codes & {"INTERNAL", "INVARIANT_BROKEN", "UNAVAILABLE"}
