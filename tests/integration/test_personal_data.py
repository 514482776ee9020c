"""A copy of everything about a person, and its erasure, with what must stay and what must not come back."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import anyio
import orjson
import pytest
from pydantic import SecretStr

from graph.counts import fetch_counts
from graph.database import Graph, Transaction, count_statements
from graph.receipts import fetch_receipts
from graph.statement import Statement
from graph.unsettled import fetch_unsettled
from hub.core.clock import MAX_AHEAD_MS, now_ms
from hub.core.errors import Erased, InvalidInput, NotFound, PolicyChanged, Unavailable
from hub.core.model import CustomerEvent, OrderEvent
from hub.core.settings import Settings
from hub.services import ingest as ingest_service
from hub.services.as_of import fetch_believed_person
from hub.services.check_installation import check_installation
from hub.services.check_persons import check_slice
from hub.services.explain_persons import explain_person
from hub.services.facts import state_customer, state_order
from hub.services.find_past import find_valid_by_id
from hub.services.find_person import PersonFinder
from hub.services.identity import Identity
from hub.services.ingest import Applied, apply_facts
from hub.services.key_rotation import Rotation, rotate_keys
from hub.services.personal_data.barred import drop_barred
from hub.services.personal_data.erase import Erasure, erase_person
from hub.services.personal_data.export import export_person
from hub.services.policy import DEFAULT_TEXT, publish_policy
from tests.integration.api_client import ask_for_error, open_client
from tests.integration.api_process import environ_of
from tests.support.commands import run_hub
from tests.support.contents import read_everything, read_partition
from tests.support.events import PHONES, customer, order

pytestmark = pytest.mark.anyio

FATHER: Final = "13911110001"
HOME: Final = "13911110002"
EVENTS: Final[Sequence[CustomerEvent | OrderEvent]] = (
    customer("pos", "gone-1", phone=FATHER, unionid="wx-gone", name="欧阳消失"),
    customer("wechat:mini", "gone-2", phone=FATHER, name="欧阳消失", email="gone@example.com"),
    customer("tmall:flagship", "stay-1", phone=PHONES[1], name="李娜"),
    order("pos", "T1", "gone-1", fen=1200),
    order("pos", "T2", "gone-1", fen=300, status="refunded"),
    order("tmall:flagship", "T3", "stay-1", fen=50),
)
_ORDERS: Final = Statement(
    "tests.all_orders",
    "read",
    """
    MATCH (o:Order)
    OPTIONAL MATCH (o)-[:PLACED_BY]->(r:Record)
    RETURN o.key AS key, o.status AS status, o.amount_fen AS amount_fen, o.lines AS lines, o.header AS header,
           r.key AS buyer
    ORDER BY o.key
    """,
)
_TOMBSTONES: Final = Statement(
    "tests.tombstones",
    "read",
    """
    MATCH (r:Record) WHERE r.erased_ms IS NOT NULL
    RETURN properties(r) AS properties, COUNT { (r)--() } AS links
    ORDER BY r.key
    """,
)
_IDENTIFIER: Final = Statement(
    "tests.identifier",
    "read",
    "MATCH (i:Identifier {key: $key}) RETURN i.live AS live, i.releases AS releases",
)
_CASES: Final = Statement("tests.whole_cases", "read", "MATCH (c:Case) RETURN properties(c) AS case ORDER BY c.key")
_DECIDE: Final = Statement(
    "tests.decide",
    "write",
    """
    MATCH (a:Record {key: $left}) MATCH (b:Record {key: $right})
    CREATE (a)-[:RULED {decision: $id, apart: $apart}]->(b)
    CREATE (d:Decision {id: $id, kind: 'cannot_link', author: 'steward', reason: $reason, decided_ms: 5, left: $left,
                        right: $right, field: '', identifier: ''})
    CREATE (d)-[:ON]->(a)
    CREATE (d)-[:ON]->(b)
    """,
)
_COMMENT: Final = Statement(
    "tests.comment", "write", "MATCH (c:Case) SET c.history = c.history + $entry, c.comment = $comment"
)
_DECISIONS: Final = Statement("tests.decisions", "read", "MATCH (d:Decision) RETURN properties(d) AS decision")
_LIFT: Final = Statement(
    "tests.lift",
    "write",
    """
    MATCH (i:Identifier {key: $key})
    CREATE (:Decision {id: 'L1', kind: 'lift', author: 's', reason: $reason, identifier: $key, allowed: 30})-[:ON]->(i)
    """,
)
_REHEARSE: Final = Statement(
    "tests.rehearse", "write", "CREATE (:Rehearsal {id: 'R1', report: $report, position: $position, lock: 0})"
)
_REHEARSALS: Final = Statement(
    "tests.rehearsals", "read", "MATCH (r:Rehearsal) RETURN r.report AS report, r.position AS position"
)
_IDS: Final = Statement("tests.birth_id", "read", "MATCH (r:Record {key: $key}) RETURN r.birth_id AS id")


async def run(tx: Transaction, /, statement: Statement, **parameters: Any) -> None:
    await tx.run(statement, **parameters)


async def ingest(graph: Graph, identity: Identity, events: Sequence[CustomerEvent | OrderEvent]) -> Applied:
    facts = [
        state_customer(identity, event, default_ms=1, source="test")
        for event in events
        if isinstance(event, CustomerEvent)
    ]
    said = [state_order(event, default_ms=1) for event in events if isinstance(event, OrderEvent)]
    return await graph.write(apply_facts, identity, facts, said)


async def find(graph: Graph, identity: Identity, phone: str) -> str:
    found = await PersonFinder(graph, identity).find_by_phone(phone)
    assert found is not None
    return found


async def erase(graph: Graph, identity: Identity, person_id: str, **options: Any) -> Erasure:
    return await erase_person(
        graph, identity, person_id, requested_by="customer care", reason="asked for it", **options
    )


async def birth_id(graph: Graph, key: str) -> str:
    [row] = await graph.read(_IDS, key=key)
    return str(row["id"])


async def read_text(graph: Graph) -> str:
    return "\n".join(await read_everything(graph))


async def test_an_export_holds_everything_in_clear_and_leaves_a_receipt(graph: Graph, identity: Identity) -> None:
    await ingest(graph, identity, EVENTS)
    person_id = await find(graph, identity, FATHER)

    exported = await export_person(graph, identity, person_id, requested_by="care", reason="article 45")

    again = json.loads(json.dumps(exported))
    receipt = again.pop("receipt")
    assert {(one["system"], one["external_id"]) for one in again["records"]} == {
        ("pos", "gone-1"),
        ("wechat:mini", "gone-2"),
    }
    assert {one["value"] for one in again["identifiers"]} == {f"+86{FATHER}", "wx-gone", "gone@example.com"}
    assert {(one["order_id"], one["amount_fen"], len(one["lines"])) for one in again["orders"]} == {
        ("T1", 1200, 1),
        ("T2", 300, 1),
    }
    assert again["records"][0]["profile"] == {"name": {"value": "欧阳消失", "stated": "1970-01-01T00:00:00.001+00:00"}}
    assert again["person"]["id"] == person_id
    assert len(again["person"]["ids"]) == 2
    assert receipt["sha256"] == hashlib.sha256(orjson.dumps(again, option=orjson.OPT_SORT_KEYS)).hexdigest()
    [stored] = await fetch_receipts(graph, person_id=person_id)
    assert (stored.id, stored.kind, stored.by, stored.reason) == (receipt["id"], "export", "care", "article 45")
    assert stored.counts == {
        "records": 2,
        "identifiers": 3,
        "orders": 2,
        "cases": 0,
        "decisions": 0,
        "ledger": 0,
        "membership": 0,
    }


async def test_an_export_counts_other_people_and_does_not_name_them(graph: Graph, identity: Identity) -> None:
    await ingest(graph, identity, EVENTS)
    await graph.write(
        run, _DECIDE, left="pos|gone-1", right="tmall:flagship|stay-1", id="D1", apart=True, reason="two faces"
    )

    exported = await export_person(
        graph, identity, await find(graph, identity, FATHER), requested_by="care", reason="article 45"
    )

    [decision] = exported["decisions"]
    assert (decision["id"], decision["says"], decision["other"]) == ("D1", "two persons", None)
    assert decision["stated"]["reason"] == "two faces"
    assert "stay-1" not in json.dumps(exported)


async def test_nothing_of_an_erased_person_is_left_but_ids_and_totals(graph: Graph, identity: Identity) -> None:
    await ingest(graph, identity, EVENTS)
    before = await graph.read(_ORDERS)
    others = (await read_partition(graph)) - {frozenset({"pos|gone-1", "wechat:mini|gone-2"})}

    done = await erase(graph, identity, await find(graph, identity, FATHER))

    left = await read_text(graph)
    gone = ("欧阳消失", "gone-1", "gone-2", FATHER, f"****{FATHER[-4:]}", "wx-gone", "example.com")
    keys = [identity.key_of(identity.normalise(raw)) for event in EVENTS[:2] for raw in event.identifiers]  # type: ignore[union-attr, arg-type]
    assert [word for word in (*gone, *keys) if word in left] == []
    assert await read_partition(graph) == others
    assert done.receipt.counts == {
        "records": 2, "identifiers_deleted": 3, "identifiers_kept": 0, "orders": 2, "cases": 0, "decisions": 0,
        "accounts": 0, "membership": 0,
    }  # fmt: skip
    after = await graph.read(_ORDERS)
    totals = [(row["key"], row["status"], row["amount_fen"], row["lines"]) for row in after]
    assert totals == [(row["key"], row["status"], row["amount_fen"], row["lines"]) for row in before]
    assert [row["buyer"] for row in after] == [None, None, "tmall:flagship|stay-1"]
    assert await fetch_counts(graph) == type(await fetch_counts(graph))(persons=1, records=1, orders=3)


async def test_a_tombstone_is_linked_to_nothing_and_keeps_nothing_else(graph: Graph, identity: Identity) -> None:
    await ingest(graph, identity, EVENTS)

    done = await erase(graph, identity, await find(graph, identity, FATHER))

    rows = await graph.read(_TOMBSTONES)
    assert [row["links"] for row in rows] == [0, 0]
    for row in rows:
        stone = row["properties"]
        assert set(stone) == {"key", "system", "birth_id", "created_ms", "erased_ms", "receipt"}
        assert stone["key"] == f"erased|{stone['birth_id']}"
        assert stone["receipt"] == done.receipt.id


async def test_every_id_of_an_erased_person_answers_erased(
    graph: Graph, identity: Identity, settings: Settings
) -> None:
    await ingest(graph, identity, EVENTS)
    person_id = await find(graph, identity, FATHER)

    done = await erase(graph, identity, person_id)

    finder = PersonFinder(graph, identity)
    assert len(done.ids) == 2
    for any_id in done.ids:
        with pytest.raises(Erased, match="never given to anyone else"):
            await finder.find_by_id(any_id)
    assert await finder.find_by_phone(FATHER) is None
    with pytest.raises(Erased):
        await export_person(graph, identity, person_id, requested_by="care", reason="article 45")
    await check_installation(graph, identity)
    async with open_client(settings) as client:
        error = await ask_for_error(client, "query ($id: ID!) { person(by: {id: $id}) { id } }", {"id": person_id})
    assert error["extensions"]["code"] == "ERASED"


async def test_the_past_answers_erased_too(graph: Graph, identity: Identity) -> None:
    await ingest(graph, identity, EVENTS)
    before = now_ms()
    done = await erase(graph, identity, await find(graph, identity, FATHER))

    for any_id in done.ids:
        with pytest.raises(Erased):
            await fetch_believed_person(graph, any_id, before)
        with pytest.raises(Erased):
            await find_valid_by_id(graph, identity, any_id, 1)
        with pytest.raises(Erased):
            await explain_person(graph, identity, any_id)


async def test_a_rehearsal_does_not_name_erased_records(graph: Graph, identity: Identity) -> None:
    await ingest(graph, identity, EVENTS)
    both = ["pos|gone-1", "tmall:flagship|stay-1"]
    report = json.dumps({"records": 3, "split_examples": [{"before": [], "after": [], "records": both}]})
    await graph.write(run, _REHEARSE, report=report, position="pos|gone-1")

    await erase(graph, identity, await find(graph, identity, FATHER))

    [row] = await graph.read(_REHEARSALS)
    assert json.loads(row["report"])["split_examples"][0]["records"] == ["tmall:flagship|stay-1"]
    assert row["position"] == ""


async def test_a_decision_on_an_identifier_that_goes_loses_its_words(graph: Graph, identity: Identity) -> None:
    await ingest(graph, identity, EVENTS)
    key = identity.key_of(identity.normalise(EVENTS[0].identifiers[0]))  # type: ignore[union-attr, arg-type]
    await graph.write(run, _LIFT, key=key, reason="欧阳消失 has four homes")

    done = await erase(graph, identity, await find(graph, identity, FATHER))

    assert done.receipt.counts["decisions"] == 1
    [decision] = [row["decision"] for row in await graph.read(_DECISIONS)]
    assert (decision["identifier"], decision["reason"], decision["allowed"]) == ("erased", "erased", 30)


async def test_erasing_again_gives_the_same_receipt_and_changes_nothing(graph: Graph, identity: Identity) -> None:
    await ingest(graph, identity, EVENTS)
    first = await erase(graph, identity, await find(graph, identity, FATHER))
    before = await read_everything(graph)

    for any_id in first.ids:
        again = await erase(graph, identity, any_id)
        assert (again.before, again.receipt) == (True, first.receipt)

    assert await read_everything(graph) == before


async def test_an_erasure_by_a_policy_that_was_replaced_erases_nothing(
    graph: Graph, identity: Identity, settings: Settings
) -> None:
    await ingest(graph, identity, EVENTS)
    person = await find(graph, identity, FATHER)
    await publish_policy(graph, f"# of today\n{DEFAULT_TEXT}", "tester", "a comment")
    before = await read_everything(graph)

    with pytest.raises(PolicyChanged):
        await erase(graph, identity, person)
    assert await read_everything(graph) == before

    assert not (await erase(graph, await Identity.load(graph, settings), person)).before


async def test_an_id_that_was_never_given_out_is_not_erased(graph: Graph, identity: Identity) -> None:
    with pytest.raises(NotFound) as refused:
        await erase(graph, identity, "01ARZ3NDEKTSV4RRFFQ69G5FAV")

    assert refused.value.code == "NOT_FOUND"


async def test_a_preview_tells_exactly_what_would_go_and_changes_nothing(graph: Graph, identity: Identity) -> None:
    await ingest(graph, identity, EVENTS)
    person_id = await find(graph, identity, FATHER)
    before = await read_everything(graph)

    planned = await erase(graph, identity, person_id, preview=True)

    assert await read_everything(graph) == before
    done = await erase(graph, identity, person_id)
    assert (planned.ids, planned.systems, planned.deleted, planned.kept) == (
        done.ids, done.systems, done.deleted, done.kept,
    )  # fmt: skip
    assert planned.receipt.counts == done.receipt.counts
    assert done.systems == {"pos": 1, "wechat:mini": 1}
    assert ("phone", "139****0001") in done.deleted


async def test_a_shared_phone_stays_with_those_who_share_it(graph: Graph, identity: Identity) -> None:
    events = [
        customer("pos", "father", phone=HOME, unionid="u-father", name="王大"),
        customer("pos", "mother", phone=HOME, unionid="u-mother", name="赵二"),
        customer("wechat:mini", "child", phone=HOME, unionid="u-child", name="王小"),
        customer("pos", "mother", phone=PHONES[2], at=2),
    ]
    await ingest(graph, identity, events)
    father = await PersonFinder(graph, identity).find_by_identifier("unionid", "acct", "u-father")
    assert father is not None
    others = {group for group in await read_partition(graph) if "pos|father" not in group}
    key = identity.key_of(identity.normalise(events[0].identifiers[0]))  # type: ignore[arg-type]
    [state] = await graph.read(_IDENTIFIER, key=key)
    assert state["live"] == 2

    done = await erase(graph, identity, father)

    assert {kind for kind, _ in done.kept} == {"phone"}
    [state] = await graph.read(_IDENTIFIER, key=key)
    assert (state["live"], state["releases"]) == (1, [2])
    assert others <= await read_partition(graph)
    assert (await check_slice(graph, identity.policy)).wrong == ()


async def test_an_erasure_may_free_an_identifier_from_quarantine_and_join_who_is_left(
    graph: Graph, identity: Identity
) -> None:
    await ingest(graph, identity, [customer("pos", f"n{number}", phone=PHONES[3]) for number in range(16)])
    await ingest(graph, identity, [customer("wechat:mini", "w", phone=PHONES[3])])
    assert len(await read_partition(graph)) == 17, "the phone is quarantined"
    first = await PersonFinder(graph, identity).find_by_id(await birth_id(graph, "pos|n0"))
    second = await PersonFinder(graph, identity).find_by_id(await birth_id(graph, "pos|n1"))
    assert first is not None
    assert second is not None

    await erase(graph, identity, first)
    await erase(graph, identity, second)

    assert len(await read_partition(graph)) == 1, "fifteen may share it"
    assert (await check_slice(graph, identity.policy)).wrong == ()


async def test_neighbours_of_a_component_that_is_too_large_wait_for_the_worker(
    graph: Graph, identity: Identity
) -> None:
    events = [
        customer("pos", "father", phone=HOME, unionid="u-father", name="王大"),
        customer("pos", "mother", phone=HOME, unionid="u-mother", name="赵二"),
    ]
    await ingest(graph, identity, events)
    father = await PersonFinder(graph, identity).find_by_identifier("unionid", "acct", "u-father")
    assert father is not None

    done = await erase(graph, identity.under(replace(identity.policy, max_component=1)), father)

    assert done.receipt.counts["records"] == 1
    assert set(await fetch_unsettled(graph)) == {"pos|mother"}
    assert "王大" not in await read_text(graph)


async def test_cases_and_decisions_lose_their_words(graph: Graph, identity: Identity) -> None:
    await ingest(
        graph,
        identity,
        [
            customer("pos", "a", phone=HOME, unionid="u-a", name="王大"),
            customer("pos", "b", phone=HOME, unionid="u-b"),
            *EVENTS,
        ],
    )
    await graph.write(run, _DECIDE, left="pos|a", right="pos|b", id="D1", apart=True, reason="王大 called: not his")
    [case] = [row["case"] for row in await graph.read(_CASES)]
    assert "pos|a" in case["sides"]
    await graph.write(run, _COMMENT, entry='[1,"steward","王大 was here"]', comment="王大")
    person = await PersonFinder(graph, identity).find_by_identifier("unionid", "acct", "u-a")
    assert person is not None

    done = await erase(graph, identity, person)

    assert (done.receipt.counts["cases"], done.receipt.counts["decisions"]) == (1, 1)
    [case] = [row["case"] for row in await graph.read(_CASES)]
    assert (case["state"], case["outcome"], case["reasons"]) == ("moot", "erased", [])
    [decision] = [row["decision"] for row in await graph.read(_DECISIONS)]
    assert decision == {
        "id": "D1", "kind": "cannot_link", "author": "steward", "reason": "erased", "decided_ms": 5, "left": "erased",
        "right": "erased", "field": "", "identifier": "", "withdrawn_ms": done.receipt.at_ms,
        "withdrawal_reason": "erased",
    }  # fmt: skip
    left = await read_text(graph)
    assert "王大" not in left
    assert "pos|a" not in left


async def test_an_old_file_does_not_bring_an_erased_person_back(graph: Graph, identity: Identity) -> None:
    await ingest(graph, identity, EVENTS)
    await erase(graph, identity, await find(graph, identity, FATHER))
    before = await read_everything(graph)

    for fresh in (identity, Identity(identity.vault, identity.policy, "CN")):
        for event in (*EVENTS, customer("pos", "gone-1"), order("pos", "T1", "gone-1", fen=1200)):
            await ingest(graph, fresh, [event])
        await ingest(graph, fresh, EVENTS)

    assert await read_everything(graph) == before


async def test_what_is_said_after_the_erasure_is_a_new_customer(graph: Graph, identity: Identity) -> None:
    await ingest(graph, identity, EVENTS)
    done = await erase(graph, identity, await find(graph, identity, FATHER))
    later = done.receipt.at_ms + 1

    await ingest(graph, identity, [customer("pos", "gone-1", phone=FATHER, name="欧阳新", at=later)])
    await ingest(graph, identity, EVENTS)

    found = await find(graph, identity, FATHER)
    assert found not in done.ids
    exported = await export_person(graph, identity, found, requested_by="care", reason="article 45")
    assert [one["value"] for one in exported["identifiers"]] == [f"+86{FATHER}"]
    assert exported["records"][0]["profile"]["name"]["value"] == "欧阳新"
    assert exported["orders"] == []


async def test_a_source_whose_clock_is_ahead_does_not_bring_them_back(graph: Graph, identity: Identity) -> None:
    ahead: list[CustomerEvent | OrderEvent] = [
        customer("pos", "gone-1", phone=FATHER, at=now_ms() + MAX_AHEAD_MS - 60_000),
        order("pos", "T1", "gone-1"),
    ]
    await ingest(graph, identity, ahead)
    await erase(graph, identity, await find(graph, identity, FATHER))
    before = await read_everything(graph)

    await ingest(graph, identity, ahead)

    assert await read_everything(graph) == before


async def test_erasures_cost_a_batch_one_look_up_and_a_graph_without_any_none(graph: Graph, identity: Identity) -> None:
    with count_statements() as none:
        await ingest(graph, identity, [customer("pos", "c1", phone=PHONES[0])])
    await ingest(graph, identity, EVENTS)
    await erase(graph, identity, await find(graph, identity, FATHER))
    await ingest(graph, identity, [customer("pos", "c2", phone=PHONES[2])])
    with count_statements() as some:
        await ingest(graph, identity, [customer("pos", "c3", phone=PHONES[3])])
    with count_statements() as repeated:
        await ingest(graph, identity, [customer("pos", "c3", phone=PHONES[3])])

    assert none.by_name["installation.fetch"] == 1
    assert some.by_name - none.by_name == {"barred.fetch": 1}
    assert repeated.by_name == {"barred.fetch": 1, "evidence.fetch_records": 1}


async def test_an_erasure_while_the_same_file_is_imported_wins(graph: Graph, identity: Identity) -> None:
    """However the two overlap: nothing of the person is left, and the persons follow from the evidence."""
    for number in range(8):
        events: list[CustomerEvent | OrderEvent] = [
            customer("pos", f"r{number}", phone=f"1370000{number:04d}", unionid=f"r{number}", name=f"竞{number}"),
            order("pos", f"R{number}", f"r{number}"),
        ]
        await ingest(graph, identity, events)
        person = await find(graph, identity, f"1370000{number:04d}")
        newer = customer("pos", f"r{number}", phone=f"1360000{number:04d}", name=f"竞{number}", at=2)
        async with anyio.create_task_group() as both:
            both.start_soon(erase, graph, identity, person)
            for fresh in (identity, Identity(identity.vault, identity.policy, "CN")):
                both.start_soon(ingest, graph, fresh, [*events, newer, order("pos", f"S{number}", f"r{number}")])

    left = await read_text(graph)
    assert "竞" not in left
    assert "pos|r" not in left
    assert "136****" not in left
    assert (await check_slice(graph, identity.policy)).wrong == ()


async def test_an_erasure_of_which_another_task_has_told_this_process_is_not_missed(
    graph: Graph, identity: Identity, monkeypatch: pytest.MonkeyPatch
) -> None:
    await ingest(graph, identity, EVENTS)
    person = await find(graph, identity, FATHER)

    async def drop_and_somebody_is_erased(*args: Any) -> Any:
        monkeypatch.setattr(ingest_service, "drop_barred", drop_barred)
        kept = await drop_barred(*args)
        await erase(graph, identity, person)
        await ingest(graph, identity, [customer("jd", "other", phone=PHONES[2])])
        return kept

    monkeypatch.setattr(ingest_service, "drop_barred", drop_and_somebody_is_erased)
    await ingest(graph, identity, [customer("pos", "gone-1", phone=HOME, name="欧阳消失", at=2)])

    assert identity.erasures.persons == 1
    left = await read_text(graph)
    assert "欧阳" not in left
    assert "gone-1" not in left


async def test_erasures_outlast_a_new_identity_key(graph: Graph, identity: Identity, settings: Settings) -> None:
    await check_installation(graph, identity)
    await ingest(graph, identity, EVENTS)
    done = await erase(graph, identity, await find(graph, identity, FATHER))
    renewed = Identity.from_settings(settings.model_copy(update={"identity_key": SecretStr("ab" * 32)}))
    await rotate_keys(graph, Rotation(identity.vault, renewed.vault))
    before = await read_everything(graph)

    await ingest(graph, renewed, EVENTS)

    assert await read_everything(graph) == before
    with pytest.raises(Erased):
        await PersonFinder(graph, renewed).find_by_id(done.ids[0])
    with pytest.raises(Unavailable, match="identity key"):
        await erase(graph, identity, await birth_id(graph, "tmall:flagship|stay-1"))


async def test_the_patrol_passes_over_tombstones(graph: Graph, identity: Identity) -> None:
    await ingest(graph, identity, [customer("a", f"a{n}", phone=f"1350000{n:04d}") for n in range(4)])
    await ingest(graph, identity, [customer("pos", f"p{n}", phone=f"1340000{n:04d}") for n in range(4)])
    for number in range(3):
        await erase(graph, identity, await find(graph, identity, f"1350000{number:04d}"))

    seen, after = 0, ""
    for _ in range(9):
        checked = await check_slice(graph, identity.policy, after=after, limit=2)
        seen, after = seen + checked.records, checked.last or ""
        if not after:
            break

    assert seen == 5


async def test_a_receipt_needs_a_reason_and_hides_what_looks_personal(graph: Graph, identity: Identity) -> None:
    await ingest(graph, identity, EVENTS)
    person = await find(graph, identity, FATHER)

    with pytest.raises(InvalidInput, match="why"):
        await erase_person(graph, identity, person, requested_by="care", reason=" ")
    done = await erase_person(graph, identity, person, requested_by="care", reason=f"called from {FATHER}")

    assert FATHER not in done.receipt.reason
    assert FATHER not in await read_text(graph)


async def test_the_commands(graph: Graph, identity: Identity, settings: Settings, tmp_path: Path) -> None:
    await check_installation(graph, identity)
    await ingest(graph, identity, EVENTS)
    environ = environ_of(settings)
    out = tmp_path / "copy.json"

    exported = run_hub(environ, "privacy", "export", FATHER, "--out", str(out), "--reason", "article 45")
    refused = run_hub(environ, "privacy", "export", FATHER, "--out", str(out), "--reason", "article 45")
    planned = run_hub(environ, "privacy", "erase", FATHER, "--reason", "article 47", "--preview")
    unasked = run_hub(environ, "privacy", "erase", FATHER, "--reason", "article 47")
    person_id = await find(graph, identity, FATHER)
    erased = run_hub(environ, "privacy", "erase", person_id, "--reason", "article 47", "--yes")
    again = run_hub(environ, "privacy", "erase", person_id, "--reason", "article 47", "--yes")
    gone = run_hub(environ, "privacy", "export", person_id, "--out", str(tmp_path / "x"), "--reason", "article 45")
    listed = run_hub(environ, "privacy", "receipts")

    assert (exported.returncode, exported.stderr) == (0, "")
    assert json.loads(out.read_text())["person"]["id"] == person_id
    assert out.stat().st_mode & 0o777 == 0o600
    assert (refused.returncode, "File exists" in refused.stderr) == (1, True)
    assert planned.returncode == 0
    assert "phone 139****0001: goes" in planned.stdout
    assert (unasked.returncode, unasked.stderr.splitlines()[-1][:19]) == (1, "Nothing was erased.")
    assert "--yes" in unasked.stderr
    assert (erased.returncode, again.returncode) == (0, 0)
    assert again.stdout.startswith("Erased before. ")
    assert (gone.returncode, "erased" in gone.stderr) == (1, True)
    assert not (tmp_path / "x").exists()
    assert [line.split()[2] for line in listed.stdout.splitlines()] == ["erasure", "export"]
    assert FATHER not in planned.stdout + erased.stdout + again.stdout + listed.stdout
