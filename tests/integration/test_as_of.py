"""The past: what the hub believed at an instant, and what was true at it by what is known now."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Final

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from graph.database import Graph
from hub.core.clock import now_ms
from hub.core.errors import Conflict, Erased, InvalidInput, NotFound
from hub.core.model import CustomerEvent, Identifier, RecordKey
from hub.core.settings import Settings
from hub.services.as_of import (
    BelievedPerson,
    ValidPartition,
    compute_valid_partition,
    fetch_believed_person,
)
from hub.services.facts import state_customer
from hub.services.find_past import fetch_valid_holders, find_valid_by_id, find_valid_by_phone
from hub.services.find_person import PersonFinder
from hub.services.identity import Identity
from hub.services.ingest import apply_facts
from hub.services.personal_data.erase import erase_person
from tests.support.contents import empty, read_partition
from tests.support.events import PHONES, customer, customers

pytestmark = pytest.mark.anyio

C1, C2, O1 = RecordKey("pos", "c1"), RecordKey("pos", "c2"), RecordKey("wechat:mini", "o1")
FIRST_MS: Final = 1_000_000


@pytest.fixture
def at(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    """Sets the clock by which the hub writes."""

    def set_clock(instant_ms: int) -> None:
        for module in ("settle", "ingest"):
            monkeypatch.setattr(f"hub.services.{module}.now_ms", lambda: instant_ms)

    return set_clock


async def ingest(graph: Graph, identity: Identity, *events: CustomerEvent) -> None:
    facts = [state_customer(identity, event, default_ms=1, source="test") for event in events]
    await graph.write(apply_facts, identity, facts, [])


async def id_of(graph: Graph, identity: Identity, key: RecordKey) -> str:
    found = await PersonFinder(graph, identity).find_by_record(key)
    assert found is not None
    return found


def keys(believed: BelievedPerson) -> list[RecordKey]:
    return [one.record for one in believed.records]


def groups(partition: ValidPartition) -> set[frozenset[str]]:
    return {frozenset(map(str, group.records)) for group in partition.groups}


async def test_a_merge_and_a_later_split_are_seen_from_before_between_and_after(
    graph: Graph, identity: Identity, at: Callable[[int], None]
) -> None:
    at(FIRST_MS)
    await ingest(graph, identity, customer("pos", "c1", phone=PHONES[0]), customer("pos", "c2", phone=PHONES[1]))
    one, two = sorted([await id_of(graph, identity, C1), await id_of(graph, identity, C2)])
    of_two = C1 if await id_of(graph, identity, C1) == two else C2
    other_phone = PHONES[1] if of_two == C1 else PHONES[0]
    at(FIRST_MS + 10)
    await ingest(graph, identity, customer("pos", of_two.external_id, phone=other_phone, at=10))
    at(FIRST_MS + 20)
    await ingest(graph, identity, customer("pos", of_two.external_id, phone=PHONES[2], at=20))

    before = await fetch_believed_person(graph, two, FIRST_MS + 9)
    merged = await fetch_believed_person(graph, two, FIRST_MS + 10)
    last_merged = await fetch_believed_person(graph, two, FIRST_MS + 19)
    split = await fetch_believed_person(graph, two, FIRST_MS + 20)

    assert (before.person_id, keys(before)) == (two, [of_two])
    assert (merged.person_id, keys(merged)) == (one, [C1, C2])
    assert last_merged.records == merged.records
    assert (split.person_id, keys(split)) == (two, [of_two])
    assert [(found.since_ms, found.until_ms) for found in merged.records if found.record == of_two] == [
        (FIRST_MS + 10, FIRST_MS + 20)
    ]
    assert keys(await fetch_believed_person(graph, one, FIRST_MS + 9)) == [C1 if of_two == C2 else C2]
    assert split == replace(await fetch_believed_person(graph, two, now_ms()), believed_at_ms=FIRST_MS + 20)


async def test_before_the_hub_knew_an_id_nobody_answered(
    graph: Graph, identity: Identity, at: Callable[[int], None]
) -> None:
    at(FIRST_MS)
    await ingest(graph, identity, customer("pos", "c1", phone=PHONES[0]))
    person = await id_of(graph, identity, C1)

    for instant in (FIRST_MS - 1, 0, -(10**12)):
        believed = await fetch_believed_person(graph, person, instant)
        assert (believed.asked_id, believed.person_id, believed.records) == (person, None, ())


async def test_what_the_hub_will_believe_cannot_be_asked(graph: Graph, identity: Identity) -> None:
    await ingest(graph, identity, customer("pos", "c1", phone=PHONES[0]))
    person = await id_of(graph, identity, C1)

    with pytest.raises(InvalidInput, match="not known yet"):
        await fetch_believed_person(graph, person, now_ms() + 60_000)
    with pytest.raises(NotFound):
        await fetch_believed_person(graph, "01ARZ3NDEKTSV4RRFFQ69G5FAV", FIRST_MS)
    with pytest.raises(InvalidInput):
        await fetch_believed_person(graph, "nobody", FIRST_MS)


async def test_a_rebound_phone_makes_two_pairs_at_their_own_times(graph: Graph, identity: Identity) -> None:
    await ingest(
        graph,
        identity,
        customer("pos", "c1", phone=PHONES[0], at=100),
        customer("wechat:mini", "o1", phone=PHONES[0], at=100),
        customer("wechat:mini", "o1", phone=PHONES[1], at=200),
        customer("pos", "c2", phone=PHONES[1], at=150),
    )

    async def seen(record: RecordKey, instant: int) -> set[frozenset[str]]:
        return groups(await compute_valid_partition(graph, identity, record, instant))

    assert await seen(O1, 100) == await seen(C1, 199) == {frozenset({str(C1), str(O1)})}
    assert await seen(O1, 200) == await seen(C2, 200) == {frozenset({str(C2), str(O1)})}
    assert await seen(C1, 200) == {frozenset({str(C1)})}
    assert await seen(C2, 199) == {frozenset({str(C2)})}


async def test_valid_time_knows_what_the_hub_heard_late(
    graph: Graph, identity: Identity, at: Callable[[int], None]
) -> None:
    at(FIRST_MS)
    await ingest(graph, identity, customer("pos", "c1", phone=PHONES[0], at=100))
    person = await id_of(graph, identity, C1)
    at(FIRST_MS + 10)
    await ingest(graph, identity, customer("wechat:mini", "o1", phone=PHONES[0], at=100))

    partition = await compute_valid_partition(graph, identity, C1, 100)
    believed = await fetch_believed_person(graph, person, FIRST_MS + 9)

    assert partition.person is not None
    assert partition.person.records == (C1, O1)
    assert keys(believed) == [C1]


async def test_a_later_release_does_not_speak_of_an_earlier_instant(graph: Graph, identity: Identity) -> None:
    day = 86_400_000
    await ingest(
        graph,
        identity,
        customer("pos", "c1", phone=PHONES[0], at=day),
        customer("pos", "c2", phone=PHONES[0], at=40 * day),
        customer("wechat:mini", "o1", phone=PHONES[0], at=day),
        customer("wechat:mini", "o1", phone=PHONES[1], at=20 * day),
    )

    early = await compute_valid_partition(graph, identity, C1, 2 * day)
    late = await compute_valid_partition(graph, identity, C1, 40 * day)

    assert groups(early) == {frozenset({str(C1), str(O1)})}
    assert groups(late) == {frozenset({str(C1)}), frozenset({str(C2)})}


async def test_a_phone_was_quarantined_while_too_many_claimed_it(graph: Graph, identity: Identity) -> None:
    crowd = [customer("pos", f"crowd{number}", phone=PHONES[0], at=100) for number in range(15)]
    leaving = [customer("pos", f"crowd{number}", phone=f"1370000{number:04d}", at=200) for number in range(15)]
    await ingest(graph, identity, customer("pos", "c1", phone=PHONES[0], at=100), *crowd, *leaving)
    await ingest(graph, identity, customer("pos", "c2", phone=PHONES[0], at=50))

    assert groups(await compute_valid_partition(graph, identity, C1, 100)) == {frozenset({str(C1)})}
    assert groups(await compute_valid_partition(graph, identity, C2, 60)) == {frozenset({str(C2)})}


async def test_before_everything_a_record_is_alone_and_the_future_is_like_now(graph: Graph, identity: Identity) -> None:
    await ingest(
        graph, identity, customer("pos", "c1", phone=PHONES[0], at=100), customer("pos", "c2", phone=PHONES[0], at=100)
    )

    before = await compute_valid_partition(graph, identity, C1, 99)
    future = await compute_valid_partition(graph, identity, C1, 10**14)

    assert groups(before) == {frozenset({str(C1)})}
    assert groups(future) == await read_partition(graph)


async def test_a_component_beyond_the_bound_is_said_to_be_so(graph: Graph, identity: Identity) -> None:
    await ingest(graph, identity, *(customer("pos", f"c{number}", phone=PHONES[0], at=1) for number in range(4)))
    small = identity.under(replace(identity.policy, max_component=3))

    partition = await compute_valid_partition(graph, small, C1, 1)

    assert (partition.beyond, partition.groups, partition.person, partition.bound) == (True, (), None, 3)


async def test_holders_of_a_phone_are_those_of_the_instant(graph: Graph, identity: Identity) -> None:
    await ingest(
        graph,
        identity,
        customer("pos", "c1", phone=PHONES[0], at=100),
        customer("pos", "c1", phone=PHONES[1], at=200),
        customer("pos", "c2", phone=PHONES[0], at=200),
    )
    phone = Identifier("phone", "", f"+86{PHONES[0]}")

    assert await fetch_valid_holders(graph, identity, phone, 99) == ()
    assert await fetch_valid_holders(graph, identity, phone, 199) == (C1,)
    assert await fetch_valid_holders(graph, identity, phone, 200) == (C2,)


async def test_a_phone_and_an_id_lead_to_whom_they_meant_then(graph: Graph, identity: Identity) -> None:
    await ingest(
        graph,
        identity,
        customer("pos", "c1", phone=PHONES[0], name="王芳", at=100),
        customer("pos", "c2", phone=PHONES[0], name="李强", at=200),
    )
    person = await id_of(graph, identity, C1)

    by_phone = await find_valid_by_phone(graph, identity, f"+86 {PHONES[0]}", 100)
    by_id = await find_valid_by_id(graph, identity, person, 100)

    assert by_phone == by_id
    assert by_phone.person is not None
    assert by_phone.person.records == (C1,)
    with pytest.raises(Conflict):
        await find_valid_by_phone(graph, identity, PHONES[0], 200)
    with pytest.raises(NotFound):
        await find_valid_by_phone(graph, identity, PHONES[0], 99)
    for nonsense in ("12", "138****0001", ""):
        with pytest.raises(InvalidInput):
            await find_valid_by_phone(graph, identity, nonsense, 100)


async def test_whoever_is_erased_is_gone_from_the_past(graph: Graph, identity: Identity) -> None:
    await ingest(graph, identity, customer("pos", "c1", phone=PHONES[0], at=100))
    person = await id_of(graph, identity, C1)
    asked_ms = now_ms()
    await erase_person(graph, identity, person, requested_by="c1", reason="asked for")

    with pytest.raises(Erased):
        await fetch_believed_person(graph, person, asked_ms)
    with pytest.raises(Erased):
        await find_valid_by_id(graph, identity, person, 100)
    with pytest.raises(NotFound):
        await compute_valid_partition(graph, identity, C1, 100)
    with pytest.raises(NotFound):
        await find_valid_by_phone(graph, identity, PHONES[0], 100)


async def test_an_unknown_record_is_not_found(graph: Graph, identity: Identity) -> None:
    with pytest.raises(NotFound):
        await compute_valid_partition(graph, identity, C1, 1)


@given(st.lists(customers, min_size=1, max_size=10))
@hypothesis_settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
async def test_at_the_end_of_time_what_is_valid_is_what_is_stored(
    graph: Graph, identity: Identity, settings: Settings, events: list[CustomerEvent]
) -> None:
    await empty(graph)
    await ingest(graph, identity, *events)
    stored = await read_partition(graph)

    for event in events:
        partition = await compute_valid_partition(graph, identity, event.record, now_ms())
        assert groups(partition) <= stored
        assert partition.person is not None
