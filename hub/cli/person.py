"""`hub person`: who is this phone number, in every system, and what did they buy?"""

from __future__ import annotations

import json
from typing import Annotated, Any, Final
from zoneinfo import ZoneInfo

import anyio
import typer
from graphql import GraphQLError

from hub.cli.person_tree import print_person
from hub.cli.runtime import open_runtime
from hub.core.errors import HubError, InvariantBroken, NotFound
from hub.core.settings import load_settings
from resolvers.context import make_context
from resolvers.schema import schema

_QUERY: Final = """
query Person($phone: String!) {
  person(by: {phone: $phone}) {
    id
    aliases
    records { system externalId birthId firstSeenAt profile { name value observedAt } }
    identifiers {
      type scope masked verified validFrom validTo observedAt
      sources { record { system externalId } source verified validFrom validTo observedAt }
    }
    profile { name value system externalId observedAt }
    totalSpent
    orderCount
    orders(first: 100) {
      nodes {
        id system orderId placedAt status amountFen store record { system externalId }
        lines { lineId sku name quantity amountFen }
      }
      pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
    }
  }
}
"""


def person(
    phone: Annotated[str, typer.Argument(help="The phone number, in any usual form.")],
    as_json: Annotated[
        bool, typer.Option("--json", help="Print JSON: the fields of the API's Person, with the newest 100 orders.")
    ] = False,
) -> None:
    """Show the person behind a phone number: records, identifiers, profile, orders. Exit 1 if nobody is known."""
    found = anyio.run(_ask, phone)
    if as_json:
        typer.echo(json.dumps(found, ensure_ascii=False, indent=2))
    else:
        print_person(found, ZoneInfo(load_settings().timezone))


async def _ask(phone: str) -> dict[str, Any]:
    """The API's own answer, so that both say the same; raises what the API would answer as an error."""
    async with open_runtime() as hub:
        context = make_context(hub.graph, hub.identity)
        result = await schema.execute(_QUERY, variable_values={"phone": phone}, context_value=context)
    if result.errors:
        raise _cause(result.errors[0])
    if result.data is None or result.data["person"] is None:
        raise NotFound("Nobody is known by this phone number.")
    found: dict[str, Any] = result.data["person"]
    return found


def _cause(error: GraphQLError) -> Exception:
    return error.original_error if isinstance(error.original_error, HubError) else InvariantBroken(error.message)
