"""Operations that are too large are refused before anything runs."""

from __future__ import annotations

import pytest
from graphql import GraphQLError

from resolvers.bounds import DEFAULT_LIMITS
from resolvers.schema import schema

pytestmark = pytest.mark.anyio


async def errors_of(query: str) -> list[GraphQLError]:
    # Without a context whatever passes the limits and asks for data fails inside: these operations must not.
    return (await schema.execute(query)).errors or []


async def test_a_field_that_is_repeated_counts_as_an_alias() -> None:
    assert await errors_of("{ " + "__typename " * (DEFAULT_LIMITS.aliases + 1) + "}") == []

    [error] = await errors_of("{ " + "__typename " * (DEFAULT_LIMITS.aliases + 2) + "}")

    assert f"{DEFAULT_LIMITS.aliases + 1} aliases and repeated fields" in error.message


async def test_directives_are_counted_in_the_whole_document() -> None:
    query = f"{{ __typename {{}} }} query Other {{ __typename {'@x ' * (DEFAULT_LIMITS.directives + 1)} }}"

    messages = [error.message for error in await errors_of(query.replace("{}", "@y"))]

    assert f"The document has more than {DEFAULT_LIMITS.directives} directives." in messages


def aliases(count: int) -> str:
    return " ".join(f"a{number}: __typename" for number in range(count))


async def test_as_many_aliases_as_allowed_pass() -> None:
    assert await errors_of(f"{{ {aliases(DEFAULT_LIMITS.aliases)} }}") == []


async def test_one_alias_more_is_refused() -> None:
    [error] = await errors_of(f"{{ {aliases(DEFAULT_LIMITS.aliases + 1)} }}")

    most = DEFAULT_LIMITS.aliases
    assert error.message == f"The operation has {most + 1} aliases and repeated fields: at most {most}."
    assert error.extensions == {"code": "INVALID_QUERY"}


async def test_aliases_in_fragments_count_wherever_they_are_used() -> None:
    [error] = await errors_of(f"{{ ...F ...F }} fragment F on Query {{ {aliases(DEFAULT_LIMITS.aliases // 2 + 1)} }}")

    assert "aliases" in error.message


async def test_depth_is_bounded_through_inline_fragments() -> None:
    query = "__typename"
    for _ in range(DEFAULT_LIMITS.depth + 1):
        query = f"... on Query {{ persons {{ edges {{ node {{ {query} }} }} }} }}"

    messages = [error.message for error in await errors_of(f"{{ {query} }}")]

    assert any("levels deep" in message for message in messages)


async def test_nested_fragments_are_measured_in_linear_time() -> None:
    chain = " ".join(f"fragment F{n} on Query {{ ...F{n + 1} ...F{n + 1} }}" for n in range(60))

    errors = await errors_of(f"{{ ...F0 }} {chain} fragment F60 on Query {{ a: __typename }}")

    assert [f"{2**60} aliases" in error.message for error in errors] == [True]


async def test_a_fragment_that_contains_itself_is_refused_not_followed() -> None:
    errors = await errors_of("{ ...F } fragment F on Query { ...F }")

    assert any("Cannot spread fragment" in error.message for error in errors)


async def test_an_unknown_fragment_is_the_callers_mistake() -> None:
    [error] = await errors_of("{ ...Missing }")

    assert error.extensions == {"code": "INVALID_QUERY"}


async def test_too_many_tokens_are_refused() -> None:
    [error] = await errors_of("{ " + "__typename " * 2000 + "}")

    assert "2000 tokens" in error.message


async def test_introspection_that_goes_in_circles_is_refused() -> None:
    circle = "fields { type { " * 6 + "name" + " } }" * 6

    errors = await errors_of(f"{{ __schema {{ types {{ {circle} }} }} }}")

    assert any("introspection depth" in error.message.lower() for error in errors)


async def test_which_of_several_operations_is_meant_must_be_said() -> None:
    query = "query A { __typename } query B { b: __typename }"

    unnamed = await schema.execute(query)
    named = await schema.execute(query, operation_name="B")

    assert unnamed.data is None
    assert [error.extensions for error in unnamed.errors or ()] == [{"code": "INVALID_QUERY"}]
    assert named.data == {"b": "Query"}
