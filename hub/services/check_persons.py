"""The patrol: do the stored persons still follow from the evidence? A slice at a time, changing nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from graph import component
from graph.component import StoredMember
from graph.database import Graph
from hub.services.components import is_inert, read_component
from hub.services.settle import Change, decide, draw_picture, find_outdated
from rules.policy import Policy

PAGE: Final = 500


@dataclass(frozen=True, slots=True)
class Checked:
    """A slice's result.

    Attributes:
        last: the last record seen, where the next slice goes on; None at the end of all records.
        wrong: ids of persons whose records do not belong together, whose golden record is another one, or who hold an
            identifier that is not counted right; sorted.
        skipped: records of components that are too large for a look.
    """

    records: int
    last: str | None
    wrong: tuple[str, ...]
    skipped: int = 0


async def check_slice(graph: Graph, policy: Policy, *, after: str = "", limit: int = PAGE) -> Checked:
    """Recompute what the next `limit` records by key are connected to, and compare.

    What is changed while the slice is read may look wrong: whoever raises an alarm looks a second time.
    """
    page = await component.fetch_page(graph, after=after, limit=limit)
    if not page:
        return Checked(0, None, ())
    keys = {member.record for member in page}
    found = await read_component(graph, policy, identifiers=(), records=keys)
    wrong = find_contradictions(policy, found.members.values(), found.beyond)
    return Checked(len(page), page[-1].record if len(page) == limit else None, wrong, len(keys & found.beyond))


def find_contradictions(
    policy: Policy, members: Iterable[StoredMember], beyond: Iterable[str] = frozenset()
) -> tuple[str, ...]:
    """Ids of the persons among these records, which are whole components, who do not follow from the evidence."""
    held = list(members)
    picture = draw_picture(held, Change())
    outdated = find_outdated(policy, picture, decide(policy, picture, frozenset(beyond)))
    wrong = {picture.places[record] for records in outdated.values() for record in records}
    counts = Counter(hold.state.key for member in held for hold in member.holds)
    for member in held:
        for hold in member.holds:
            if not is_inert(policy, hold.state) and hold.state.live != counts[hold.state.key]:
                wrong.add(member.person)
    return tuple(sorted(wrong))
