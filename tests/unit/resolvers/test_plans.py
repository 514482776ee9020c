"""Plans give what ordinary execution gives: on a schema of their own, with everything that schemas may have."""

from __future__ import annotations

import asyncio
from enum import Enum
from typing import Annotated, Any

import orjson
import pytest
import strawberry
from graphql import parse
from graphql.execution.values import VariableValues
from hypothesis import given
from hypothesis import strategies as st
from hypothesis_graphql import queries

from resolvers.bounds import DEFAULT_LIMITS
from resolvers.plans.compiling import Plan
from resolvers.plans.planner import Planner
from resolvers.plans.run import Run, Unplanned


@strawberry.enum
class Colour(Enum):
    RED = strawberry.enum_value("r")
    GREEN = strawberry.enum_value("g")


@strawberry.input
class Range:
    least: int = 0
    most: int = 3


@strawberry.type
class Leaf:
    id: strawberry.ID
    colour: Colour
    size: int
    weight: float | None
    names: list[str | None]
    nothing: str | None = None

    @strawberry.field
    def twice(self) -> int:
        return 2 * self.size


@strawberry.type
class Stone:
    id: strawberry.ID
    hard: bool = True


@strawberry.type
class Tree:
    id: strawberry.ID
    leaf: Leaf | None
    leaves: list[Leaf]
    found: list[Annotated[Leaf | Stone, strawberry.union("Thing")]]

    @strawberry.field
    async def trees(self, first: int = 1) -> list[Tree | None]:
        await asyncio.sleep(0)
        return [grow(int(self.id) + 1), None][:first] if int(self.id) < 3 else []

    @strawberry.field
    async def within(self, info: strawberry.Info, among: Range | None = None) -> list[int]:
        return [info.context["base"], *range(among.least, among.most)[:5]] if among else []

    @strawberry.field
    def strict(self, wanted: bool = True) -> str:
        return "yes" if wanted else None  # type: ignore[return-value]


@strawberry.type
class Query:
    @strawberry.field
    async def tree(self, id: int = 0) -> Tree | None:
        return grow(id) if id >= 0 else None

    @strawberry.field
    def forest(self) -> list[Tree]:
        return [grow(1), grow(2)]


def grow(number: int) -> Tree:
    leaf = Leaf(id=strawberry.ID(str(number)), colour=Colour.GREEN, size=number, weight=number / 2, names=["a", None])
    return Tree(
        id=strawberry.ID(str(number)),
        leaf=leaf if number % 2 else None,
        leaves=[leaf] * (number % 4),
        found=[leaf, Stone(id=strawberry.ID("s"))],
    )


SCHEMA = strawberry.Schema(query=Query)
CORE = SCHEMA._schema
CONTEXT: Any = {"base": 7}


def plan(query: str, variables: dict[str, Any] | None = None) -> tuple[Plan | None, VariableValues]:
    """What the planner makes of a valid document."""
    planner = Planner(CORE)
    planner.note(query, None, DEFAULT_LIMITS, parse(query))
    seen = planner.find(query, None, DEFAULT_LIMITS)
    assert seen is not None
    values = seen.read_variables(variables or {})
    assert values is not None
    return planner.plan(seen, values), values


async def run(query: str, variables: dict[str, Any] | None = None) -> bytes:
    made, values = plan(query, variables)
    assert made is not None
    return orjson.dumps(await made.run(Run(CONTEXT, values)))


async def ask(query: str, variables: dict[str, Any] | None = None) -> bytes:
    """The answer of ordinary execution."""
    result = await SCHEMA.execute(query, variable_values=variables, context_value=CONTEXT)
    assert not result.errors, result.errors
    return orjson.dumps(result.data)


@given(queries(SCHEMA.as_str(), allow_null=True))
def test_any_query_that_succeeds_is_answered_alike(query: str) -> None:
    result = asyncio.run(SCHEMA.execute(query, context_value=CONTEXT))
    made, values = plan(query)
    assert made is not None
    if result.errors:
        return
    assert orjson.dumps(asyncio.run(made.run(Run(CONTEXT, values)))) == orjson.dumps(result.data)


@pytest.mark.anyio
@pytest.mark.parametrize(
    "query",
    [
        "{ tree { __typename id leaf { id } leaves { twice } } }",
        "{ a: tree(id: 1) { leaf { colour } } b: tree(id: 2) { leaves { names size weight nothing } } }",
        "{ tree(id: 1) { ...T leaf { size } } } fragment T on Tree { leaf { id } trees { id ...D } } "
        "fragment D on Tree { trees(first: 2) { leaf { id } trees { __typename } } }",
        "{ tree(id: 2) { found { __typename ... on Leaf { size } ... on Stone { hard id } } } }",
        "{ tree(id: -1) { id } }",
        "{ forest { id trees { id } x: trees(first: 0) { id } strict } }",
        "{ tree(id: 1) { within(among: {most: 2}) a: within b: within(among: null) } }",
    ],
)
async def test_each_kind_of_selection_is_answered_alike(query: str) -> None:
    assert await run(query) == await ask(query)


@pytest.mark.anyio
@given(st.booleans(), st.booleans(), st.integers(0, 2))
def test_variables_decide_what_is_shown_and_how_much(skip: bool, include: bool, first: int) -> None:
    query = """query Q($skip: Boolean!, $include: Boolean = true, $first: Int!, $range: Range) {
        tree(id: 1) { id @skip(if: $skip) leaf @include(if: $include) { id } trees(first: $first) { id }
                      within(among: $range) } }"""
    variables = {"skip": skip, "include": include, "first": first, "range": {"most": first}}

    assert asyncio.run(run(query, variables)) == asyncio.run(ask(query, variables))


@pytest.mark.anyio
async def test_what_is_null_and_must_not_be_is_left_to_ordinary_execution() -> None:
    made, values = plan("{ tree { strict(wanted: false) } }")
    assert made is not None

    with pytest.raises(Unplanned):
        await made.run(Run(CONTEXT, values))


def test_introspection_has_no_plan() -> None:
    assert plan("{ tree { id } __schema { queryType { name } } }")[0] is None


def test_conditions_make_a_bounded_number_of_plans() -> None:
    names = [f"v{number}" for number in range(6)]
    query = (
        f"query Q({', '.join(f'${name}: Boolean!' for name in names)}) "
        f"{{ tree {{ id {' '.join(f'{name}: id @skip(if: ${name})' for name in names)} }} }}"
    )
    planner = Planner(CORE)
    planner.note(query, None, DEFAULT_LIMITS, parse(query))
    seen = planner.find(query, None, DEFAULT_LIMITS)
    assert seen is not None
    for bits in range(2 ** len(names)):
        values = seen.read_variables({name: bool(bits >> at & 1) for at, name in enumerate(names)})
        assert values is not None
        planner.plan(seen, values)

    assert len(seen.plans) == 16


def test_a_document_that_is_noted_again_keeps_its_plans() -> None:
    planner, query = Planner(CORE), "{ tree { id } }"
    planner.note(query, None, DEFAULT_LIMITS, parse(query))
    seen = planner.find(query, None, DEFAULT_LIMITS)
    planner.note(query, None, DEFAULT_LIMITS, parse(query))

    assert planner.find(query, None, DEFAULT_LIMITS) is seen


def test_a_document_that_is_mostly_padding_is_not_kept() -> None:
    planner, query = Planner(CORE), "{ tree { id } }" + "," * 20_000
    planner.note(query, None, DEFAULT_LIMITS, parse(query))

    assert planner.find(query, None, DEFAULT_LIMITS) is None
