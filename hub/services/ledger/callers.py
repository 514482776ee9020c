"""Who may call the ledger by which name: the hub's own names are not for its clients.

An operation's key is its caller's name and the caller's key. The hub makes up keys that follow from what it posts, so
a client of the same name could take one before the hub does.
"""

from __future__ import annotations

from typing import Final

from hub.core.errors import InvalidInput

IMPORT: Final = "import"
"""Posts what files of customers state."""

ORDERS: Final = "orders"
"""Posts what orders earn."""

COMMAND_LINE: Final = "cli"
"""Posts what operators ask for."""

RESTORES: Final = "restores"
"""Posts what comes back with a benefit or a coupon."""

_OWN: Final = frozenset({IMPORT, ORDERS, COMMAND_LINE, RESTORES})


def check_client(name: str) -> str:
    """A name by which a client may call; raises InvalidInput for one of the hub's own, however it is written."""
    if name.strip().lower() in _OWN:
        raise InvalidInput(f"The hub itself calls by the name {name.strip()}: give the caller another one.")
    return name
