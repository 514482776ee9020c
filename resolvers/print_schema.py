"""`python -m resolvers.print_schema` prints the schema, for `schema.graphql` and for comparing it with the code."""

from __future__ import annotations

import sys

from resolvers.schema import schema


def print_schema() -> str:
    """The schema in SDL, ending in a line break."""
    return schema.as_str().rstrip() + "\n"


if __name__ == "__main__":
    sys.stdout.write(print_schema())
