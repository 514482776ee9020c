"""Ids that name one object among all types."""

from __future__ import annotations

import base64

import pytest
from graphql import GraphQLObjectType
from hypothesis import given
from hypothesis import strategies as st

from hub.core.errors import InvalidInput
from resolvers.global_ids import Kind, Named, read_global_id, write_global_id
from resolvers.schema import schema

PERSON = "01ARZ3NDEKTSV4RRFFQ69G5FAV"


@given(
    st.sampled_from([kind for kind in Kind if kind is not Kind.PERSON]),
    st.text(st.characters(exclude_categories=["Cs"])),
)
def test_an_id_reads_back_and_shows_nothing_of_its_key(kind: Kind, key: str) -> None:
    written = write_global_id(kind, key)

    assert read_global_id(written) == (kind, key)
    assert "|" not in written


def test_a_persons_id_is_the_one_that_the_hub_gave_out() -> None:
    assert write_global_id(Kind.PERSON, PERSON) == PERSON
    assert read_global_id(PERSON.lower()) == Named(Kind.PERSON, PERSON)


@pytest.mark.parametrize(
    "written",
    [
        "",
        "42",
        "é",
        "pos|P1",
        base64.urlsafe_b64encode(b"Nothing:1").decode(),
        base64.urlsafe_b64encode(f"Person:{PERSON}".encode()).decode().rstrip("="),
        base64.urlsafe_b64encode(b"Order:pos|1").decode().rstrip("=") + "=",
        base64.urlsafe_b64encode(b"Order:\xff").decode().rstrip("="),
    ],
)
def test_any_other_id_is_the_callers_mistake(written: str) -> None:
    with pytest.raises(InvalidInput, match="not one of ours"):
        read_global_id(written)


def test_every_type_with_an_id_can_be_asked_for_by_it() -> None:
    types = schema._schema.type_map.values()
    identified = {one.name for one in types if isinstance(one, GraphQLObjectType) and "id" in one.fields}
    nodes = {one.name for one in schema._schema.get_possible_types(schema._schema.type_map["Node"])}  # type: ignore[arg-type]

    assert identified == nodes == {kind.value for kind in Kind}
