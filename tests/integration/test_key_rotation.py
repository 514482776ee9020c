"""A new identity key: the same people are found by it, whatever happens on the way."""

from __future__ import annotations

import json
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

import anyio
import pytest
from pydantic import SecretStr

from connectors.files.mapping import load_mapping
from graph import evidence, installation, personal_data, rotation
from graph.database import Graph, Transaction
from graph.installation import fetch_installation
from graph.migrations import migrate
from graph.rotation import SealedIdentifier
from graph.statement import Statement
from hub.core.errors import Conflict, Erased, InvalidSettings, Unavailable
from hub.core.model import System
from hub.core.settings import Settings
from hub.embedded.stack import Stack
from hub.services.access.signing import Keys, ensure_key, load_keys
from hub.services.check_installation import check_installation
from hub.services.check_persons import check_slice
from hub.services.decisions import fetch_decisions, make_decision, request_lift, request_link, withdraw_decision
from hub.services.facts import state_customer
from hub.services.find_person import PersonFinder
from hub.services.identity import Identity
from hub.services.import_file import ImportRequest, import_file
from hub.services.ingest import apply_facts
from hub.services.key_rotation import Rotated, Rotation, rotate_keys
from hub.services.personal_data.erase import erase_person
from hub.services.replay import replay
from tests.integration.api_client import ask, ask_for_error, open_client
from tests.integration.api_process import environ_of
from tests.support.commands import run_hub
from tests.support.contents import read_all_but_imports, read_everything, read_partition
from tests.support.events import PHONES, customer
from tests.support.servers import chosen_engine
from tests.support.stewardship import put, read_births, read_places, said

pytestmark = pytest.mark.anyio

NEW_KEY: Final = "ab" * 32
_IDENTIFIERS: Final = Statement(
    "tests.identifiers", "read", "MATCH (i:Identifier) RETURN i.key AS key, i.sealed AS sealed ORDER BY key"
)
_SEALED: Final = Statement(
    "tests.sealed",
    "read",
    "UNWIND $records AS key MATCH (:Record {key: key})-[:CLAIMS]->(i:Identifier) RETURN DISTINCT i.sealed AS sealed",
)
_CASES: Final = Statement("tests.cases", "read", "MATCH (c:Case) RETURN c.key AS key, c.state AS state ORDER BY key")
_PROLONG: Final = Statement(
    "tests.prolong", "write", "MATCH (i:Installation) SET i.held_until_ms = i.held_until_ms + 3600000"
)
_EXPIRE: Final = Statement("tests.expire", "write", "MATCH (i:Installation) SET i.held_until_ms = 0")
_FORGET_VALUE: Final = Statement(
    "tests.forget_value", "write", "MATCH (i:Identifier {key: $key}) SET i.sealed = $sealed"
)
_UNNAME: Final = Statement(
    "tests.unname", "write", "MATCH (i:Identifier) SET i.sealed = '1.' + split(i.sealed, '.')[1]"
)


class Stopped(Exception):
    """The process ended here."""


@pytest.fixture
def renewed(settings: Settings) -> Identity:
    """The same hub with its next key."""
    return Identity.from_settings(settings.model_copy(update={"identity_key": SecretStr(NEW_KEY)}))


async def run(tx: Transaction, /, statement: Statement, **parameters: Any) -> None:
    await tx.run(statement, **parameters)


async def fill(graph: Graph, identity: Identity, persons: int = 30) -> None:
    """Persons of two records each, and a hotline's worth of records that open cases."""
    events = [
        customer(system, f"c{number}", phone=f"1390000{number:04d}", unionid=f"u{number}", name="张伟")
        for number in range(persons)
        for system in ("pos", "wechat:mini")
    ]
    events += [customer("tmall:flagship", f"t{number}", phone=PHONES[0]) for number in range(16)]
    events += [
        customer("pos", f"k{number}", phone=PHONES[1], unionid=f"k{number}", name=f"李{number}") for number in (1, 2)
    ]
    await check_installation(graph, identity)
    facts = [state_customer(identity, event, default_ms=1, source="test") for event in events]
    await graph.write(apply_facts, identity, facts, [])


def vault_of(sealed: str | None) -> str:
    """The id of the key that sealed a value."""
    return (sealed or "").partition(".")[0]


async def find_ids(graph: Graph, identity: Identity, persons: int = 30) -> list[str | None]:
    finder = PersonFinder(graph, identity)
    return [await finder.find_by_phone(f"1390000{number:04d}") for number in range(persons)]


def rotation_of(identity: Identity, renewed: Identity, **options: Any) -> Rotation:
    return Rotation(identity.vault, renewed.vault, **options)


async def test_the_same_people_are_found_by_the_new_key(graph: Graph, identity: Identity, renewed: Identity) -> None:
    await fill(graph, identity)
    people, partition = await find_ids(graph, identity), await read_partition(graph)

    done = await rotate_keys(graph, rotation_of(identity, renewed, batch=7))

    assert done == Rotated(rewritten=64, left=0)
    assert await find_ids(graph, renewed) == people
    assert await read_partition(graph) == partition
    assert (await check_slice(graph, renewed.policy)).wrong == ()
    await check_installation(graph, renewed)
    with pytest.raises(InvalidSettings, match="HUB_IDENTITY_KEY"):
        await check_installation(graph, identity)


async def test_every_value_opens_with_the_new_key_under_its_new_hash(
    graph: Graph, identity: Identity, renewed: Identity
) -> None:
    await fill(graph, identity)

    await rotate_keys(graph, rotation_of(identity, renewed))

    values = [renewed.vault.reveal(row["sealed"], row["key"]) for row in await graph.read(_IDENTIFIERS)]
    assert {f"+861390000{number:04d}" for number in range(30)} <= set(values)


async def test_the_keys_that_sign_tokens_follow(graph: Graph, identity: Identity, renewed: Identity) -> None:
    await fill(graph, identity)
    await ensure_key(graph, identity.vault, now_ms=1)
    before = await load_keys(graph, identity.vault, now_ms=1, known=Keys())

    await rotate_keys(graph, rotation_of(identity, renewed))

    after = await load_keys(graph, renewed.vault, now_ms=1, known=Keys())
    assert before.signing is not None
    assert after.signing is not None
    assert after.signing[1].as_dict(private=True) == before.signing[1].as_dict(private=True)
    assert after.stored != before.stored


async def test_values_from_before_keys_had_ids_are_rotated(graph: Graph, identity: Identity, renewed: Identity) -> None:
    await fill(graph, identity)
    await graph.write(run, _UNNAME)

    done = await rotate_keys(graph, rotation_of(identity, renewed))

    assert done.rewritten == 64
    assert None not in await find_ids(graph, renewed)


async def test_cases_follow_their_identifiers(graph: Graph, identity: Identity, renewed: Identity) -> None:
    await fill(graph, identity)
    before = await graph.read(_CASES)
    assert {row["key"].partition(":")[0] for row in before} >= {"quarantine"}

    await rotate_keys(graph, rotation_of(identity, renewed, batch=3))

    after = [row["key"].partition(":") for row in await graph.read(_CASES)]
    keys = {row["key"] for row in await graph.read(_IDENTIFIERS)}
    assert sorted(kind for kind, _, _ in after) == sorted(row["key"].partition(":")[0] for row in before)
    assert {key for _, _, key in after} <= keys


async def test_a_lift_follows_its_identifier(graph: Graph, identity: Identity, renewed: Identity) -> None:
    await fill(graph, identity)
    cases = [row["key"].partition(":") for row in await graph.read(_CASES)]
    [hotline] = [key for kind, _, key in cases if kind == "quarantine"]
    await make_decision(graph, identity, request_lift(hotline, 20, author="li", reason="one customer's shop"))
    persons = await read_partition(graph)

    await rotate_keys(graph, rotation_of(identity, renewed, batch=9))

    [lift] = await fetch_decisions(graph)
    assert lift.identifier in {row["key"] for row in await graph.read(_IDENTIFIERS)} - {hotline}
    assert await read_partition(graph) == persons
    assert (await replay(graph, renewed.policy)).equal


async def test_importing_the_same_file_again_changes_nothing(
    graph: Graph, identity: Identity, renewed: Identity, tmp_path: Path
) -> None:
    path = tmp_path / "customers.csv"
    rows = [f"c{number},1380000{number:04d},u{number}" for number in range(50)]
    path.write_text("\n".join(["external_id,phone,unionid", *rows, ""]))
    mapping = tmp_path / "m.yaml"
    mapping.write_text(
        "version: 1\nkind: customers\nexternal_id: external_id\n"
        "identifiers: [{type: phone, column: phone}, {type: unionid, scope: a, column: unionid}]\n"
    )
    request = ImportRequest(path, System("pos"), load_mapping(mapping))
    await check_installation(graph, identity)
    await import_file(graph, identity, request, timezone="Asia/Shanghai")
    await rotate_keys(graph, rotation_of(identity, renewed, batch=20))
    rotated = await read_all_but_imports(graph)

    again = ImportRequest(path, System("pos"), load_mapping(mapping), again=True)
    summary = await import_file(graph, renewed, again, timezone="Asia/Shanghai")

    assert (summary.accepted, summary.changed_records) == (50, 0)
    assert await read_all_but_imports(graph) == rotated


@pytest.mark.parametrize("batches", [0, 1, 3, 8])
async def test_a_rotation_that_dies_goes_on_where_it_was(
    graph: Graph, identity: Identity, renewed: Identity, monkeypatch: pytest.MonkeyPatch, batches: int
) -> None:
    await fill(graph, identity)
    people = await find_ids(graph, identity)
    stored = 0

    async def die(tx: Transaction, rows: Any) -> None:
        nonlocal stored
        if stored == batches:
            raise Stopped
        stored += 1
        await rewrite(tx, rows)

    rewrite = rotation.rewrite
    monkeypatch.setattr(rotation, "rewrite", die)
    with pytest.raises(Stopped):
        await rotate_keys(graph, rotation_of(identity, renewed, batch=7))
    monkeypatch.undo()
    for either in (identity, renewed):
        with pytest.raises(Conflict, match="hub keys rotate"):
            await check_installation(graph, either)

    done = await rotate_keys(graph, rotation_of(identity, renewed, batch=7))

    assert done.rewritten == 64 - 7 * batches
    assert await find_ids(graph, renewed) == people
    assert (await check_slice(graph, renewed.policy)).wrong == ()


async def test_a_wrong_previous_key_changes_nothing(graph: Graph, identity: Identity, renewed: Identity) -> None:
    await fill(graph, identity)
    before = await read_everything(graph)
    wrong = Identity.from_settings(Settings(identity_key=SecretStr("ef" * 32)))

    with pytest.raises(InvalidSettings, match="nothing was changed"):
        await rotate_keys(graph, rotation_of(wrong, renewed))

    assert await read_everything(graph) == before


async def test_a_rotation_to_a_third_key_waits_for_the_one_that_is_unfinished(
    graph: Graph, identity: Identity, renewed: Identity, monkeypatch: pytest.MonkeyPatch
) -> None:
    await fill(graph, identity)
    third = Identity.from_settings(Settings(identity_key=SecretStr("ef" * 32)))

    async def die(*_: Any) -> None:
        raise Stopped

    monkeypatch.setattr(rotation, "rewrite", die)
    with pytest.raises(Stopped):
        await rotate_keys(graph, rotation_of(identity, renewed))

    with pytest.raises(Conflict, match="finish that one first"):
        await rotate_keys(graph, rotation_of(identity, third))


async def test_a_second_rotator_is_refused(
    graph: Graph, identity: Identity, renewed: Identity, monkeypatch: pytest.MonkeyPatch
) -> None:
    await fill(graph, identity)
    calls = 0

    async def meet(found: Graph, done: str, *, after: str, limit: int) -> list[SealedIdentifier]:
        nonlocal calls
        calls += 1
        if calls == 2:
            with pytest.raises(Conflict, match="Another process is rotating"):
                await rotate_keys(graph, rotation_of(identity, renewed))
        return await fetch_page(found, done, after=after, limit=limit)

    fetch_page = rotation.fetch_page
    monkeypatch.setattr(rotation, "fetch_page", meet)
    await rotate_keys(graph, rotation_of(identity, renewed, batch=30))

    assert calls > 2
    assert None not in await find_ids(graph, renewed)


async def test_values_that_are_not_stored_refuse_the_rotation_unless_left(
    graph: Graph, identity: Identity, renewed: Identity
) -> None:
    await fill(graph, identity)
    first, second, *_ = await graph.read(_IDENTIFIERS)
    await graph.write(run, _FORGET_VALUE, key=first["key"], sealed="")
    await graph.write(run, _FORGET_VALUE, key=second["key"], sealed=None)
    partition = await read_partition(graph)

    with pytest.raises(Conflict, match="2 identifiers cannot be read"):
        await rotate_keys(graph, rotation_of(identity, renewed))
    await check_installation(graph, identity)
    done = await rotate_keys(graph, rotation_of(identity, renewed, leave_unreadable=True))

    assert done == Rotated(rewritten=62, left=2)
    assert await read_partition(graph) == partition
    assert {first["key"], second["key"]} <= {row["key"] for row in await graph.read(_IDENTIFIERS)}
    await check_installation(graph, renewed)


async def test_a_writer_that_was_not_stopped_is_refused(graph: Graph, identity: Identity, renewed: Identity) -> None:
    await fill(graph, identity)
    await rotate_keys(graph, rotation_of(identity, renewed))
    before = await read_everything(graph)
    fact = state_customer(identity, customer("pos", "late", phone=PHONES[4]), default_ms=1, source="test")

    with pytest.raises(Unavailable, match="identity key"):
        await graph.write(apply_facts, identity, [fact], [])

    assert await read_everything(graph) == before


async def test_writers_beside_a_rotation_lose_nothing_that_was_committed(
    graph: Graph, identity: Identity, renewed: Identity
) -> None:
    await fill(graph, identity)
    events = [customer("jd", f"j{number}", phone=f"1390000{number % 30:04d}") for number in range(60)]
    stored: list[int] = []
    refused: list[int] = []
    begun = anyio.Event()

    async def write(numbers: range) -> None:
        for number in numbers:
            fact = state_customer(identity, events[number], default_ms=1, source="test")
            try:
                await graph.write(apply_facts, identity, [fact], [])
            except Unavailable:
                refused.append(number)
            else:
                stored.append(number)
                if len(stored) == 6:
                    begun.set()

    async with anyio.create_task_group() as group:
        group.start_soon(write, range(30))
        group.start_soon(write, range(30, 60))
        await begun.wait()
        await rotate_keys(graph, rotation_of(identity, renewed, batch=7))

    assert refused
    kept = {name for group_of in await read_partition(graph) for name in group_of if name.startswith("jd|")}
    assert kept == {f"jd|j{number}" for number in stored}
    late = [state_customer(renewed, events[number], default_ms=1, source="test") for number in refused]
    await graph.write(apply_facts, renewed, late, [])
    assert len(await graph.read(_IDENTIFIERS)) == 64
    assert (await replay(graph, renewed.policy)).equal
    assert (await check_slice(graph, renewed.policy)).wrong == ()


async def test_a_decision_that_a_rotation_overtakes_leaves_no_identifier_of_the_old_key(
    graph: Graph, identity: Identity, renewed: Identity, monkeypatch: pytest.MonkeyPatch
) -> None:
    await fill(graph, identity, persons=3)

    async def touch_and_be_overtaken(*args: Any) -> Any:
        monkeypatch.setattr(evidence, "touch_identifiers", touch)
        await rotate_keys(graph, rotation_of(identity, renewed))
        return await touch(*args)

    touch = evidence.touch_identifiers
    monkeypatch.setattr(evidence, "touch_identifiers", touch_and_be_overtaken)
    await make_decision(graph, identity, request_link("pos|c0", "pos|c1", apart=False, author="li", reason="called"))

    assert {vault_of(row["sealed"]) for row in await graph.read(_IDENTIFIERS)} == {renewed.vault.key_id}
    assert (await replay(graph, renewed.policy)).equal


async def test_a_case_that_a_decision_opens_beside_a_rotation_follows_its_identifier(
    graph: Graph, identity: Identity, renewed: Identity, monkeypatch: pytest.MonkeyPatch
) -> None:
    await check_installation(graph, identity)
    left, right = "pos|a", "pos|b"
    await put(graph, identity, said(left, ("unionid", "u1")), said(right, ("unionid", "u2")))
    made = await make_decision(graph, identity, request_link(left, right, apart=False, author="li", reason="called"))
    await put(graph, identity, *(said(record, ("phone", PHONES[0]), at=2) for record in (left, right)))
    assert not await graph.read(_CASES)

    async def rewrite_what_is_discussed_by_now(*args: Any) -> None:
        monkeypatch.setattr(rotation, "rewrite", rewrite)
        await withdraw_decision(graph, identity, made.id, "li", "a mistake")
        await rewrite(*args)

    rewrite = rotation.rewrite
    monkeypatch.setattr(rotation, "rewrite", rewrite_what_is_discussed_by_now)
    await rotate_keys(graph, rotation_of(identity, renewed))

    [case] = await graph.read(_CASES)
    assert case["key"].partition(":")[2] in {row["key"] for row in await graph.read(_IDENTIFIERS)}


@pytest.mark.parametrize("finished", [True, False])
async def test_an_erasure_that_a_rotation_overtakes_is_refused(
    graph: Graph, identity: Identity, renewed: Identity, monkeypatch: pytest.MonkeyPatch, finished: bool
) -> None:
    """What it seals with the old key would stop everybody who comes after the rotation."""
    await fill(graph, identity, persons=3)
    person = (await read_places(graph))["pos|c0"]

    async def die(*_: Any) -> None:
        raise Stopped

    async def find_and_be_overtaken(*args: Any) -> Any:
        monkeypatch.undo()
        if not finished:
            monkeypatch.setattr(rotation, "rewrite", die)
        with suppress(Stopped):
            await rotate_keys(graph, rotation_of(identity, renewed))
        return await find(*args)

    find = personal_data.find_subject
    monkeypatch.setattr(personal_data, "find_subject", find_and_be_overtaken)
    with pytest.raises(Unavailable, match="identity key"):
        await erase_person(graph, identity, person, requested_by="li", reason="asked for it")
    monkeypatch.undo()

    await rotate_keys(graph, rotation_of(identity, renewed))
    assert (await fetch_installation(graph)).erasures.persons == 0
    await erase_person(graph, renewed, person, requested_by="li", reason="asked for it")
    await put(graph, renewed, said("pos|new", ("phone", PHONES[4])), said("pos|c0", ("phone", PHONES[5])))
    assert frozenset({"pos|new"}) in await read_partition(graph)
    assert "pos|c0" not in "".join(await read_everything(graph))


async def test_nothing_of_persons_erased_beside_a_rotation_comes_back(
    graph: Graph, identity: Identity, renewed: Identity, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Some before it, some while it begins, who may be refused, and these once it has ended."""
    await fill(graph, identity)
    events = [
        customer(
            system, f"gone-{number}", phone=f"1370000{number:04d}", email=f"g{number}@example.com", name="欧阳消失"
        )
        for number in range(12)
        for system in ("pos", "wechat:mini")
    ]
    await put(graph, identity, *events)
    places, births = await read_places(graph), await read_births(graph)
    ids = [births[f"pos|gone-{number}"] for number in range(12)]
    kept = await read_partition(graph) - {
        frozenset({f"pos|gone-{number}", f"wechat:mini|gone-{number}"}) for number in range(12)
    }
    named = [raw for event in events for raw in event.identifiers]
    words = {
        "欧阳消失", "gone-", "137****", "@example.com",
        *(one.key_of(value) for one in (identity, renewed) for raw in named if (value := one.normalise(raw))),
        *(row["sealed"] for row in await graph.read(_SEALED, records=[str(event.record) for event in events])),
    }  # fmt: skip
    refused: list[str] = []
    begun = anyio.Event()

    async def erase_some(numbers: range) -> None:
        for number in numbers:
            try:
                await erase_person(graph, identity, places[f"pos|gone-{number}"], requested_by="li", reason="asked")
            except Unavailable:
                refused.append(places[f"pos|gone-{number}"])

    async def begin_and_tell(*args: Any) -> None:
        await begin(*args)
        begun.set()

    begin = installation.begin_rotation
    monkeypatch.setattr(installation, "begin_rotation", begin_and_tell)
    await erase_some(range(4))
    async with anyio.create_task_group() as group:
        group.start_soon(rotate_keys, graph, rotation_of(identity, renewed, batch=5))
        await begun.wait()
        group.start_soon(erase_some, range(4, 8))
        group.start_soon(erase_some, range(8, 12))
    assert refused
    for person in refused:
        await erase_person(graph, renewed, person, requested_by="li", reason="asked")
    await put(graph, renewed, *events)

    left = "\n".join(await read_everything(graph))
    assert [word for word in words if word in left] == []
    rows = await graph.read(_IDENTIFIERS)
    values = {renewed.vault.reveal(row["sealed"], row["key"]) for row in rows}
    assert not [value for value in values if value.startswith("+86137") or "@" in value]
    assert await read_partition(graph) == kept
    for any_id in ids:
        with pytest.raises(Erased):
            await PersonFinder(graph, renewed).find_by_id(any_id)
    assert (await replay(graph, renewed.policy)).equal


async def test_an_api_that_was_not_stopped_says_so_instead_of_taking_everybody_for_unknown(
    settings: Settings, graph: Graph, identity: Identity, renewed: Identity
) -> None:
    await fill(graph, identity, persons=1)
    query = "query Find($by: PersonBy!) { person(by: $by) { id } }"
    known = {"by": {"phone": "13900000000"}}
    async with open_client(settings) as client:
        person = (await ask(client, query, known))["person"]["id"]
        unknown = await ask(client, query, {"by": {"phone": PHONES[5]}})
        await rotate_keys(graph, rotation_of(identity, renewed))
        error = await ask_for_error(client, query, known)
        by_id = await ask(client, query, {"by": {"id": person}})
        ready = await client.get("/readyz")

    assert unknown == {"person": None}
    assert error["extensions"] == {"code": "UNAVAILABLE", "retryAfterSeconds": 30.0}
    assert by_id == {"person": {"id": person}}
    assert ready.status_code == 503
    assert "restart it with the new key" in ready.json()["checks"]["identity_key"]["reason"]


async def test_doing_it_again_does_nothing(graph: Graph, identity: Identity, renewed: Identity) -> None:
    await fill(graph, identity)
    await rotate_keys(graph, rotation_of(identity, renewed))
    before = await read_everything(graph)

    assert await rotate_keys(graph, rotation_of(identity, renewed)) == Rotated(was_done=True)
    assert await read_everything(graph) == before


async def test_a_killed_process_leaves_what_the_next_one_finishes(
    graph: Graph, identity: Identity, renewed: Identity, settings: Settings, tmp_path: Path
) -> None:
    await fill(graph, identity, persons=300)
    people = await find_ids(graph, identity, persons=30)
    old = settings.identity_key
    assert old is not None
    environ = environ_of(
        settings,
        HUB_DATA_DIR=str(tmp_path),
        HUB_IDENTITY_KEY=NEW_KEY,
        HUB_IDENTITY_KEY_PREVIOUS=old.get_secret_value(),
    )
    command = [sys.executable, "-m", "hub.cli", "keys", "rotate", "--batch", "5", "--pause-ms", "50"]

    process = await anyio.open_process(command, env=environ, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    while (done := (await rotation.count_by_key(graph)).get(renewed.vault.key_id, 0)) < 20:
        assert process.returncode is None
    process.kill()
    await process.wait()
    await graph.write(run, _PROLONG)  # a busy machine may start a process only once the dead one's lease has ended
    refused = run_hub(environ, "person", "13900000001")
    busy = run_hub(environ, "keys", "rotate")
    await graph.write(run, _EXPIRE)
    status = run_hub(environ, "keys", "status")
    finished = run_hub(environ, "keys", "rotate")

    assert done < 600
    assert (refused.returncode, "not finished" in refused.stderr) == (1, True)
    assert (busy.returncode, "Another process is rotating" in busy.stderr) == (1, True)
    assert (status.returncode, "unfinished" in status.stdout) == (1, True)
    assert (finished.returncode, finished.stderr.count("Traceback")) == (0, 0)
    assert (await fetch_installation(graph)).fingerprint == renewed.fingerprint
    assert await find_ids(graph, renewed, persons=30) == people
    assert (await check_slice(graph, renewed.policy)).wrong == ()
    assert run_hub(environ, "keys", "status").returncode == 0
    never_it = run_hub(environ | {"HUB_IDENTITY_KEY_PREVIOUS": "5c" * 32}, "keys", "rotate")
    assert never_it.returncode == 0
    assert never_it.stdout == f"The graph has the identity key {renewed.vault.key_id} already: nothing was done.\n"


def test_a_fresh_key_is_one_that_the_settings_accept(settings: Settings) -> None:
    printed = run_hub(environ_of(settings), "keys", "new").stdout.strip()

    assert Settings(identity_key=SecretStr(printed)).require_identity_key() == bytes.fromhex(printed)


async def test_a_data_directory_that_keeps_its_key_is_rotated_by_one_command(tmp_path: Path) -> None:
    if chosen_engine() != "embedded":
        pytest.skip("the embedded stack keeps its key in its data directory")
    asked = Settings(data_dir=tmp_path, embedded_durable=False)
    path, environ = tmp_path / "credentials.json", environ_of(asked)
    async with Stack(asked, frozenset({"graph"})) as stack, Graph.open(stack.settings) as graph:
        await migrate(graph)
        await fill(graph, Identity.from_settings(stack.settings), persons=3)
        kept = json.loads(path.read_text())["identity_key"]
        first = await anyio.to_thread.run_sync(run_hub, environ, "keys", "rotate")
        wrong = await anyio.to_thread.run_sync(run_hub, environ | {"HUB_IDENTITY_KEY": kept}, "keys", "status")
        status = await anyio.to_thread.run_sync(run_hub, environ, "keys", "status")

    async with Stack(asked, frozenset({"graph"})) as stack, Graph.open(stack.settings) as graph:
        renewed = Identity.from_settings(stack.settings)
        await check_installation(graph, renewed)
        assert None not in await find_ids(graph, renewed, persons=3)
    assert (first.returncode, wrong.returncode, status.returncode) == (0, 1, 0)
    assert "10 identifiers were rewritten" in first.stdout
    held = json.loads(path.read_text())
    assert held["identity_key"] != kept
    assert "identity_key_next" not in held
    assert path.stat().st_mode & 0o777 == 0o600
