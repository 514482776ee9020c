"""Compares the schema that the code serves with the one that callers were promised.

`agreed.graphql` is the promise, `breaking.txt` lists, a line each, the breaking changes since that are meant and
announced in CHANGELOG.md. `check` fails on a breaking change that is not listed and on a line that is none any more;
`agree` makes what is served the new promise.
"""

from __future__ import annotations

import sys
from pathlib import Path

from graphql import build_schema, find_breaking_changes

from resolvers.print_schema import print_schema

FOLDER = Path(__file__).with_name("schema")
AGREED = FOLDER / "agreed.graphql"
LISTED = FOLDER / "breaking.txt"
REMEDY = """\
Callers rely on the agreed schema. Keep what it promises (deprecate instead); or, if a break is meant, add its line to
.ci/schema/breaking.txt and tell it in CHANGELOG.md.
"""


def check() -> int:
    """Exit status: 0 where all breaking changes are listed, and nothing else is."""
    agreed, served = (build_schema(text) for text in (AGREED.read_text("utf-8"), print_schema()))
    found = {change.description for change in find_breaking_changes(agreed, served)}
    listed = set(filter(None, LISTED.read_text("utf-8").splitlines()))
    sys.stderr.writelines(f"Breaking change: {change}\n" for change in sorted(found - listed))
    sys.stderr.writelines(f"Listed, but no breaking change: {change}\n" for change in sorted(listed - found))
    if found == listed:
        return 0
    sys.stderr.write(REMEDY)
    return 1


def agree() -> int:
    """Promise what is served."""
    AGREED.write_text(print_schema(), "utf-8")
    LISTED.write_text("", "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit({"check": check, "agree": agree}[sys.argv[1]]())
