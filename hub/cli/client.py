"""`hub client`: which programs may use the API, their secrets, and the key that signs their tokens."""

from __future__ import annotations

from typing import Annotated

import anyio
import typer

from graph.clients import Client, fetch_clients
from hub.cli.output import print_json, print_list
from hub.cli.runtime import open_runtime
from hub.core.access import Scope
from hub.core.clock import from_ms, now_ms
from hub.services.access.clients import WithSecret, add_client, disable_client, end_old_secrets, rotate_secret
from hub.services.access.signing import replace_key

Id = Annotated[str, typer.Argument(help="The client's id, as `hub client list` shows it.", metavar="ID")]


def add(
    name: Annotated[str, typer.Argument(help="What people call it: till, call-centre.")],
    scope: Annotated[list[str], typer.Option(help=f"What it may do, once or several times: {', '.join(Scope)}.")],
    programme: Annotated[
        list[str] | None, typer.Option(help="A programme that it may have to do with; all unless given.")
    ] = None,
    purpose: Annotated[
        list[str] | None, typer.Option(help="What it may read personal data in clear for: customer-service.")
    ] = None,
) -> None:
    """Make a client known. Its secret is shown once, and kept nowhere in clear."""
    _show_secret(anyio.run(_add, name, scope, programme or [], purpose or []))


def list_clients(
    as_json: Annotated[bool, typer.Option("--json", help="As one JSON array, for programs.")] = False,
) -> None:
    """List all clients, the oldest first, without their secrets."""
    found = anyio.run(_fetch)
    if as_json:
        print_json([_describe(one) for one in found])
        return
    rows = [[str(value) for value in _describe(one).values()] for one in found]
    headings = ("id", "name", "state", "scopes", "programmes", "purposes", "secrets", "since")
    print_list(*headings, rows=rows, nothing="No client is known: `hub client add` makes the first.")


def rotate(
    client: Id,
    finish: Annotated[bool, typer.Option("--finish", help="End the old secret instead of making a new one.")] = False,
) -> None:
    """Give a client a new secret, shown once; the one before stays good until `--finish` or the next rotation."""
    if finish:
        ended = anyio.run(_finish, client)
        typer.echo(f"{ended.name} has one secret now, its newest; tokens that it got by others run out by themselves.")
        return
    _show_secret(anyio.run(_rotate, client))


def disable(client: Id) -> None:
    """Shut a client out for good: it gets no token any more, and those it has are refused within seconds."""
    typer.echo(f"{anyio.run(_disable, client).name} is disabled.")


def rotate_key() -> None:
    """Sign tokens with a new key from now on; tokens that the old one signed stay good until they expire."""
    typer.echo(f"Tokens are signed with the key {anyio.run(_replace_key)} now.")


async def _add(name: str, scopes: list[str], programmes: list[str], purposes: list[str]) -> WithSecret:
    async with open_runtime() as hub:
        for programme in programmes:
            await hub.load_programme(programme)
        return await add_client(
            hub.graph, name, scopes=scopes, programmes=programmes, purposes=purposes, now_ms=now_ms()
        )


async def _fetch() -> list[Client]:
    async with open_runtime() as hub:
        return await fetch_clients(hub.graph)


async def _rotate(client_id: str) -> WithSecret:
    async with open_runtime() as hub:
        return await rotate_secret(hub.graph, client_id)


async def _finish(client_id: str) -> Client:
    async with open_runtime() as hub:
        return await end_old_secrets(hub.graph, client_id)


async def _disable(client_id: str) -> Client:
    async with open_runtime() as hub:
        return await disable_client(hub.graph, client_id, now_ms=now_ms())


async def _replace_key() -> str:
    async with open_runtime() as hub:
        return await replace_key(hub.graph, hub.identity.vault, now_ms=now_ms())


def _show_secret(made: WithSecret) -> None:
    typer.echo(f"client_id      {made.client.id}")
    typer.echo(f"client_secret  {made.secret}")
    typer.echo("The secret is not shown again: put it where the client reads it.", err=True)


def _describe(client: Client) -> dict[str, object]:
    return {
        "id": client.id,
        "name": client.name,
        "state": "enabled" if client.disabled_ms is None else "disabled",
        "scopes": " ".join(client.scopes),
        "programmes": " ".join(client.programmes) or "all",
        "purposes": " ".join(client.purposes) or "-",
        "secrets": len(client.secrets),
        "since": from_ms(client.created_ms).isoformat(timespec="seconds"),
    }
