"""The programme that ships: points that live to the end of the next year, and stored value that never expires."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from hub.core.settings import Settings
from hub.services.ledger.programmes import Programmes
from rules.ledger.expiry import Expiry
from rules.ledger.terms import Terms
from rules.programme import Asset, Programme


def shipped_programmes(settings: Settings) -> Programmes:
    """All programmes that ship."""
    return Programmes([shipped_programme(settings)])


def shipped_programme(settings: Settings) -> Programme:
    """The programme `main`, in the installation's timezone."""
    return make_main(settings.timezone)


def make_main(timezone: str) -> Programme:
    """The programme `main` in a timezone."""
    return Programme(
        "main",
        ZoneInfo(timezone),
        {
            "points": Asset("points", "point", Expiry("year", 1), Terms("debt", grace_days=7)),
            "stored_value": Asset("stored_value", "fen", Expiry("never"), Terms("refuse")),
        },
    )
