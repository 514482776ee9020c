"""Operations that could show too much are refused before anything runs."""

from __future__ import annotations

from typing import Any

import pytest
from graphql import parse

from resolvers.budget import count_objects
from resolvers.metering import MAX_OBJECTS
from resolvers.schema import schema
from tests.support.contexts import make_bare_context


def count(query: str, name: str | None = None, **variables: Any) -> int:
    return count_objects(parse(query), name, variables)


@pytest.mark.parametrize(
    ("query", "objects"),
    [
        ("{ __typename }", 0),
        ('{ person(by: {id: "1"}) { id } }', 1),
        ("{ persons { nodes { id } } }", 1 + 20),
        ("{ persons(first: 3) { nodes { id } } }", 1 + 3),
        ("{ persons(first: 3) { nodes { id } pageInfo { endCursor } } }", 1 + 3 + 1),
        ("{ persons(first: 3) { edges { node { id } } nodes { id } } }", 1 + 2 * 3 + 3),
        ("{ persons(first: 3) { nodes { orders(first: 5) { nodes { lines { sku } } } } } }", 1 + 3 * (1 + 1 + 5 * 2)),
        ("{ persons(first: 30) { pageInfo { endCursor } } }", 30),
        ("{ persons(first: 3) { ... { nodes { id } } ...P } } fragment P on PersonConnection { nodes { id } }", 7),
        ("{ a: persons(first: 3) { nodes { id } } b: persons(first: 4) { nodes { id } } }", 9),
        ("{ persons(first: 5000) { nodes { id } } }", 1 + 100),
        ("{ persons(last: 7) { nodes { id } } }", 1 + 7),
        ("{ persons(first: 3) { nodes { explain { settled } } } }", 1 + 3 * (1 + 51)),
        (
            '{ persons(first: 3) { nodes { a: valid(asOf: "x") { validAt } b: valid(asOf: "y") { validAt } } } }',
            1 + 3 * (1 + 2 * 51),
        ),
        ('{ person(by: {id: "1"}) { believed(asOf: "x") { personId } } }', 1 + 11),
        ("{ explain(left: {}, right: {}) { persons { id } } }", 51 + 1),
        ('{ person(by: {id: "1"}) { balances { explain { lots { nodes { id } } } } } }', 1 + 1 + 1 + 1 + 20),
        ('{ node(id: "1") { ... on Membership { explain { tier } } } }', 1 + 1),
        ('{ node(id: "1") { ...P } } fragment P on Person { explain { settled } }', 1 + 51),
        ("{ persons(first: -5) { nodes { id } } }", 1),
    ],
)
def test_pages_multiply_what_they_hold_and_aliases_and_fragments_add_up(query: str, objects: int) -> None:
    assert count(query) == objects


@pytest.mark.parametrize(
    ("variables", "objects"), [({"n": 7}, 8), ({"n": 7.0}, 8), ({}, 6), ({"n": None}, 21), ({"n": "7"}, 1)]
)
def test_page_sizes_come_from_variables_and_their_defaults(variables: dict[str, Any], objects: int) -> None:
    assert count("query ($n: Int = 5) { persons(first: $n) { nodes { id } } }", **variables) == objects


@pytest.mark.parametrize(
    ("query", "variables", "objects"),
    [
        ("{ _entities(representations: [{}, {}]) { __typename } }", {}, 2),
        ("{ _entities(representations: {}) { __typename } }", {}, 1),
        (
            "query ($r: [_Any!]!) { _entities(representations: $r) { ... on Order { lines { sku } } } }",
            {"r": [{}] * 7},
            14,
        ),
        ("query ($r: [_Any!]! = [{}, {}]) { _entities(representations: $r) { __typename } }", {}, 2),
    ],
)
def test_each_representation_asks_for_an_object(query: str, variables: dict[str, Any], objects: int) -> None:
    assert count(query, **variables) == objects


def test_a_variable_without_value_leaves_the_fields_own_default() -> None:
    assert count("query ($n: Int) { persons(first: $n) { nodes { id } } }") == 21


def test_only_the_operation_that_runs_counts() -> None:
    query = "query A { persons(first: 1) { nodes { id } } } query B { persons(first: 9) { nodes { id } } }"

    assert (count(query, "A"), count(query, "B")) == (2, 10)


def test_nested_fragments_are_counted_in_linear_time() -> None:
    chain = " ".join(f"fragment F{n} on Query {{ ...F{n + 1} ...F{n + 1} }}" for n in range(60))

    assert count(f"{{ ...F0 }} {chain} fragment F60 on Query {{ persons(first: 1) {{ nodes {{ id }} }} }}") == 2 * 2**60


@pytest.mark.anyio
async def test_an_operation_that_asks_for_too_much_is_told_how_much() -> None:
    page = "persons(first: 100) { nodes { orders(first: 100) { nodes { lines { sku } } } } }"

    result = await schema.execute(f"{{ a: {page} b: {page} }}", context_value=make_bare_context())

    assert result.errors is not None
    assert result.data is None
    assert [error.extensions for error in result.errors] == [{"code": "INVALID_QUERY"}]
    assert f"up to {2 * (1 + 100 * (1 + 1 + 100 * 2))} objects: at most {MAX_OBJECTS}" in result.errors[0].message


def test_100_persons_with_50_orders_each_are_not_too_much() -> None:
    query = "{ persons(first: 100) { nodes { profile { name } orders(first: 50) { nodes { lines { sku } } } } } }"

    assert count(query) <= MAX_OBJECTS
