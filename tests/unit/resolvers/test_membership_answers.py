"""What a membership refuses, as data."""

from __future__ import annotations

import inspect

import pytest

from hub.core import membership
from hub.core.errors import Ambiguous, Erased, HubError, InvalidInput, InvariantBroken, NotFound, Unavailable
from hub.core.ledger import KeyReused, NotHonoured, UnknownOperation, UnknownPerson, UnknownRecord
from hub.core.membership import MembershipRefused
from resolvers.membership.answers import show_refusal
from resolvers.schema import schema

REFUSALS = [
    one
    for _, one in inspect.getmembers(membership, inspect.isclass)
    if one.__module__ == membership.__name__ and one is not MembershipRefused
]
OTHERS = [InvalidInput, Ambiguous, Erased, NotHonoured, UnknownOperation, UnknownPerson, UnknownRecord, KeyReused]


@pytest.mark.parametrize("family", [*REFUSALS, *OTHERS])
def test_whatever_a_caller_has_to_reckon_with_is_data_in_the_union(family: type[HubError]) -> None:
    error = KeyReused("a", "b") if family is KeyReused else family("words")
    shown = show_refusal(error)

    assert shown is not None
    assert (shown.code, shown.message) == (error.code, error.safe_message)  # type: ignore[union-attr]
    union = schema.as_str().partition("union MembershipAnswer = ")[2].splitlines()[0]
    assert type(shown).__name__ in union.split(" | ")


@pytest.mark.parametrize("error", [Unavailable("later"), InvariantBroken("wrong"), NotFound("odd")])
def test_anything_else_stays_an_error(error: HubError) -> None:
    assert show_refusal(error) is None
