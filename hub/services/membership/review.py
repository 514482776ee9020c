"""The review of tiers: whose changed since the last one, and who will lose theirs unless they buy.

Tiers are worked out whenever they are read, so that nothing waits for a review. It only finds what has to be told, once
each, and keeps it as notices; run late, it finds the same changes, with the instants at which they happened.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from typing import Final, Literal, NamedTuple

from graph import notices, persons, standings
from graph.database import Graph, Transaction
from graph.notices import TierNotice as TierNotice
from graph.standings import Standing
from hub.services.membership.facts import Member, fetch_members
from rules.programme import Programme
from rules.tiers import History, Stay

_PAGE: Final = 500


class Reviewed(NamedTuple):
    """What a page of persons has to be told; `last` is the last of them by id, where the next page goes on."""

    persons: int
    last: str
    told: tuple[TierNotice, ...]


async def review_tiers(
    graph: Graph,
    programme: Programme,
    *,
    now_ms: int,
    after: str = "",
    progress: Callable[[int], None] | None = None,
) -> AsyncIterator[Reviewed]:
    """Look at everybody behind an id, a page at a time; its notices are stored before it is handed on.

    It can be stopped at any time and go on behind the last page, begin anew, or run twice at once: what was told is not
    told again. A person of whom nothing was told before is told of from the beginning, but for their joining.
    """
    done = 0
    while ids := await persons.fetch_page(graph, after=after, limit=_PAGE):
        found = await graph.write(_review, programme, ids, now_ms)
        done, after = done + len(ids), ids[-1]
        if progress is not None:
            progress(done)
        yield found


async def stream_notices(graph: Graph, programme: str, *, after: int = 0) -> AsyncIterator[TierNotice]:
    """The notices of a programme behind a number, in the order of theirs: what is read behind the last one is new."""
    last = await notices.find_last(graph, programme)
    for place in range(after, last, _PAGE):
        for notice in await notices.fetch(graph, programme, after=place, limit=min(_PAGE, last - place)):
            yield notice


def compare(member: Member, history: History, before: Standing | None, now_ms: int) -> list[TierNotice]:
    """What is to be told of a person: each stay that began since the last one told, and a downgrade that is announced.

    Where the past itself has changed, as when persons were merged, only what holds now is told.
    """
    told = "" if before is None else before.tier
    since_ms = -1 if before is None else before.since_ms
    stays = [stay for stay in history.stays if stay.from_ms > since_ms and stay.why != "joined"]
    if not stays and before is not None and history.current is not None and history.current.tier != told:
        stays = [history.current]
    names = [told or None, *(stay.tier for stay in stays)]
    found = [_tell("changed", member, name, stay, now_ms) for name, stay in zip(names, stays, strict=False)]
    coming = history.notice
    if coming is not None and history.current is not None and (before is None or before.drops_ms != coming.from_ms):
        found.append(_tell("announced", member, history.current.tier, coming, now_ms))
    return found


async def _review(tx: Transaction, programme: Programme, ids: list[str], now_ms: int) -> Reviewed:
    # Locked before anything is read: what another review has told is seen.
    last = await notices.lock(tx, programme.name)
    members = await fetch_members(tx, programme, ids)
    before = await standings.fetch_standings(tx, programme.name, ids)
    told: list[TierNotice] = []
    after: dict[str, Standing] = {}
    for member in members:
        history = member.walk(programme, now_ms)
        standing, known = _stand(history), before.get(member.person)
        if standing is not None and standing != known:
            after[member.person] = standing
            told += compare(member, history, known, now_ms)
    if after:
        await standings.put_standings(tx, programme.name, list(after.items()))
    return Reviewed(len(ids), ids[-1], tuple(await notices.append(tx, programme.name, last, told)))


def _tell(
    kind: Literal["changed", "announced"], member: Member, before: str | None, stay: Stay, now_ms: int
) -> TierNotice:
    said = (stay.tier, stay.from_ms, stay.why, stay.rule, stay.announced_ms)
    return TierNotice(kind, member.person, before, *said, now_ms)


def _stand(history: History) -> Standing | None:
    if history.current is None:
        return None
    coming = history.notice
    drops = (None, None) if coming is None else (coming.tier, coming.from_ms)
    return Standing(history.current.tier, history.current.from_ms, *drops)
