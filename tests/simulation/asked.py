"""What `make simulate` was asked for."""

from __future__ import annotations

import os
from typing import Final

OPERATIONS: Final = int(os.environ.get("HUB_SIMULATION_OPERATIONS") or 0)
"""How many operations the ledger's simulations are to run; 0 for what ordinary test time allows."""


def choose_seeds(count: int) -> list[int]:
    """The seed that was asked for, or the first few, which are always run."""
    asked = os.environ.get("HUB_SIMULATION_SEED")
    return [int(asked)] if asked else list(range(1, count + 1))
