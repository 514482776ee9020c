"""Refusals as data."""

from __future__ import annotations

import inspect

import pytest

from hub.core.errors import Ambiguous, Erased, HubError, InvalidInput, InvariantBroken, NotFound, Unavailable
from hub.core.ledger import ExceedsOriginal, InsufficientBalance, KeyReused, LedgerRefused, refusals
from hub.core.ledger.entry import Kind
from hub.services.facts import UnusableEvent
from resolvers.ledger.answers import show_refusal
from resolvers.ledger.entries import EntryKind
from resolvers.schema import schema

REFUSALS = [
    one
    for _, one in inspect.getmembers(refusals, inspect.isclass)
    if one.__module__ == refusals.__name__ and one is not LedgerRefused
]


def make(family: type[HubError]) -> HubError:
    if family is KeyReused:
        return KeyReused("a", "b")
    return family(7) if family in (InsufficientBalance, ExceedsOriginal) else family("words")


@pytest.mark.parametrize("family", [*REFUSALS, InvalidInput, UnusableEvent, Ambiguous, Erased])
def test_whatever_a_caller_has_to_reckon_with_is_data_in_the_union(family: type[HubError]) -> None:
    error = make(family)
    shown = show_refusal(error)

    assert shown is not None
    assert (shown.code, shown.message) == (error.code, error.safe_message)  # type: ignore[union-attr]
    union = schema.as_str().partition("union LedgerAnswer = ")[2].splitlines()[0]
    assert type(shown).__name__ in union.split(" | ")


@pytest.mark.parametrize("error", [Unavailable("later"), InvariantBroken("wrong"), NotFound("odd")])
def test_anything_else_stays_an_error(error: HubError) -> None:
    assert show_refusal(error) is None


def test_entries_have_the_kinds_of_the_ledger() -> None:
    assert [str(kind.value) for kind in EntryKind] == [kind.value for kind in Kind]
