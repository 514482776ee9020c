"""Accounts as they stood at an instant: what their entries until then add up to."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Iterable, Mapping
from typing import Final

from graph import balances
from graph.balances import HeldAccount
from graph.database import Graph
from graph.ledger_past import Until, count_until, stream_first
from graph.reading import Reader
from hub.core.errors import InvalidInput
from hub.core.ledger import Account
from hub.services.ledger.balance import Holdings, add_up_all, explain_absence
from rules.ledger.posting import post
from rules.programme import Programme

_TURN: Final = 200
"""After so many entries, some 15 ms of work, others get their turn."""


def check_past(at_ms: int, now_ms: int) -> int:
    """The instant, which must have come; raises InvalidInput."""
    if at_ms > now_ms:
        raise InvalidInput("This instant has not come yet: ask as of now, or of a time before.")
    return at_ms


async def recall_holdings(graph: Graph, programme: Programme, person: str, *, at_ms: int) -> Holdings:
    """The balances at an instant behind any id that the hub gave out, of the records that the person has now.

    Raises:
        NotFound, Erased: nobody living is behind the id.
    """
    found = (await balances.fetch_all(graph, [person])).get(person)
    if found is None:
        raise await explain_absence(graph, person)
    held = [one for one in found.accounts if one.programme == programme.name]
    return Holdings(found.person, tuple(add_up_all([programme], await recall(graph, held, at_ms), now_ms=at_ms)))


async def recall(reader: Reader, held: Collection[HeldAccount], at_ms: int) -> list[HeldAccount]:
    """Accounts as they stood at an instant.

    What has had no entry since is as it is now; of the others the entries until then are read and added up.
    """
    ends = make_ends(held, await count_until(reader, list_changed(held, at_ms)))
    return stand(held, ends, await rebuild(reader, list_cut(held, ends)))


def list_changed(held: Iterable[HeldAccount], at_ms: int) -> list[Until]:
    """What has to be asked of `count_until`: the accounts that have had entries since an instant."""
    accounts = (one.account for one in held)
    return [Until(one.key, one.entries, at_ms) for one in accounts if one.at_ms > at_ms]


def make_ends(held: Iterable[HeldAccount], counts: Mapping[Until, int]) -> dict[str, int]:
    """How many entries each account had, by its key; `counts` are of those that have had more since."""
    now = {one.account.key: one.account.entries for one in held}
    return now | {one.account: count for one, count in counts.items()}


def list_cut(held: Iterable[HeldAccount], ends: Mapping[str, int]) -> dict[str, int]:
    """The accounts that have to be added up again, with how many of their entries."""
    accounts = (one.account for one in held)
    return {one.key: ends[one.key] for one in accounts if 0 < ends[one.key] < one.entries}


async def rebuild(reader: Reader, counts: Mapping[str, int]) -> dict[str, Account]:
    """Accounts as so many of their first entries make them, with all their lots."""
    accounts, added = {key: Account(key) for key in counts}, 0
    async for entry in stream_first(reader, counts):
        accounts[entry.account] = post(accounts[entry.account], entry)
        added += 1
        if added % _TURN == 0:
            await asyncio.sleep(0)
    return accounts


def stand(held: Iterable[HeldAccount], ends: Mapping[str, int], rebuilt: Mapping[str, Account]) -> list[HeldAccount]:
    """Accounts as they stood: some are as they are, some had nothing yet, and the others were added up again."""
    return [_stand(one, ends[one.account.key], rebuilt) for one in held]


def _stand(one: HeldAccount, end: int, rebuilt: Mapping[str, Account]) -> HeldAccount:
    key = one.account.key
    if end == one.account.entries:
        return one
    return one._replace(account=rebuilt[key] if end else Account(key), whole=True)
