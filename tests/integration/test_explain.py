"""Why records are one person or two, as the hub explains it."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import pytest

from graph.counting import count_statements
from graph.database import Graph, Transaction
from graph.statement import Statement
from hub.core.errors import InvalidInput, NotFound
from hub.core.model import DAY_MS, CustomerEvent, RawIdentifier, RecordKey
from hub.core.settings import Settings
from hub.services.explain import explain_records
from hub.services.explain_persons import explain_person, explain_persons
from hub.services.explanation import Explanation
from hub.services.explanation_words import explain_in_words
from hub.services.facts import state_customer
from hub.services.identity import Identity
from hub.services.ingest import apply_facts
from tests.integration.api_people import (
    HUA_POS,
    MING_PHONE,
    MING_POS,
    MING_TMALL,
    MING_WECHAT,
    NOON_MS,
    put,
    put_ming_and_hua,
)

pytestmark = pytest.mark.anyio

_DECIDE: Final = Statement(
    "tests.decide",
    "write",
    """
    MATCH (a:Record {key: $left})
    MATCH (b:Record {key: $right})
    CREATE (a)-[:RULED {decision: $id, apart: $apart}]->(b)
    """,
)
_REASON: Final = Statement(
    "tests.reason",
    "write",
    "CREATE (:Decision {id: $id, author: $author, reason: $reason, decided_ms: $decided_ms})",
)
A, B = RecordKey("pos", "A"), RecordKey("wechat:mini", "B")


def says(
    key: RecordKey, *identifiers: tuple[str, str], at: int = NOON_MS, verified: bool = False, **profile: str
) -> CustomerEvent:
    """What a record says; every identifier but a phone is of one scope."""
    raw = tuple(
        RawIdentifier(kind, "" if kind in ("phone", "email") else "s1", value, kind, verified)
        for kind, value in identifiers
    )
    return CustomerEvent(key, at, raw, profile)


async def explain(graph: Graph, settings: Settings, *events: CustomerEvent) -> Explanation:
    """The explanation of A and B once these events are in."""
    await put(graph, settings, events)
    return await explain_records(graph, Identity.from_settings(settings), A, B)


async def rule(tx: Transaction, left: str, right: str, decision: str, apart: bool) -> None:
    await tx.run(_DECIDE, left=left, right=right, id=decision, apart=apart)


async def give_reason(tx: Transaction, decision: str) -> None:
    await tx.run(_REASON, id=decision, author="wang", reason="两人当面确认", decided_ms=NOON_MS)


async def test_one_person_is_explained_by_the_identifier_with_both_claims(
    graph: Graph, settings: Settings, identity: Identity
) -> None:
    await put_ming_and_hua(graph, settings)

    explained = await explain_records(graph, identity, MING_TMALL, MING_WECHAT)

    assert (explained.verdict, explained.policy_version, explained.settled) == (
        "together",
        identity.policy.version,
        True,
    )
    assert explained.left.person_id == explained.right.person_id
    assert [step.near for step in explained.steps][:1] == [MING_TMALL]
    assert [step.far for step in explained.steps][-1:] == [MING_WECHAT]
    for step in explained.steps:
        assert step.identifier is not None
        assert (step.identifier.type, step.identifier.masked) == ("phone", "138****0001")
        assert [proof.record for proof in step.claims] == [step.near, step.far]
        assert {proof.source for proof in step.claims} == {"delivery-1"}
        assert all(proof.valid_from_ms >= NOON_MS and proof.valid_to_ms is None for proof in step.claims)
    assert MING_PHONE not in repr(explained)


async def test_a_record_and_itself_need_no_evidence(graph: Graph, settings: Settings, identity: Identity) -> None:
    await put_ming_and_hua(graph, settings)

    explained = await explain_records(graph, identity, HUA_POS, HUA_POS)

    assert (explained.verdict, explained.steps, explained.separations) == ("together", (), ())
    assert explain_in_words(explained)[0].startswith("pos C0002 is one record of the person ")


async def test_a_shared_email_is_too_weak(graph: Graph, settings: Settings, identity: Identity) -> None:
    await put_ming_and_hua(graph, settings)

    explained = await explain_records(graph, identity, MING_WECHAT, HUA_POS)

    assert explained.verdict == "apart"
    [found] = explained.separations
    assert (found.kind, found.left, found.right) == ("weak", (MING_WECHAT,), (HUA_POS,))
    assert found.identifier is not None
    assert found.identifier.masked == "f***@example.com"
    assert [proof.record for proof in found.claims] == [MING_WECHAT, HUA_POS]


async def test_what_the_records_do_not_share_their_persons_may(
    graph: Graph, settings: Settings, identity: Identity
) -> None:
    await put_ming_and_hua(graph, settings)

    [found] = (await explain_records(graph, identity, MING_POS, HUA_POS)).separations

    assert (found.left, found.right) == ((MING_WECHAT,), (HUA_POS,))


async def test_records_without_anything_in_common_have_no_separations(graph: Graph, settings: Settings) -> None:
    explained = await explain(graph, settings, says(A, ("phone", "13800000001")), says(B, ("phone", "13800000002")))

    assert (explained.verdict, explained.separations) == ("apart", ())
    assert "no identifier and no decision connects them" in explain_in_words(explained)[0]


async def test_a_limit_names_its_type_and_number(graph: Graph, settings: Settings) -> None:
    explained = await explain(
        graph,
        settings,
        says(A, ("unionid", "u1"), ("phone", "13800000001")),
        says(B, ("unionid", "u2"), ("phone", "13800000001")),
    )

    [found] = explained.separations
    assert (found.kind, found.reasons, found.count, found.limit, found.open) == ("limit", ("unionid",), 2, 1, True)


async def test_contradicting_profiles_are_named_by_field_and_never_by_value(graph: Graph, settings: Settings) -> None:
    explained = await explain(
        graph,
        settings,
        says(A, ("phone", "13800000001"), name="王芳", gender="female"),
        says(B, ("phone", "13800000001"), name="李强", gender="male"),
    )

    [found] = explained.separations
    assert (found.kind, found.reasons) == ("contradicted", ("name", "gender"))
    assert "王芳" not in repr(explained)


async def test_a_quarantined_identifier_says_how_many_claim_it_and_how_many_may(
    graph: Graph, settings: Settings, identity: Identity
) -> None:
    crowd = [says(RecordKey("pos", f"c{number}"), ("phone", "13800000001")) for number in range(14)]

    explained = await explain(
        graph, settings, *crowd, says(A, ("phone", "13800000001")), says(B, ("phone", "13800000001"))
    )

    [found] = explained.separations
    assert (found.kind, found.count, found.limit) == ("quarantined", 16, identity.policy.types["phone"].max_records)


async def test_a_blocked_value_and_a_type_that_never_links_say_so(graph: Graph, settings: Settings) -> None:
    both = (("phone", "13888888888"), ("oaid", "o1"), ("household", "h1"))

    explained = await explain(graph, settings, says(A, *both), says(B, *both))

    assert {found.kind for found in explained.separations} == {"blocked", "never", "household"}


async def test_a_phone_that_was_given_up_in_between_is_told_with_the_day(graph: Graph, settings: Settings) -> None:
    other = RecordKey("pos", "Z")

    explained = await explain(
        graph,
        settings,
        says(A, ("phone", "13800000001")),
        says(other, ("phone", "13800000001")),
        says(other, ("phone", "13800000009"), at=NOON_MS + 30 * DAY_MS),
        says(B, ("phone", "13800000001"), at=NOON_MS + 60 * DAY_MS),
    )

    [found] = explained.separations
    assert (found.kind, found.at_ms) == ("recycled", NOON_MS + 30 * DAY_MS)


async def test_what_both_records_claimed_at_different_times_is_remembered(graph: Graph, settings: Settings) -> None:
    explained = await explain(
        graph,
        settings,
        says(A, ("phone", "13800000001")),
        says(B, ("phone", "13800000001")),
        says(B, ("phone", "13800000009"), at=NOON_MS + DAY_MS),
    )

    [found] = explained.separations
    assert (found.kind, found.at_ms) == ("ended", NOON_MS + DAY_MS)
    assert [(proof.record, proof.valid_to_ms) for proof in found.claims] == [(A, None), (B, NOON_MS + DAY_MS)]


async def test_decisions_are_told_with_author_and_reason_where_these_are_stored(
    graph: Graph, settings: Settings, identity: Identity
) -> None:
    both = ("phone", "13800000001")
    await put(graph, settings, [says(A, both), says(B, both)])
    await graph.write(rule, str(A), str(B), "D1", True)
    bare = await explain_records(graph, identity, A, B)
    await graph.write(give_reason, "D1")

    told = await explain_records(graph, identity, A, B)

    assert [found.kind for found in told.separations] == ["decision", "overruled"]
    assert bare.separations[0].decision is not None
    assert (bare.separations[0].decision.id, bare.separations[0].decision.author) == ("D1", None)
    decision = told.separations[0].decision
    assert decision is not None
    assert (decision.author, decision.reason, decision.decided_ms) == ("wang", "两人当面确认", NOON_MS)
    assert not told.settled, "the stored persons were not touched by this test"
    assert "两人当面确认" in explain_in_words(told, "zh")[1]


async def test_a_decision_is_a_step_of_the_path(graph: Graph, settings: Settings, identity: Identity) -> None:
    await put(graph, settings, [says(A, ("phone", "13800000001")), says(B, ("phone", "13800000002"))])
    await graph.write(rule, str(A), str(B), "D1", False)

    explained = await explain_records(graph, identity, A, B)

    [step] = explained.steps
    assert (step.identifier, step.claims) == (None, ())
    assert step.decision is not None
    assert step.decision.id == "D1"


async def test_weak_identifiers_that_joined_together_are_all_named(
    graph: Graph, settings: Settings, identity: Identity
) -> None:
    device = replace(identity.policy.types["email"], name="oaid", normaliser="opaque", priority=310, scoped=True)
    weak = replace(identity.policy, weak_needed=2, types={**identity.policy.types, "oaid": device})
    lenient = identity.under(weak)
    both = (("email", "a@example.com"), ("oaid", "device-1"))
    facts = [
        state_customer(lenient, event, default_ms=NOON_MS, source="t") for event in (says(A, *both), says(B, *both))
    ]
    await graph.write(apply_facts, lenient, facts, [])

    [step] = (await explain_records(graph, lenient, A, B)).steps

    assert step.identifier is not None
    assert step.identifier.type == "email"
    assert [shown.type for shown in step.company] == ["oaid"]


async def test_a_component_beyond_the_bound_is_said_to_be_so(
    graph: Graph, settings: Settings, identity: Identity
) -> None:
    await put_ming_and_hua(graph, settings)
    small = identity.under(replace(identity.policy, max_component=2))

    explained = await explain_records(graph, small, MING_TMALL, MING_WECHAT)
    tree = await explain_person(graph, small, explained.left.person_id)

    assert (explained.verdict, explained.bound, explained.steps) == ("beyond", 2, ())
    assert (tree.beyond, tree.records, tree.steps) == (True, 3, ())
    assert "too many to be explained" in explain_in_words(explained)[0]
    assert "too many to be explained" in explain_in_words(tree)[0]


async def test_what_is_known_to_be_too_large_is_not_read(graph: Graph, settings: Settings, identity: Identity) -> None:
    await put(graph, settings, [says(RecordKey("pos", f"C{n}"), ("phone", MING_PHONE)) for n in range(5)])
    one, other = RecordKey("pos", "C0"), RecordKey("pos", "C1")
    person = (await explain_records(graph, identity, one, other)).left.person_id

    with count_statements() as counter:
        explained = await explain_records(graph, identity, one, other, most=4)
        tree = (await explain_persons(graph, identity, [person], most=4))[person]

    assert (explained.verdict, explained.bound) == ("beyond", 4)
    assert (tree.beyond, tree.records, tree.bound) == (True, 5, 4)
    assert tree.root in {RecordKey("pos", f"C{n}") for n in range(5)}
    # The records that were named are read, and nothing by what connects them.
    assert counter.by_name == {"component.fetch_by_records": 2, "explaining.fetch_memberships": 1}


async def test_persons_are_explained_together_as_each_alone(
    graph: Graph, settings: Settings, identity: Identity
) -> None:
    await put_ming_and_hua(graph, settings)
    ids = [(await explain_records(graph, identity, key, key)).left.person_id for key in (MING_POS, HUA_POS)]

    together = await explain_persons(graph, identity, [*ids, "01ARZ3NDEKTSV4RRFFQ69G5FAV"])

    assert together == {person: await explain_person(graph, identity, person) for person in ids}


async def test_a_person_is_a_tree_from_the_record_that_brought_the_id(
    graph: Graph, settings: Settings, identity: Identity
) -> None:
    await put_ming_and_hua(graph, settings)
    person_id = (await explain_records(graph, identity, MING_POS, MING_POS)).left.person_id

    tree = await explain_person(graph, identity, person_id.lower())

    assert (tree.person_id, tree.records, tree.settled) == (person_id, 3, True)
    reached = {tree.root}
    for step in tree.steps:
        assert step.near in reached
        reached.add(step.far)
    assert reached == {MING_POS, MING_TMALL, MING_WECHAT}


async def test_unknown_records_and_persons_are_not_found(graph: Graph, settings: Settings, identity: Identity) -> None:
    await put_ming_and_hua(graph, settings)

    with pytest.raises(NotFound, match="no such record of pos"):
        await explain_records(graph, identity, HUA_POS, RecordKey("pos", "nobody"))
    with pytest.raises(NotFound):
        await explain_person(graph, identity, "01ARZ3NDEKTSV4RRFFQ69G5FAV")
    with pytest.raises(InvalidInput):
        await explain_person(graph, identity, "not an id")
