"""What is compared of the records: their weak evidence, read from the graph page by page."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterable
from typing import Final

from graph import similar_records
from graph.database import Graph
from graph.similar_records import WeakEvidence
from hub.services.components import is_quarantined
from hub.services.similarity import SimilarRecord
from rules.policy import Policy

_PHONES: Final = ("phone", "masked_phone")
_EMAILS: Final = ("email",)
_PAGE: Final = 1_000


async def read_records(graph: Graph, policy: Policy, tell: Callable[[int], None]) -> AsyncIterator[list[SimilarRecord]]:
    """Every live record, in pages; `tell` hears how many were read.

    No record names its guide yet. Its store is where it bought most often.
    """
    after, read = "", 0
    while page := await similar_records.fetch_page(graph, [*_PHONES, *_EMAILS], after=after, limit=_PAGE):
        after, read = page[-1].record, read + len(page)
        yield [describe(policy, one) for one in page]
        tell(read)


def describe(policy: Policy, one: WeakEvidence) -> SimilarRecord:
    """A record as it is compared, without what is nobody's own: a hotline says nothing of who its holders are."""
    said = one.profile
    return SimilarRecord(
        record=one.record,
        person=one.person,
        name=said.get("name"),
        birthday=said.get("birthday"),
        address=said.get("address"),
        city=said.get("city"),
        phone_masks=_masks(policy, one, _PHONES),
        email_masks=_masks(policy, one, _EMAILS),
        store=_commonest(one.stores),
    )


def _masks(policy: Policy, one: WeakEvidence, types: Iterable[str]) -> tuple[str, ...]:
    own = {
        claim.masked
        for claim in one.claims
        if claim.state.type in types and not claim.state.blocked and not is_quarantined(policy, claim.state)
    }
    return tuple(sorted(own))


def _commonest(stores: Iterable[str]) -> str | None:
    return min(Counter(stores).items(), key=lambda counted: (-counted[1], counted[0]), default=(None, 0))[0]
