"""The tier that a source states of its record: which grant that opens, changes or ends."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple


class StatedGrant(NamedTuple):
    """The last grant that came of what was stated.

    `to_ms` is where it ends, by hand too; `stated_to_ms` where it does by what was stated last, at `stated_ms`.
    """

    tier: str
    from_ms: int
    to_ms: int | None
    stated_to_ms: int | None
    stated_ms: int


class NewGrant(NamedTuple):
    """A tier from an instant on, until before another, or for ever."""

    tier: str
    from_ms: int
    to_ms: int | None


@dataclass(frozen=True, slots=True)
class GrantChange:
    """What a statement does.

    Attributes:
        to_ms: where the last grant ends by now.
        stated_to_ms: ... and by what was stated.
        opened: the grant that follows it. Where there was none and follows none, it is only to be remembered when
            that was said.
    """

    to_ms: int | None
    stated_to_ms: int | None
    opened: NewGrant | None = None


def follow_statement(
    last: StatedGrant | None, tier: str | None, to_ms: int | None, at_ms: int, *, none_ms: int | None = None
) -> GrantChange | None:
    """What it does that at an instant a source states a tier until before another; None: nothing, not even later.

    The last statement counts, of those of one instant the one that came last. A `tier` of None, and one that is over
    by then, end what there was. What was ended by hand stays so while the source repeats its words.

    Args:
        none_ms: where no grant came of any statement: when the last one was that there is none.
    """
    opened = None if tier is None or (to_ms is not None and to_ms <= at_ms) else NewGrant(tier, at_ms, to_ms)
    if last is None:
        known_ms = -1 if none_ms is None else none_ms
        return GrantChange(None, None, opened) if at_ms > known_ms or (opened and at_ms == known_ms) else None
    if at_ms < last.stated_ms:
        return None
    live = last.to_ms is None or last.to_ms > at_ms
    if (tier, to_ms) == (last.tier, last.stated_to_ms):
        return GrantChange(last.to_ms, to_ms) if at_ms > last.stated_ms else None
    if not (opened or live):
        return GrantChange(last.to_ms, last.to_ms) if at_ms > last.stated_ms else None
    if opened and live and opened.tier == last.tier:
        return GrantChange(to_ms, to_ms)
    end_ms = max(at_ms, last.from_ms) if live else last.to_ms
    return GrantChange(end_ms, end_ms, opened)
