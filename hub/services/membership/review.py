"""The review of tiers: whose changed since the last one, and who will lose theirs unless they buy.

Tiers are worked out whenever they are read, so that nothing waits for a review. It only finds what has to be told, once
each; run late, it tells the same changes, with the instants at which they happened.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from typing import Final, NamedTuple

from graph import persons, standings
from graph.database import Graph
from graph.standings import Standing
from hub.services.membership.facts import Member, fetch_members
from rules.programme import Programme
from rules.tiers import History, Stay

_PAGE: Final = 500


class TierChange(NamedTuple):
    """A change of a person's tier; `before` is None where nothing was told of them before."""

    person: str
    before: str | None
    stay: Stay


class TierNotice(NamedTuple):
    """A downgrade that is announced, and takes effect unless the person qualifies again."""

    person: str
    tier: str
    stay: Stay


class Reviewed(NamedTuple):
    """What a page of persons has to be told; `last` is the last of them by id, where the next page goes on."""

    persons: int
    last: str
    changes: tuple[TierChange, ...]
    notices: tuple[TierNotice, ...]


async def review_tiers(
    graph: Graph,
    programme: Programme,
    *,
    now_ms: int,
    after: str = "",
    progress: Callable[[int], None] | None = None,
) -> AsyncIterator[Reviewed]:
    """Look at everybody behind an id, a page at a time; a page is stored before it is handed on.

    It can be stopped at any time and go on behind the last page, or begin anew: what was told is not told again.
    A person of whom nothing was told before is told of from the beginning, but for their joining.
    """
    done = 0
    while ids := await persons.fetch_page(graph, after=after, limit=_PAGE):
        found = await _review(graph, programme, ids, now_ms)
        done, after = done + len(ids), ids[-1]
        if progress is not None:
            progress(done)
        yield found


def compare(member: Member, history: History, before: Standing | None) -> list[TierChange]:
    """What is to be told of a person: each stay that began since the last one told.

    Where the past itself has changed, as when persons were merged, only what holds now is told.
    """
    told = "" if before is None else before.tier
    since_ms = -1 if before is None else before.since_ms
    stays = [stay for stay in history.stays if stay.from_ms > since_ms and stay.why != "joined"]
    if not stays and before is not None and history.current is not None and history.current.tier != told:
        stays = [history.current]
    names = [told or None, *(stay.tier for stay in stays)]
    return [TierChange(member.person, name, stay) for name, stay in zip(names, stays, strict=False)]


async def _review(graph: Graph, programme: Programme, ids: list[str], now_ms: int) -> Reviewed:
    members = await fetch_members(graph, programme, ids)
    before = await standings.fetch_standings(graph, programme.name, ids)
    changes: list[TierChange] = []
    notices: list[TierNotice] = []
    after: dict[str, Standing] = {}
    for member in members:
        history = member.walk(programme, now_ms)
        standing, known = _stand(history), before.get(member.person)
        if standing is None or standing == known:
            continue
        after[member.person] = standing
        changes += compare(member, history, known)
        coming = history.notice
        if coming is not None and (known is None or known.drops_ms != coming.from_ms):
            notices.append(TierNotice(member.person, standing.tier, coming))
    if after:
        await graph.write(standings.put_standings, programme.name, list(after.items()))
    return Reviewed(len(ids), ids[-1], tuple(changes), tuple(notices))


def _stand(history: History) -> Standing | None:
    if history.current is None:
        return None
    coming = history.notice
    drops = (None, None) if coming is None else (coming.tier, coming.from_ms)
    return Standing(history.current.tier, history.current.from_ms, *drops)
