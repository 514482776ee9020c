"""What opens each field, and a gate that lets nothing else through."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import pytest
import strawberry
from graphql import GraphQLInterfaceType, GraphQLObjectType, parse, validate

from hub.core.access import OPEN, Grant, Scope
from hub.core.errors import Forbidden
from resolvers.access import opened_by
from resolvers.access.gate import Gate, Verdict
from resolvers.access.openings import list_openings, read_openings
from resolvers.schema import schema
from tests.support.schema_paths import Paths

CORE: Final = schema._schema
PATHS: Final = Paths(CORE)
COORDINATES: Final = sorted(
    f"{name}.{field}"
    for name, kind in CORE.type_map.items()
    if isinstance(kind, GraphQLObjectType | GraphQLInterfaceType) and not name.startswith("__")
    for field in kind.fields
)
WAYS: Final = (
    "{field}",
    "harmless: {field}",
    "... { {field} }",
    "... @include(if: false) { {field} }",
)


def judge(text: str, grant: Grant, name: str | None = None) -> Verdict:
    """The verdict of a gate that has seen nothing yet, on a document that is valid."""
    document = parse(text)
    assert validate(CORE, document) == [], text  # the gate's rule: what it judges was found valid
    return Gate(CORE, schema.openings).judge(text, name, document, grant)


def with_scopes(*scopes: Scope, purpose: str = "testing") -> Grant:
    return Grant("client-1", frozenset(scopes), None, purpose)


def test_the_committed_list_says_what_opens_each_field() -> None:
    committed = Path(__file__).parents[3] / "docs" / "access-fields.txt"

    assert committed.read_text(encoding="utf-8") == list_openings(schema.openings)


def test_every_field_of_the_schema_is_listed() -> None:
    assert sorted(schema.openings) == COORDINATES


def test_a_type_that_does_not_say_what_opens_it_is_refused() -> None:
    @strawberry.type
    class Query:
        secret: str

    with pytest.raises(TypeError, match="Query does not say what opens its fields"):
        read_openings(strawberry.Schema(query=Query))


def test_a_mark_of_a_field_that_is_not_there_is_refused() -> None:
    @opened_by(secrets=Scope.PII_READ)
    @strawberry.type
    class Query:
        secret: str

    with pytest.raises(TypeError, match="Query has no field secrets"):
        read_openings(strawberry.Schema(query=Query))


@pytest.mark.parametrize("way", WAYS)
def test_no_field_is_read_without_a_scope_that_opens_it(way: str) -> None:
    gate = Gate(CORE, schema.openings)
    for coordinate, opening in schema.openings.items():
        text = PATHS.ask_for(coordinate, way)
        document = parse(text)

        assert gate.judge(text, None, document, OPEN).refusal is None
        if opening:
            refusal = gate.judge(text, None, document, with_scopes(*(set(Scope) - opening))).refusal
            assert refusal is not None, coordinate
            assert coordinate in refusal[0]


def test_a_field_is_found_in_fragments_of_fragments() -> None:
    text = """
        query { node(id: "x") { ...Outer } }
        fragment Outer on Node { id ... on Person { ...Inner } }
        fragment Inner on Person { shown: profile { masked value } }
    """

    assert judge(text, with_scopes(Scope.PERSON_READ)).refusal is not None
    assert judge(text, with_scopes(Scope.PERSON_READ, Scope.PII_READ)).unmasked == ("ProfileField.value",)


def test_only_the_operation_that_is_run_is_judged() -> None:
    text = "query A { programmes { name } } query B { persons { nodes { id } } }"

    assert judge(text, with_scopes(), "A").refusal is None
    assert judge(text, with_scopes(), "B").refusal is not None


def test_personal_data_in_clear_needs_a_purpose_too() -> None:
    text = "{ persons { nodes { profile { value } } } }"
    scopes = (Scope.PERSON_READ, Scope.PII_READ)

    verdict = judge(text, with_scopes(*scopes, purpose=""))

    with pytest.raises(Forbidden, match="Hub-Purpose"):
        verdict.check()
    assert judge(text, with_scopes(*scopes)).refusal is None


def test_a_verdict_is_remembered_for_the_same_scopes_and_for_no_others() -> None:
    text, gate = "{ persons { nodes { id } } }", Gate(CORE, schema.openings)
    document = parse(text)
    allowed = gate.judge(text, None, document, with_scopes(Scope.PERSON_READ))

    assert gate.judge(text, None, document, with_scopes(Scope.PERSON_READ)) is allowed
    assert gate.judge(text, None, document, with_scopes(Scope.POINTS_READ)).refusal is not None


def test_a_refusal_names_the_missing_scopes() -> None:
    with pytest.raises(Forbidden, match=r"Person\.orders needs orders:read") as refused:
        judge("{ persons { nodes { orders { nodes { id } } } } }", with_scopes(Scope.PERSON_READ)).check()

    assert refused.value.scopes == ("orders:read",)


@pytest.mark.anyio
async def test_without_a_context_nothing_is_granted() -> None:
    result = await schema.execute("{ persons { nodes { id } } }")

    assert result.errors is not None
    assert result.errors[0].extensions == {"code": "FORBIDDEN", "scopes": ["person:read"]}


def test_a_mutation_says_what_it_changes() -> None:
    verdict = judge(PATHS.ask_for("Mutation.earn"), OPEN)

    assert verdict.changes == ("Mutation.earn",)
