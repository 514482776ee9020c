"""Whatever can be asked is answered alike by plans and by ordinary execution."""

from __future__ import annotations

from typing import Any, Final
from zoneinfo import ZoneInfo

import orjson
import pytest
from graphql import GraphQLField, GraphQLObjectType, GraphQLSchema, print_schema
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis_graphql import queries

from graph.database import Graph
from hub.core.access import OPEN
from hub.core.clock import now_ms
from hub.core.model import DAY_MS
from hub.core.settings import Settings
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
from tests.integration.api_people import MING_PHONE, MING_TMALL, put_ming_and_hua

pytestmark = pytest.mark.anyio

CORE: Final = schema._schema
KNOWN: Final = f'person(by: {{phone: "{MING_PHONE}"}})'


def show_root() -> str:
    """The schema with a person who needs not be named, so that all that is generated is about somebody."""
    query = CORE.query_type
    assert query is not None
    root = GraphQLObjectType(
        "Query",
        {"person": GraphQLField(query.fields["person"].type), "persons": query.fields["persons"]},
    )
    return print_schema(GraphQLSchema(query=root))


@pytest.fixture
async def contexts(graph: Graph, identity: Identity, settings: Settings) -> Any:
    """Makes contexts of requests that come at the same instant."""
    await put_ming_and_hua(graph, settings)
    programme = shipped_programme(ZoneInfo(settings.timezone))
    await earn_amount(
        graph, programme, Call("test", "1"), record=str(MING_TMALL), asset="points", amount=70, now_ms=now_ms() - DAY_MS
    )
    await earn_amount(
        graph, programme, Call("test", "2"), record=str(MING_TMALL), asset="points", amount=7, now_ms=now_ms()
    )
    reads, at_ms = Reads(graph), now_ms()

    def make() -> Context:
        return make_context(graph, identity, Programmes([programme]), reads, grant=OPEN, now_ms=at_ms)

    return make


@hypothesis_settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(query=queries(show_root(), allow_null=False))
async def test_any_query_is_answered_alike(contexts: Any, query: str) -> None:
    asked = query.replace("person {", KNOWN + " {", 1)
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
    values = schema.planner.read_variables(seen, None)
    assert values is not None
    plan = schema.planner.plan(seen, values)
    assert plan is not None
    return await plan.run(Run(context, values))
