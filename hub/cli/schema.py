"""`hub schema`: the GraphQL schema."""

from __future__ import annotations

import typer

from resolvers.print_schema import print_schema


def schema() -> None:
    """Print the GraphQL schema, as schema.graphql holds it."""
    typer.echo(print_schema(), nl=False)
