"""Tiers that systems state of their records, from files of customers: grants by `import`.

The last statement counts, by the instant that it carries, so that a file that is imported again changes nothing and
files may come in any order. What is granted by hand stands beside it: the higher tier is the person's.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from graph import stated_tiers
from graph.database import Transaction
from graph.partition import lock_persons
from graph.stated_tiers import OpenedGrant, TierRecord
from hub.core.ledger import Operation
from hub.core.model import StatedTier
from hub.services.facts import CustomerFact
from hub.services.ledger.callers import IMPORT
from hub.services.ledger.request import Call, Request
from rules.programme import Programme
from rules.tiers.stated import GrantChange, NewGrant, StatedGrant, follow_statement


class _Statement(NamedTuple):
    at_ms: int
    source: str
    tier: StatedTier


async def grant_stated(tx: Transaction, programme: Programme, facts: Iterable[CustomerFact], *, at_ms: int) -> int:
    """Bring grants to what their records' systems say; gives how many records' were changed.

    To be called in the transaction that stores the facts, after them. Six statements at most, however many there are;
    one where nothing is new, none where nothing is said.
    """
    said = _find_last(facts)
    if not said:
        return 0
    known = await stated_tiers.fetch_last(tx, programme.name, said.keys())
    new = [one for one in known if _follow(programme, one, said) is not None]
    if not new:
        return 0
    await lock_persons(tx, {one.person for one in new})
    # Another import may have said more before our lock.
    locked = await stated_tiers.fetch_last(tx, programme.name, [one.record for one in new])
    changes = [(one, change) for one in locked if (change := _follow(programme, one, said)) is not None]
    await stated_tiers.note_stated(
        tx,
        [
            (one.last.key, change.to_ms, change.stated_to_ms, said[one.record].at_ms)
            for one, change in changes
            if one.last
        ],
    )
    await stated_tiers.note_none(
        tx, [(one.record, said[one.record].at_ms) for one, change in changes if not (one.last or change.opened)]
    )
    opened = [_open(programme, one, change.opened, said[one.record], at_ms) for one, change in changes if change.opened]
    await stated_tiers.open_grants(tx, opened)
    return sum(change.opened is not None or _ends_otherwise(one, change) for one, change in changes)


def _find_last(facts: Iterable[CustomerFact]) -> dict[str, _Statement]:
    """The last statement on each record."""
    found: dict[str, _Statement] = {}
    for fact in facts:
        held, key = fact.holdings, str(fact.record)
        if held is None or held.tier is None:
            continue
        if key not in found or held.observed_ms >= found[key].at_ms:
            found[key] = _Statement(held.observed_ms, held.source, held.tier)
    return found


def _follow(programme: Programme, one: TierRecord, said: Mapping[str, _Statement]) -> GrantChange | None:
    statement = said[one.record]
    last = None if one.last is None else StatedGrant(*one.last[2:])
    # The lowest tier is everybody's: who is said to have it has none of the others any more.
    tier = statement.tier.tier if programme.tiers.rank(statement.tier.tier) else None
    to_ms = statement.tier.to_ms if tier else None
    return follow_statement(last, tier, to_ms, statement.at_ms, none_ms=one.none_ms)


def _ends_otherwise(one: TierRecord, change: GrantChange) -> bool:
    return one.last is not None and one.last.to_ms != change.to_ms


def _open(programme: Programme, one: TierRecord, grant: NewGrant, said: _Statement, at_ms: int) -> OpenedGrant:
    number = one.last.number + 1 if one.last else 1
    operation = _to_operation(programme, one, said, number, at_ms)
    properties = {
        "key": operation.key,
        "programme": programme.name,
        **grant._asdict(),
        "author": IMPORT,
        "reason": operation.reason,
        "stated_to_ms": grant.to_ms,
        "stated_ms": said.at_ms,
        "number": number,
    }
    return OpenedGrant(one.birth_id, properties, operation)


def _to_operation(programme: Programme, one: TierRecord, said: _Statement, number: int, at_ms: int) -> Operation:
    # The person is locked, and the grants of the record are numbered: nobody else has this key.
    key = f"tier|{programme.name}|{one.birth_id}|{number}"
    reason = f"{said.tier.tier} is stated"
    call = Call(IMPORT, key, cause=said.source, author=IMPORT, reason=reason)
    return Request("tier_grant", call, programme, "", 0, one.birth_id).to_operation(one.person, at_ms, ())
