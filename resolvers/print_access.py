"""`python -m resolvers.print_access` prints what opens each field, for `docs/access-fields.txt`."""

from __future__ import annotations

import sys

from resolvers.access.openings import list_openings
from resolvers.schema import schema

if __name__ == "__main__":
    sys.stdout.write(list_openings(schema.openings))
