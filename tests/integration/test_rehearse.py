"""Another policy is rehearsed, then applied or dropped: what was rehearsed is what comes, whatever happens between."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from graph.database import Graph
from graph.rehearsals import fetch_rehearsals
from hub.core.errors import Conflict, InvalidInput, NotFound, PolicyChanged
from hub.core.settings import Settings
from hub.services import apply_rehearsal as application
from hub.services import ingest
from hub.services.apply_rehearsal import apply_rehearsal, drop_rehearsal
from hub.services.facts import state_customer
from hub.services.identity import Identity
from hub.services.ingest import apply_facts
from hub.services.policy import DEFAULT_TEXT, publish_policy
from hub.services.rehearse import Report, load_marks, rehearse
from hub.services.replay import replay
from hub.services.settle_large import settle_waiting
from tests.support.contents import read_everything, read_partition
from tests.support.events import PHONES, customer
from tests.support.stewardship import find_cases

pytestmark = pytest.mark.anyio


def quiet(_stage: str, _done: int, _total: int) -> None:
    return None


def with_phone_limit(records: int) -> str:
    """The shipped policy, with another number of records that may share a phone."""
    head, phone, tail = DEFAULT_TEXT.partition("\n  phone:")
    body, rest = tail.split("max_records:", 1)
    _, line_end, rest = rest.partition("\n")
    return f"{head}{phone}{body}max_records: {records}{line_end}{rest}"


async def put(graph: Graph, identity: Identity, *numbers: int, phone: str = PHONES[0]) -> None:
    events = [customer("pos", f"c{number}", phone=phone) for number in numbers]
    facts = [state_customer(identity, event, default_ms=1, source="test") for event in events]
    await graph.write(apply_facts, identity, facts, [])


async def fill(graph: Graph, identity: Identity) -> None:
    """One person of three records and one phone, three persons of two."""
    await put(graph, identity, 0, 1, 2)
    for place in (1, 2, 3):
        await put(graph, identity, 10 * place, 10 * place + 1, phone=PHONES[place])


async def try_out(graph: Graph, identity: Identity, text: str) -> tuple[str, Report]:
    rehearsal, report = await rehearse(graph, identity, text, author="tester", progress=quiet)
    return rehearsal.id, report


async def test_a_rehearsal_tells_splits_and_quarantines_and_moves_nobody(graph: Graph, identity: Identity) -> None:
    await fill(graph, identity)
    before = await read_partition(graph)

    _, report = await try_out(graph, identity, with_phone_limit(2))

    assert (report.persons_before, report.persons_after) == (4, 6)
    assert (report.split, report.merged, report.quarantined, report.moved) == (1, 0, 1, 2)
    assert report.questions_after - report.questions_before == 1
    assert len(report.split_examples[0].after) == 3
    assert not report.dissolves
    assert await read_partition(graph) == before


async def test_applying_gives_what_was_rehearsed(graph: Graph, identity: Identity, settings: Settings) -> None:
    await fill(graph, identity)
    rehearsal_id, _ = await try_out(graph, identity, with_phone_limit(2))

    done = await apply_rehearsal(graph, identity, rehearsal_id, progress=quiet)

    assert (done.version, done.moved, done.as_rehearsed, done.arrived) == (1, 2, True, False)
    assert len(await read_partition(graph)) == 6
    assert (await replay(graph, (await Identity.load(graph, settings)).policy)).equal
    [case] = await find_cases(graph)
    assert (case.kind, case.type) == ("blast_radius", "phone")
    [kept] = await fetch_rehearsals(graph)
    assert (kept.state, kept.version) == ("applied", 1)


async def test_what_arrived_in_between_is_reported(graph: Graph, identity: Identity) -> None:
    await fill(graph, identity)
    rehearsal_id, _ = await try_out(graph, identity, with_phone_limit(2))
    await put(graph, identity, 12, phone=PHONES[1])

    done = await apply_rehearsal(graph, identity, rehearsal_id, progress=quiet)

    assert (done.as_rehearsed, done.arrived, done.new_records) == (False, True, 1)


async def test_a_value_that_arrives_while_its_blocking_is_published_links_nobody(
    graph: Graph, identity: Identity, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    await fill(graph, identity)
    known = "- +8613000000000"
    blocking = DEFAULT_TEXT.replace(known, f"{known}\n      - +86{PHONES[5]}")
    rehearsal_id, _ = await try_out(graph, identity, blocking)
    arrived = iter([(80, 81)])

    async def load_then_somebody_arrives(*args: Any, **kwargs: Any) -> dict[str, bool]:
        marks = await load_marks(*args, **kwargs)
        for numbers in arrived:
            await put(graph, identity, *numbers, phone=PHONES[5])
        return marks

    monkeypatch.setattr(application, "load_marks", load_then_somebody_arrives)
    await apply_rehearsal(graph, identity, rehearsal_id, progress=quiet)

    assert {frozenset({"pos|c80"}), frozenset({"pos|c81"})} <= await read_partition(graph)
    assert (await replay(graph, (await Identity.load(graph, settings)).policy)).equal


async def test_who_was_committed_by_the_old_policy_behind_the_walk_is_moved_too(
    graph: Graph, identity: Identity, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    await fill(graph, identity)
    rehearsal_id, _ = await try_out(graph, identity, with_phone_limit(2))
    walk = application._move_everybody

    async def asked_before_the_publication(*_: object) -> None:
        return None

    async def walk_and_somebody_commits(*args: Any) -> None:
        await walk(*args)
        with monkeypatch.context() as patched:
            patched.setattr(ingest, "check_policy", asked_before_the_publication)
            await put(graph, identity, 3)

    monkeypatch.setattr(application, "_move_everybody", walk_and_somebody_commits)
    done = await apply_rehearsal(graph, identity, rehearsal_id, progress=quiet)

    assert (done.arrived, done.new_records) == (True, 1)
    assert {frozenset({f"pos|c{number}"}) for number in range(4)} <= await read_partition(graph)
    assert (await replay(graph, (await Identity.load(graph, settings)).policy)).equal


def before_the_first_step(monkeypatch: pytest.MonkeyPatch, act: Callable[[], Awaitable[object]]) -> None:
    """Have something happen after an application published its policy, and before it moves anybody."""
    write, begun = Graph.write, list[str]()

    async def write_after_it(self: Graph, function: Any, *args: Any, **kwargs: Any) -> Any:
        if function is application._step and not begun:
            begun.append("once")
            await act()
        return await write(self, function, *args, **kwargs)

    monkeypatch.setattr(Graph, "write", write_after_it)


async def test_an_application_ends_where_another_policy_is_put_in_force(
    graph: Graph, identity: Identity, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(application, "_STEP", 1)
    await fill(graph, identity)
    rehearsal_id, _ = await try_out(graph, identity, with_phone_limit(2))

    async def apply_another() -> None:
        next_identity = await Identity.load(graph, settings)
        next_id, _ = await try_out(graph, next_identity, with_phone_limit(9))
        assert (await apply_rehearsal(graph, next_identity, next_id, progress=quiet)).as_rehearsed

    before_the_first_step(monkeypatch, apply_another)
    with pytest.raises(PolicyChanged):
        await apply_rehearsal(graph, identity, rehearsal_id, progress=quiet)

    with pytest.raises(Conflict, match=r"Version 2 .* taken the place of this rehearsal's"):
        await apply_rehearsal(graph, identity, rehearsal_id, progress=quiet)

    current = await Identity.load(graph, settings)
    assert current.policy.version == 2
    assert (await replay(graph, current.policy)).equal


async def test_an_application_goes_on_by_a_later_version_that_decides_alike(
    graph: Graph, identity: Identity, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(application, "_STEP", 1)
    await fill(graph, identity)
    rehearsal_id, _ = await try_out(graph, identity, with_phone_limit(2))

    async def publish_a_comment() -> None:
        await publish_policy(graph, f"# why\n{with_phone_limit(2)}", "tester", "a comment")

    before_the_first_step(monkeypatch, publish_a_comment)
    with pytest.raises(PolicyChanged):
        await apply_rehearsal(graph, identity, rehearsal_id, progress=quiet)
    done = await apply_rehearsal(graph, identity, rehearsal_id, progress=quiet)

    assert (done.version, done.as_rehearsed) == (2, True)
    assert (await replay(graph, (await Identity.load(graph, settings)).policy)).equal


async def test_the_job_for_large_components_leaves_them_to_the_policy_in_force(
    graph: Graph, identity: Identity, settings: Settings
) -> None:
    small = with_phone_limit(30).replace("max_component: 2000", "max_component: 10")
    await publish_policy(graph, small, "tester", "smaller components")
    current = await Identity.load(graph, settings)
    for number in range(13):
        await put(graph, current, number)
    before = await read_everything(graph)

    with pytest.raises(PolicyChanged):
        await settle_waiting(graph, identity.policy)
    unchanged = await read_everything(graph)
    await settle_waiting(graph, current.policy)

    assert unchanged == before
    assert (await replay(graph, current.policy)).equal
    assert frozenset({f"pos|c{number}" for number in range(13)}) in await read_partition(graph)


async def test_a_policy_by_which_stored_values_have_other_keys_is_refused(graph: Graph, identity: Identity) -> None:
    await fill(graph, identity)
    head, unionid, tail = DEFAULT_TEXT.partition("\n  unionid:")
    folded = f"{head}{unionid}{tail.replace('normaliser: opaque', 'normaliser: folded', 1)}"

    await try_out(graph, identity, folded)  # nobody has a union id
    fact = state_customer(identity, customer("pos", "c90", unionid="U1"), default_ms=1, source="test")
    await graph.write(apply_facts, identity, [fact], [])
    with pytest.raises(InvalidInput, match=r"types\.unionid: the graph holds identifiers"):
        await try_out(graph, identity, folded)


async def test_an_application_that_died_is_finished_by_running_it_again(
    graph: Graph, identity: Identity, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(application, "_STEP", 1)
    await fill(graph, identity)
    rehearsal_id, _ = await try_out(graph, identity, with_phone_limit(2))

    def die(stage: str, done: int, _total: int) -> None:
        if stage == "apply" and done == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        await apply_rehearsal(graph, identity, rehearsal_id, progress=die)
    done = await apply_rehearsal(graph, identity, rehearsal_id, progress=quiet)

    assert done.as_rehearsed
    assert (await replay(graph, (await Identity.load(graph, settings)).policy)).equal


async def test_a_policy_that_dissolves_half_of_the_persons_has_to_be_meant(graph: Graph, identity: Identity) -> None:
    await put(graph, identity, 0, 1, 2)
    await put(graph, identity, 10, 11, 12, phone=PHONES[1])
    rehearsal_id, report = await try_out(graph, identity, with_phone_limit(2))
    before = await read_everything(graph)

    assert report.dissolves
    with pytest.raises(InvalidInput, match="would split 2 of the 2 persons"):
        await apply_rehearsal(graph, identity, rehearsal_id, progress=quiet)
    assert await read_everything(graph) == before
    assert (await apply_rehearsal(graph, identity, rehearsal_id, progress=quiet, force=True)).as_rehearsed


async def test_a_dropped_rehearsal_is_never_applied_and_an_applied_one_never_dropped(
    graph: Graph, identity: Identity
) -> None:
    await fill(graph, identity)
    dropped, _ = await try_out(graph, identity, with_phone_limit(2))
    applied, _ = await try_out(graph, identity, with_phone_limit(3))

    await drop_rehearsal(graph, dropped)
    with pytest.raises(Conflict, match="dropped"):
        await apply_rehearsal(graph, identity, dropped, progress=quiet)
    await apply_rehearsal(graph, identity, applied, progress=quiet)
    with pytest.raises(Conflict, match="in force"):
        await drop_rehearsal(graph, applied)
    with pytest.raises(NotFound):
        await drop_rehearsal(graph, "nobody")


async def test_the_second_of_two_rehearsals_on_one_version_is_refused(graph: Graph, identity: Identity) -> None:
    await fill(graph, identity)
    first, _ = await try_out(graph, identity, with_phone_limit(2))
    second, _ = await try_out(graph, identity, with_phone_limit(4))
    await apply_rehearsal(graph, identity, first, progress=quiet)

    with pytest.raises(Conflict, match="Version 1 was published meanwhile"):
        await apply_rehearsal(graph, identity, second, progress=quiet)


async def test_who_works_by_the_old_policy_is_told_and_changes_nothing(graph: Graph, identity: Identity) -> None:
    await fill(graph, identity)
    rehearsal_id, _ = await try_out(graph, identity, with_phone_limit(2))
    await apply_rehearsal(graph, identity, rehearsal_id, progress=quiet)
    before = await read_everything(graph)

    with pytest.raises(PolicyChanged, match="Version 1"):
        await put(graph, identity, 99)
    assert await read_everything(graph) == before


async def test_a_policy_is_not_published_past_the_rehearsal(graph: Graph, identity: Identity) -> None:
    await fill(graph, identity)

    with pytest.raises(Conflict, match="hub rehearse"):
        await publish_policy(graph, with_phone_limit(2), "tester", "because")


async def test_blocking_a_value_parts_its_holders(graph: Graph, identity: Identity) -> None:
    await fill(graph, identity)
    text = with_phone_limit(15).replace("- +8613000000000", f"- +86{PHONES[1]}")

    rehearsal_id, report = await try_out(graph, identity, text)
    done = await apply_rehearsal(graph, identity, rehearsal_id, progress=quiet)

    assert report.split == 1
    assert done.as_rehearsed
