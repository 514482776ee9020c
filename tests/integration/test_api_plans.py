"""Whatever can be asked is answered alike by plans and by ordinary execution."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final
from zoneinfo import ZoneInfo

import orjson
import pytest
from graphql import (
    FieldNode,
    GraphQLField,
    GraphQLObjectType,
    GraphQLSchema,
    OperationDefinitionNode,
    SelectionNode,
    parse,
    print_ast,
    print_schema,
)
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from hypothesis_graphql import nodes, queries

from graph.database import Graph
from hub.core.access import OPEN
from hub.core.clock import now_ms
from hub.core.model import DAY_MS
from hub.core.settings import Settings
from hub.services.decisions import make_decision, request_link, request_pin
from hub.services.identity import Identity
from hub.services.ledger.earning import earn_amount
from hub.services.ledger.programmes import Programmes
from hub.services.ledger.request import Call
from hub.services.programme.shipped import shipped_programme
from resolvers.context import Context, make_context
from resolvers.plans.run import Run
from resolvers.reads import Reads
from resolvers.scalars import write_instant
from resolvers.schema import schema
from tests.integration.api_people import HUA_POS, MING_PHONE, MING_POS, MING_TMALL, MING_WECHAT, put, put_ming_and_hua
from tests.integration.test_households import lives

pytestmark = pytest.mark.anyio

CORE: Final = schema._schema
KNOWN: Final = f'person(by: {{phone: "{MING_PHONE}"}})'
MEANT: Final = {
    "person": KNOWN,
    "believed": f'believedPerson(by: {{phone: "{MING_PHONE}"}}, asOf: "2026-01-01T00:00:00Z")',
    "valid": f'validPersons(by: {{phone: "{MING_PHONE}"}}, asOf: "2026-01-01T00:00:00Z")',
    "pair": """explain(left: {system: "pos", externalId: "C0001"}, right: {system: "pos", externalId: "C0002"})""",
}
"""What stands for root fields of which arguments are not made up."""
INSTANTS: Final = st.sampled_from(["2025-10-09T12:00:00Z", "2026-01-01T00:00:00Z", "2999-01-01T00:00:00Z"])


def show_root() -> str:
    """The schema with a person who needs not be named, so that all that is generated is about somebody."""
    query = CORE.query_type
    assert query is not None
    root = GraphQLObjectType(
        "Query",
        {
            "person": GraphQLField(query.fields["person"].type),
            "pair": GraphQLField(query.fields["explain"].type),
            "believed": GraphQLField(query.fields["believedPerson"].type),
            "valid": GraphQLField(query.fields["validPersons"].type),
            "persons": query.fields["persons"],
            "systems": query.fields["systems"],
        },
    )
    return print_schema(GraphQLSchema(query=root))


def name_people(query: str) -> str:
    """The query with the arguments that its root fields need."""
    [operation] = parse(query).definitions
    assert isinstance(operation, OperationDefinitionNode)
    roots = operation.selection_set
    named = replace(roots, selections=tuple(map(name_who, roots.selections)))
    return print_ast(replace(operation, selection_set=named))


def name_who(selection: SelectionNode) -> SelectionNode:
    if not isinstance(selection, FieldNode) or selection.name.value not in MEANT:
        return selection
    [known] = parse(f"{{ {MEANT[selection.name.value]} }}").definitions
    assert isinstance(known, OperationDefinitionNode)
    [meant] = known.selection_set.selections
    assert isinstance(meant, FieldNode)
    return replace(selection, name=meant.name, arguments=meant.arguments)


@pytest.fixture
async def contexts(graph: Graph, identity: Identity, settings: Settings) -> Any:
    """Makes contexts of requests that come at the same instant."""
    await put_ming_and_hua(graph, settings)
    await put(
        graph, settings, [lives("pos", "C0001", MING_PHONE, household_role="父", children_birthdays="2015-01-01")]
    )
    programme = shipped_programme(ZoneInfo(settings.timezone))
    await earn_amount(
        graph, programme, Call("test", "1"), record=str(MING_TMALL), asset="points", amount=70, now_ms=now_ms() - DAY_MS
    )
    await earn_amount(
        graph, programme, Call("test", "2"), record=str(MING_TMALL), asset="points", amount=7, now_ms=now_ms()
    )
    for request in (
        request_link(str(MING_WECHAT), str(HUA_POS), apart=True, author="li", reason="two phones"),
        request_pin(str(MING_POS), "name", "张小明", author="li", reason="saw the card"),
    ):
        await make_decision(graph, identity, request)
    reads, at_ms = Reads(graph), now_ms()

    def make() -> Context:
        return make_context(graph, identity, Programmes([programme]), reads, grant=OPEN, now_ms=at_ms)

    return make


@hypothesis_settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(query=queries(show_root(), allow_null=False, custom_scalars={"DateTime": INSTANTS.map(nodes.String)}))
async def test_any_query_is_answered_alike(contexts: Any, query: str) -> None:
    asked = name_people(query)
    plain = await schema.execute_ordinarily(asked, context_value=contexts())
    planned = await schema.execute(asked, context_value=contexts())

    assert orjson.dumps(planned.data) == orjson.dumps(plain.data)
    # Fields that wait fail in the order in which what they wait for comes.
    assert sorted(map(str, planned.errors or ())) == sorted(map(str, plain.errors or ()))
    if not plain.errors:
        assert orjson.dumps(await run_plan(asked, contexts())) == orjson.dumps(plain.data)


@pytest.mark.parametrize("past", [False, True])
async def test_the_past_and_what_explains_it_are_answered_alike(contexts: Any, past: bool) -> None:
    as_of = f'(asOf: "{write_instant(now_ms() - DAY_MS // 2)}")' if past else ""
    lot = "left openedBy { kind } entries(first: 1) { nodes { amount } }"
    explain = f"lots(first: 1) {{ nodes {{ {lot} }} pageInfo {{ endCursor }} }} debts {{ amount }} holds {{ id }}"
    tier = "grounds { tier } tallies { have facts { nodes { at orders { id } } } }"
    fields = f"""
        balances{as_of} {{ available explain {{ {explain} }} }} holds{as_of} {{ id }}
        ledger{as_of} {{ nodes {{ amount }} }} memberships{as_of} {{ explain {{ {tier} }} }}
    """
    asked = f"{{ {KNOWN} {{ {fields} }} }}"
    plain = await schema.execute_ordinarily(asked, context_value=contexts())
    await schema.execute(asked, context_value=contexts())

    assert plain.data is not None
    assert not plain.errors
    assert plain.data["person"]["balances"][0]["available"] == (70 if past else 77)
    assert orjson.dumps(await run_plan(asked, contexts())) == orjson.dumps(plain.data)


async def run_plan(query: str, context: Context) -> dict[str, Any]:
    """What the plan answers, which must not leave it to ordinary execution."""
    seen = schema.planner.find(query, None, context.limits)
    assert seen is not None
    values = seen.read_variables({})
    assert values is not None
    plan = schema.planner.plan(seen, values)
    assert plan is not None
    return await plan.run(Run(context, values))
