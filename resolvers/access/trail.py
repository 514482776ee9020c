"""What one operation leaves in the access log."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import structlog

from graph.access_log import Access
from hub.services.access.log import AccessLog

if TYPE_CHECKING:
    from hub.core.access import Grant
    from resolvers.access.gate import Verdict


@dataclass(slots=True)
class Trail:
    """Filled while an operation runs.

    Attributes:
        verdict: of the gate; None until the operation was let in.
        persons: whose data was read, or who was changed, by id.
    """

    log: AccessLog | None
    verdict: Verdict | None = None
    persons: set[str] = field(default_factory=set)

    async def leave(self, grant: Grant, now_ms: int) -> None:
        """Write what is to be known for good, before the answer leaves; raises as `AccessLog.note`."""
        verdict = self.verdict
        if self.log is None or verdict is None or not (verdict.unmasked or verdict.changes):
            return
        persons = tuple(sorted(self.persons))
        if not (persons or verdict.changes):
            return  # nobody was found
        await self.log.note(
            Access(
                now_ms,
                grant.client,
                grant.purpose,
                "write" if verdict.changes else "read",
                (*verdict.changes, *verdict.unmasked),
                persons,
                str(structlog.contextvars.get_contextvars().get("request_id", "")),
            )
        )
