"""`hub up`: the embedded stack in the foreground."""

from __future__ import annotations

from typing import Annotated, Final

import anyio
import typer
from rich.console import Console

from hub.core.errors import InvalidSettings
from hub.core.settings import Settings, load_settings, show_settings
from hub.embedded.stack import SERVICES, Stack

_ELSEWHERE: Final = {"HUB_GRAPH_URI": "graph", "HUB_QUEUE_URI": "queue"}


def up(
    only: Annotated[str, typer.Option(help="The services to run, separated by commas: graph, queue, api, worker.")] = (
        ",".join(SERVICES)
    ),
) -> None:
    """Run the hub on this machine: graph, queue, API and worker. Ctrl-C stops them."""
    services = _parse_services(only)
    refuse_elsewhere(services)
    anyio.run(_run, load_settings(), services)


async def _run(settings: Settings, services: frozenset[str]) -> None:
    console = Console(highlight=False, soft_wrap=True)

    def tell(service: str, words: str) -> None:
        console.print(f"[bold]{service:<7}[/bold]{words}")

    console.print(f"Starting {', '.join(name for name in SERVICES if name in services)}...")
    async with Stack(settings, services, notify=tell) as stack:
        console.print(f"[green]up[/green]: data in {stack.settings.data_dir}; Ctrl-C stops everything")
        await stack.wait()
    console.print("Stopped.")


def _parse_services(only: str) -> frozenset[str]:
    services = frozenset(name.strip() for name in only.split(",") if name.strip())
    if unknown := services - set(SERVICES):
        raise typer.BadParameter(
            f"{', '.join(sorted(unknown))}: choose from {', '.join(SERVICES)}", param_hint="--only"
        )
    if not services:
        raise typer.BadParameter(f"name at least one of {', '.join(SERVICES)}", param_hint="--only")
    return services


def refuse_elsewhere(services: frozenset[str]) -> None:
    """Refuse to start a server here that the settings place elsewhere; raises InvalidSettings with what to do."""
    for shown in show_settings():
        service = _ELSEWHERE.get(shown.variable)
        if service in services and (shown.origin == "environment" or shown.origin.startswith("secret file")):
            rest = ",".join(name for name in SERVICES if name in services and name != service)
            otherwise = f", or leave the {service} out with `hub up --only {rest}`" if rest else ""
            raise InvalidSettings(
                f"{shown.variable} points to a {service} elsewhere, so that one started here would not be used: "
                f"unset it{otherwise}."
            )
