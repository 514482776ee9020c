"""The neo4j driver, loaded without the packages for tables that it would load to take their values as parameters."""

from __future__ import annotations

import sys
from importlib import import_module
from types import ModuleType
from typing import Final, cast

_UNUSED: Final = ("numpy", "pandas", "pyarrow")


def load_driver() -> None:
    """Load the driver; with these packages every command's start would take a quarter more processor time.

    Statements get plain values only. Whoever needs the packages imports them as ever.
    """
    hidden = [name for name in _UNUSED if name not in sys.modules]
    modules = cast(dict[str, ModuleType | None], sys.modules)
    modules.update(dict.fromkeys(hidden))  # an import of what is None here fails as if it were not installed
    try:
        import_module("neo4j")
    finally:
        for name in hidden:
            del modules[name]
