"""What the resolvers of one request share."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import UTC, tzinfo
from functools import partial

import strawberry

from graph.database import Graph
from hub.core.access import Grant
from hub.core.clock import from_ms
from hub.core.errors import Unavailable
from hub.services.access.log import AccessLog
from hub.services.changes.feed import Feed
from hub.services.find_person import PersonFinder
from hub.services.identity import Identity
from hub.services.ledger.programmes import Programmes
from hub.services.ledger.request import Call
from resolvers.access.trail import Trail
from resolvers.bounds import DEFAULT_LIMITS, Limits
from resolvers.keys import PolicyKey
from resolvers.loaders import Loaders
from resolvers.metering import MAX_OBJECTS, Meter
from resolvers.reads import Reads
from resolvers.together import Wanted


@dataclass(frozen=True, slots=True)
class Context:
    """What one request reads and writes with; loaders remember what they have read, so it serves one operation only.

    Attributes:
        now_ms: when the request came: the instant of all that it asks for and does.
        limits: what its document may hold.
        meter: what it costs.
        grant: who asks, and how far that reaches; `programmes` are only those that it reaches.
        trail: what the access log will know of it.
        feed: what subscriptions follow; None where nobody serves them.
        zone: that of days, of which people are told.
        first: what is read before anything else, once the operation is let in; None where nothing is.
        resume: the last event that whoever subscribes has, where that came beside the operation; else empty.
    """

    graph: Graph
    identity: Identity
    finder: PersonFinder
    loaders: Loaders
    programmes: Programmes
    now_ms: int
    limits: Limits
    meter: Meter
    grant: Grant
    trail: Trail
    feed: Feed | None = None
    first: Callable[[Context], Awaitable[None]] | None = None
    resume: str = ""
    zone: tzinfo = UTC

    async def begin(self) -> None:
        """Read what comes before all else, of an operation that was let in; where that fails it changes nothing."""
        if self.first is not None:
            try:
                await self.first(self)
            except BaseException:
                self.meter.writes = False
                raise

    def sign(self, call: Call) -> Call:
        """A call in the name of the client that asks, whatever name it gave: its keys are its own."""
        return replace(call, caller=self.grant.client or call.caller, hash=self.identity.vault.hash_request)

    def expecting(self, wanted: Wanted) -> Context:
        """The same where all who are found will be asked for this: it is read as they are found."""
        find_holders = partial(self.loaders.find_holders, wanted=wanted)
        return replace(self, finder=replace(self.finder, find_holders=find_holders))

    def ask_policy(self, key: str) -> PolicyKey:
        """A key of what the policy in force makes of something, today."""
        day = from_ms(self.now_ms).astimezone(self.zone).date()
        return PolicyKey(key, self.identity.policy.version, day, self.identity)

    def require_feed(self) -> Feed:
        """What subscriptions follow; raises Unavailable where nobody serves them."""
        if self.feed is None:
            raise Unavailable("Changes are not followed here.")
        return self.feed

    def forget(self) -> None:
        """Have what was written anew read anew: balances and memberships."""
        self.loaders.forget()


Info = strawberry.Info[Context, None]


def make_context(
    graph: Graph,
    identity: Identity,
    programmes: Programmes,
    reads: Reads,
    *,
    grant: Grant,
    now_ms: int,
    access_log: AccessLog | None = None,
    limits: Limits = DEFAULT_LIMITS,
    meter: Meter | None = None,
    feed: Feed | None = None,
    zone: tzinfo = UTC,
) -> Context:
    """A context for one operation; without a meter it may cost what the default settings allow.

    `reads` are the process's. Without a log nothing is kept of what is read and done: only for operators.
    """
    programmes, loaders = programmes.only(grant.programmes), Loaders(reads)
    return Context(
        graph,
        identity,
        PersonFinder(
            graph,
            identity,
            find_holders=loaders.find_holders,
            find_born=loaders.births.load,
            find_owner=loaders.owners.load,
            find_installation=reads.find_installation,
        ),
        loaders,
        programmes,
        now_ms,
        limits,
        meter or Meter(MAX_OBJECTS),
        grant,
        Trail(access_log),
        feed,
        zone=zone,
    )
