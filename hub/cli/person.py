"""`hub person`: who is this, in every system, and what did they buy?"""

from __future__ import annotations

from typing import Annotated, Any, Final
from zoneinfo import ZoneInfo

import anyio
import typer
from graphql import GraphQLError
from rich.tree import Tree

from hub.cli.output import Language, print_json, print_tree
from hub.cli.person_as_of import ask_believed, ask_valid, draw_believed, draw_valid
from hub.cli.person_tree import print_person
from hub.cli.runtime import open_runtime
from hub.cli.whom import find_living, read_instant_ms
from hub.core.access import OPEN
from hub.core.clock import now_ms
from hub.core.errors import HubError, InvariantBroken, NotFound
from hub.core.settings import load_settings
from hub.services.programme.in_force import load_programmes
from resolvers.context import make_context
from resolvers.reads import Reads
from resolvers.schema import schema

_QUERY: Final = """
query Person($id: ID!) {
  person(by: {id: $id}) {
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
    whom: Annotated[
        str,
        typer.Argument(
            help="A phone number in any usual form, a person's id, or a record 'system|external_id'.", metavar="WHOM"
        ),
    ],
    believed_at: Annotated[
        str | None,
        typer.Option(metavar="ISO", help="As the hub believed at this instant, whatever it has learned since."),
    ] = None,
    valid_at: Annotated[
        str | None, typer.Option(metavar="ISO", help="As was true at this instant, by what is known now.")
    ] = None,
    as_json: Annotated[
        bool,
        typer.Option(
            "--json",
            help="Print JSON: the fields of the API's Person, with the newest 100 orders; of the past, records.",
        ),
    ] = False,
    language: Annotated[
        Language, typer.Option(help="The language of the sentences of --believed-at and --valid-at.")
    ] = Language.EN,
) -> None:
    """Show a person: records, identifiers, profile, orders. Exit 1 if nobody is known."""
    if believed_at is not None and valid_at is not None:
        raise typer.BadParameter("--believed-at and --valid-at ask different things: give one of them")
    zone = ZoneInfo(load_settings().timezone)
    if believed_at is not None:
        believed = anyio.run(ask_believed, whom, read_instant_ms(believed_at, zone))
        _print(believed, draw_believed(believed, language, zone), as_json)
    elif valid_at is not None:
        valid = anyio.run(ask_valid, whom, read_instant_ms(valid_at, zone))
        _print(valid, draw_valid(valid, language, zone), as_json)
    else:
        _print_now(whom, zone, as_json)


def _print(found: object, tree: Tree, as_json: bool) -> None:
    if as_json:
        print_json(found)
    else:
        print_tree(tree)


def _print_now(whom: str, zone: ZoneInfo, as_json: bool) -> None:
    found = anyio.run(_ask, whom)
    if as_json:
        print_json(found)
    else:
        print_person(found, zone)


async def _ask(whom: str) -> dict[str, Any]:
    """The API's own answer, so that both say the same; raises what the API would answer as an error."""
    async with open_runtime() as hub:
        programmes = await load_programmes(hub.graph, ZoneInfo(hub.settings.timezone))
        context = make_context(hub.graph, hub.identity, programmes, Reads(hub.graph), grant=OPEN, now_ms=now_ms())
        person_id = await find_living(hub, whom)
        result = await schema.execute(_QUERY, variable_values={"id": person_id}, context_value=context)
    if result.errors:
        raise _cause(result.errors[0])
    if result.data is None or result.data["person"] is None:
        raise NotFound("Nobody is known by this phone number, record or id.")
    found: dict[str, Any] = result.data["person"]
    return found


def _cause(error: GraphQLError) -> Exception:
    return error.original_error if isinstance(error.original_error, HubError) else InvariantBroken(error.message)
