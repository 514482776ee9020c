"""What merging or parting persons makes of their tiers and balances: before and after, worked out and not written."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from graph import balances, membership
from graph.membership import MemberRecord
from graph.reading import Reader
from hub.core.ledger import Account, AccountKey
from hub.services.membership.facts import fetch_earnings, gather
from rules.programme import Programme
from rules.tiers import Purchase


class Means(NamedTuple):
    """What a person has: their tier, and by asset what they can spend now."""

    tier: str | None
    available: dict[str, int]


class MemberChange(NamedTuple):
    """A person before and after; None where they have no records."""

    person: str
    before: Means | None
    after: Means | None


@dataclass(frozen=True, slots=True)
class _Known:
    """All that the means of any grouping of some records follow from."""

    programme: Programme
    now_ms: int
    records: Mapping[str, MemberRecord]
    earned: Mapping[str, Iterable[Purchase]]
    accounts: Mapping[str, Collection[Account]]

    def means(self, person: str, keys: Collection[str]) -> Means | None:
        own = [self.records[key] for key in sorted(keys) if key in self.records]
        if not own:
            return None
        history = gather(person, own, self.earned).walk(self.programme, self.now_ms)
        held = [account for record in own for account in self.accounts.get(record.record, ())]
        available = {
            asset: sum(one.available(self.now_ms) for one in held if AccountKey.parse(one.key).asset == asset)
            for asset in self.programme.assets
        }
        return Means(history.tier_at(self.now_ms), available)


async def weigh_members(
    reader: Reader,
    programme: Programme,
    persons: Iterable[tuple[str, Collection[str], Collection[str]]],
    *,
    now_ms: int,
) -> tuple[MemberChange, ...]:
    """Those of persons (id, records before, records after) whose tier or balance would be another one.

    Two statements for all of them, and one more where a tier is reached by points.
    """
    asked = list(persons)
    keys = {key for _, before, after in asked for key in (*before, *after)}
    if not keys:
        return ()
    known = await _fetch(reader, programme, keys, now_ms)
    changes = (
        MemberChange(person, known.means(person, before), known.means(person, after)) for person, before, after in asked
    )
    return tuple(one for one in changes if one.before != one.after)


async def _fetch(reader: Reader, programme: Programme, keys: Collection[str], now_ms: int) -> _Known:
    records = await membership.fetch_by_records(reader, programme.name, keys)
    accounts: dict[str, list[Account]] = {}
    for key, account in await balances.fetch_of_records(reader, keys):
        if AccountKey.parse(account.key).programme == programme.name:
            accounts.setdefault(key, []).append(account)
    earned = await fetch_earnings(reader, programme, records)
    return _Known(programme, now_ms, {one.record: one for one in records}, earned, accounts)
