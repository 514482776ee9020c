"""A portion as it will stand in a graph that knows nothing of it yet: the same decisions as an ingest's. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from graph.evidence import IdentifierState, NewIdentifier
from graph.partition import NewRecord
from hub.services.bulk.pool import Portion
from hub.services.case_plan import Scope
from hub.services.claim_counts import count_claims
from hub.services.facts import CustomerFact, make_record, merge_facts
from hub.services.picture import Change, decide, draw_picture
from hub.services.plan import Plan, plan_settlement
from rules.policy import Policy


@dataclass(frozen=True, slots=True)
class Prepared:
    """Everything that a portion comes to.

    Attributes:
        own: the identifiers that nobody outside of the portion holds, by key; `shared` are the others, which join
            nobody.
        states: all of them, as if nobody else held them.
    """

    portion: Portion
    facts: Mapping[str, CustomerFact]
    created: tuple[NewRecord, ...]
    own: Mapping[str, NewIdentifier]
    shared: Mapping[str, NewIdentifier]
    states: Mapping[str, IdentifierState]
    plan: Plan


def prepare_portion(policy: Policy, portion: Portion, *, now_ms: int) -> Prepared:
    """Decide on whole components of which the graph knows nothing."""
    facts = merge_facts(fact for _, fact in portion.facts)
    created = tuple(make_record(fact, now_ms=now_ms) for fact in facts.values())
    named = {item.key: item for fact in facts.values() for item in fact.identifiers}
    own = {key: item for key, item in named.items() if policy.links(item.type) and not item.blocked}
    states = count_claims({}, named.values(), {}, {}, created)
    picture = draw_picture((), Change(created=created, states=states))
    plan = plan_settlement(policy, picture, decide(policy, picture), known={}, scope=Scope(touched=states.keys()))
    shared = {key: item for key, item in named.items() if key not in own}
    return Prepared(portion, facts, created, own, shared, states, plan)
