"""What a person holds: added up over their records, as of an instant, without writing anything."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from graph import balances, persons
from graph.balances import HeldAccount
from graph.database import Graph
from graph.reading import Reader
from hub.core.errors import Erased, NotFound
from hub.core.ledger import FOREVER_MS, Account, UnknownPerson
from hub.services.find_person import ERASED_MESSAGE
from rules.programme import Asset, Programme


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

    programme: str
    asset: str
    unit: Literal["point", "fen"]
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
            _add_up(programme.name, asset, found.accounts.get(asset.name, ()), now_ms)
            for asset in programme.assets.values()
        ),
    )


async def explain_absence(reader: Reader, person: str) -> NotFound:
    """What to raise where nobody living is behind an id."""
    if await persons.find_by_birth_id(reader, person) is None:
        return UnknownPerson("The hub never gave out this person id.")
    return Erased(ERASED_MESSAGE)


def add_up_all(programmes: Iterable[Programme], accounts: Iterable[HeldAccount], *, now_ms: int) -> list[Balance]:
    """The balances of all assets of all programmes, in their order, those of nothing included."""
    of: dict[tuple[str, str], list[Account]] = {}
    for one in accounts:
        of.setdefault((one.programme, one.asset), []).append(one.account)
    return [
        _add_up(programme.name, asset, of.get((programme.name, asset.name), ()), now_ms)
        for programme in programmes
        for asset in programme.assets.values()
    ]


def _add_up(programme: str, asset: Asset, accounts: Iterable[Account], now_ms: int) -> Balance:
    held = list(accounts)
    windows = [
        (window.expires_ms, amount)
        for account in held
        for window, amount in account.free.items()
        if window.pending_ms <= now_ms < window.expires_ms < FOREVER_MS
    ]
    expiring_ms = min((expires_ms for expires_ms, _ in windows), default=None)
    return Balance(
        programme,
        asset.name,
        asset.unit,
        available=sum(account.available(now_ms) for account in held),
        pending=sum(account.pending(now_ms) for account in held),
        held=sum(account.kept(now_ms) for account in held),
        owed=sum(account.owed(now_ms) for account in held),
        expiring=sum(amount for expires_ms, amount in windows if expires_ms == expiring_ms),
        expiring_ms=expiring_ms,
    )
