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
from hub.core.settings import Settings
from hub.services.identity import Identity
from hub.services.ledger.earning import earn_amount
from hub.services.ledger.programmes import Programmes
from hub.services.ledger.request import Call
from hub.services.programme.shipped import shipped_programme
from resolvers.context import Context, make_context
from resolvers.plans.run import Run
from resolvers.reads import Reads
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
        {
            "person": GraphQLField(query.fields["person"].type),
            "persons": query.fields["persons"],
            "systems": query.fields["systems"],
        },
    )
    return print_schema(GraphQLSchema(query=root))


@pytest.fixture
async def contexts(graph: Graph, identity: Identity, settings: Settings) -> Any:
    """Makes contexts of requests that come at the same instant."""
    await put_ming_and_hua(graph, settings)
    programme = shipped_programme(ZoneInfo(settings.timezone))
    await earn_amount(
        graph, programme, Call("test", "1"), record=str(MING_TMALL), asset="points", amount=70, now_ms=now_ms()
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


async def run_plan(query: str, context: Context) -> dict[str, Any]:
    """What the plan answers, which must not leave it to ordinary execution."""
    seen = schema.planner.find(query, None, context.limits)
    assert seen is not None
    values = schema.planner.read_variables(seen, None)
    assert values is not None
    plan = schema.planner.plan(seen, values)
    assert plan is not None
    return await plan.run(Run(context, values))
