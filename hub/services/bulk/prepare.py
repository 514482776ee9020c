"""A portion as it will stand in a graph that knows nothing of it yet: the same decisions as an ingest's. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from graph.evidence import IdentifierState, NewIdentifier
from graph.first_accounts import FirstAccount
from graph.partition import NewRecord
from hub.services.bulk.files import find_speakers
from hub.services.bulk.pool import Portion
from hub.services.case_plan import Scope
from hub.services.claim_counts import count_claims
from hub.services.facts import CustomerFact, make_record, merge_facts
from hub.services.ledger.first_balances import state_first
from hub.services.picture import Change, decide, draw_picture
from hub.services.plan import Plan, plan_settlement
from rules.policy import Policy
from rules.programme import Programme


@dataclass(frozen=True, slots=True)
class Prepared:
    """Everything that a portion comes to.

    Attributes:
        speakers: the files that speak of each record.
        own: the identifiers that nobody outside of the portion holds, by key; `shared` are the others, which join
            nobody.
        states: all of them, as if nobody else held them.
        accounts: what records hold from their beginning on, by their keys.
        unopened: records of which several files speak: what these state is brought in one after the other.
    """

    portion: Portion
    speakers: Mapping[str, Collection[int]]
    facts: Mapping[str, CustomerFact]
    created: tuple[NewRecord, ...]
    own: Mapping[str, NewIdentifier]
    shared: Mapping[str, NewIdentifier]
    states: Mapping[str, IdentifierState]
    plan: Plan
    accounts: Mapping[str, Collection[FirstAccount]]
    unopened: Collection[str]


def prepare_portion(policy: Policy, programme: Programme, portion: Portion, *, now_ms: int) -> Prepared:
    """Decide on whole components of which the graph knows nothing."""
    facts = merge_facts(fact for _, fact in portion.facts)
    created = tuple(make_record(fact, now_ms=now_ms) for fact in facts.values())
    named = {item.key: item for fact in facts.values() for item in fact.identifiers}
    own = {key: item for key, item in named.items() if policy.links(item.type) and not item.blocked}
    states = count_claims({}, named.values(), {}, {}, created)
    picture = draw_picture((), Change(created=created, states=states))
    plan = plan_settlement(policy, picture, decide(policy, picture), known={}, scope=Scope(touched=states.keys()))
    shared = {key: item for key, item in named.items() if key not in own}
    speakers = find_speakers(portion)
    accounts, unopened = _open_accounts(programme, portion, speakers, created, plan.places, now_ms=now_ms)
    return Prepared(portion, speakers, facts, created, own, shared, states, plan, accounts, unopened)


def _open_accounts(
    programme: Programme,
    portion: Portion,
    speakers: Mapping[str, Collection[int]],
    created: Iterable[NewRecord],
    places: Mapping[str, str],
    *,
    now_ms: int,
) -> tuple[Mapping[str, Collection[FirstAccount]], Collection[str]]:
    """The last two of `Prepared`."""
    unopened = {record for record, files in speakers.items() if len(files) > 1}
    accounts: defaultdict[str, list[FirstAccount]] = defaultdict(list)
    once = (fact for _, fact in portion.facts if len(speakers[str(fact.record)]) == 1)
    births = {str(record.key): record.birth_id for record in created}
    for record, first in state_first(programme, once, births, places, at_ms=now_ms):
        accounts[record].append(first)
    return accounts, unopened
