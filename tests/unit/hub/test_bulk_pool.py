from __future__ import annotations

import random
from dataclasses import replace
from zoneinfo import ZoneInfo

from hub.core.model import StatedBalance
from hub.core.vault import Vault
from hub.services.bulk.pool import FactPool, Portion
from hub.services.bulk.prepare import prepare_portion
from hub.services.facts import CustomerFact, Holdings, state_customer
from hub.services.identity import Identity
from hub.services.packed_facts import pack_fact, unpack_fact
from hub.services.policy import DEFAULT_POLICY
from hub.services.programme.shipped import shipped_programme
from tests.support.stewardship import said

PROGRAMME = shipped_programme(ZoneInfo("Asia/Shanghai"))
IDENTITY = Identity(Vault(bytes(32)), DEFAULT_POLICY, "CN")


def state(record: str, *identifiers: tuple[str, str], at: int = 1, **profile: str) -> CustomerFact:
    return state_customer(IDENTITY, said(record, *identifiers, at=at, **profile), default_ms=1, source="f")


def gather(*facts: CustomerFact, max_component: int = 2000) -> FactPool:
    pool = FactPool(replace(DEFAULT_POLICY, max_component=max_component))
    for fact in facts:
        pool.add(0, pack_fact(fact, DEFAULT_POLICY.links))
    if facts:
        pool.connect()
    return pool


def records_of(portion: Portion) -> list[str]:
    return [str(fact.record) for _, fact in portion.facts]


def test_a_fact_is_the_same_after_packing() -> None:
    fact = state("pos|a|b", ("phone", "13800000001"), ("card", "\x1f卡"), name="张\n伟")

    held = replace(fact, holdings=Holdings(7, "file:1", (StatedBalance("points", 2**53 - 1), StatedBalance("v", 0, 9))))

    assert unpack_fact(pack_fact(fact, DEFAULT_POLICY.links).content) == fact
    assert unpack_fact(pack_fact(held, DEFAULT_POLICY.links).content) == held


def test_whoever_shares_an_identifier_that_links_is_in_one_portion() -> None:
    facts = [
        state("pos|1", ("phone", "13800000001")),
        state("pos|2", ("card", "A")),
        state("pos|3", ("phone", "13800000001"), ("card", "B")),
        state("pos|4", ("card", "B"), ("card", "C"), at=2),
        state("pos|4", ("card", "D"), at=3),
        state("pos|5", ("card", "C")),
    ]

    portions = [records_of(portion) for portion in gather(*facts).portions(1)]

    assert portions == [["pos|1", "pos|3", "pos|4", "pos|4", "pos|5"], ["pos|2"]]


def test_values_that_join_nobody_do_not_connect() -> None:
    facts = [
        state("pos|1", ("phone", "13800138000"), ("masked_phone", "138****0001")),
        state("pos|2", ("phone", "13800138000"), ("masked_phone", "138****0001")),
    ]

    assert len(list(gather(*facts).portions(1))) == 2


def test_small_components_share_portions_and_nothing_is_lost() -> None:
    chooser = random.Random(1)
    facts = [state(f"pos|{number}", ("phone", f"138000000{chooser.randrange(60):02d}")) for number in range(100)]

    portions = list(gather(*facts).portions(10))

    assert sorted(record for portion in portions for record in records_of(portion)) == sorted(
        str(fact.record) for fact in facts
    )
    assert all(len(portion.facts) >= 10 for portion in portions[:-1])
    assert all(portion.whole for portion in portions)


def test_what_is_too_large_for_a_write_comes_in_parts() -> None:
    facts = [state(f"pos|{number}", ("phone", "13800000001")) for number in range(7)]

    portions = list(gather(*facts, max_component=5).portions(3))

    assert [(len(portion.facts), portion.whole) for portion in portions] == [(3, False), (3, False), (1, False)]


def test_no_facts_make_no_portions() -> None:
    assert list(gather().portions(10)) == []


def test_a_portion_keeps_apart_what_others_may_hold_too() -> None:
    facts = [state("pos|1", ("phone", "13800000001"), ("masked_phone", "138****0001"), name="张伟")]
    [portion] = gather(*facts).portions(10)

    prepared = prepare_portion(DEFAULT_POLICY, PROGRAMME, portion, now_ms=5)

    assert [one.type for one in prepared.own.values()] == ["phone"]
    assert [one.type for one in prepared.shared.values()] == ["masked_phone"]
    assert {state.live for state in prepared.states.values()} == {1}
    assert [record.created_ms for record in prepared.created] == [5]
    assert prepared.plan.places == {"pos|1": facts[0].birth_id}
