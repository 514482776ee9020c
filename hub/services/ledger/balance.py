"""What a person holds: added up over their records, as of an instant, without writing anything."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from graph import balances, persons
from graph.database import Graph
from graph.reading import Reader
from hub.core.errors import Erased, NotFound
from hub.core.ledger import FOREVER_MS, Account
from hub.services.find_person import ERASED_MESSAGE
from rules.programme import Programme


@dataclass(frozen=True, slots=True)
class Balance:
    """What a person holds of one asset, in its unit.

    Attributes:
        available: can be spent now; below 0 where more is owed than is there.
        pending: can be spent later, unless an order is cancelled.
        held: kept for tills.
        owed: what has to be earned before anything can be spent again; it is taken off `available` already.
        expiring, expiring_ms: how much of what is available expires next, and when; 0 and None for never.
    """

    asset: str
    unit: str
    available: int = 0
    pending: int = 0
    held: int = 0
    owed: int = 0
    expiring: int = 0
    expiring_ms: int | None = None


@dataclass(frozen=True, slots=True)
class Holdings:
    """A living person's balances in a programme, of all its assets, in the programme's order."""

    person: str
    balances: tuple[Balance, ...]


async def get_holdings(graph: Graph, programme: Programme, person: str, *, now_ms: int) -> Holdings:
    """The balances behind any id that the hub gave out; one statement, however long the history.

    Raises:
        NotFound, Erased: nobody living is behind the id.
    """
    found = await balances.fetch_accounts(graph, person, programme.name)
    if found is None:
        raise await explain_absence(graph, person)
    return Holdings(
        found.person,
        tuple(
            _balance_of(name, asset.unit, found.accounts.get(name, ()), now_ms)
            for name, asset in programme.assets.items()
        ),
    )


async def explain_absence(reader: Reader, person: str) -> NotFound:
    """What to raise where nobody living is behind an id."""
    if await persons.find_by_birth_id(reader, person) is None:
        return NotFound("The hub never gave out this person id.")
    return Erased(ERASED_MESSAGE)


def _balance_of(asset: str, unit: str, accounts: Iterable[Account], now_ms: int) -> Balance:
    held = list(accounts)
    windows = [
        (window.expires_ms, amount)
        for account in held
        for window, amount in account.free.items()
        if window.pending_ms <= now_ms < window.expires_ms < FOREVER_MS
    ]
    expiring_ms = min((expires_ms for expires_ms, _ in windows), default=None)
    return Balance(
        asset,
        unit,
        available=sum(account.available(now_ms) for account in held),
        pending=sum(account.pending(now_ms) for account in held),
        held=sum(account.kept(now_ms) for account in held),
        owed=sum(account.debt for account in held),
        expiring=sum(amount for expires_ms, amount in windows if expires_ms == expiring_ms),
        expiring_ms=expiring_ms,
    )
