"""Programmes in versions: published, taken back, tried on past orders; ledger commands work by the one in force."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

import anyio.to_thread
import pytest
from typer.testing import CliRunner

from graph import documents
from graph.database import Graph, Transaction, count_statements
from graph.statement import Statement
from hub.cli.main import build_app
from hub.core.clock import now_ms
from hub.core.errors import Conflict, InvalidInput, InvariantBroken, NotFound
from hub.core.model import DAY_MS, OrderEvent
from hub.core.settings import Settings
from hub.services.facts import state_order
from hub.services.identity import Identity
from hub.services.ingest import apply_facts
from hub.services.membership.show import show_membership
from hub.services.programme.dry_run import Standing, StandingOf, run_dry
from hub.services.programme.effects import Moved
from hub.services.programme.shipped import DEFAULT_TEXT, shipped_programme
from hub.services.programme.tier_effects import TierMove, TierSums
from hub.services.programme.versions import (
    Publication,
    family_of,
    fetch_programmes,
    load_programme,
    load_text,
    publish_programme,
    roll_back,
)
from tests.integration.api_process import environ_of
from tests.support.contents import read_everything
from tests.support.events import PHONES, order
from tests.support.membership import Club
from tests.support.stewardship import put, read_places, said

pytestmark = pytest.mark.anyio

ZONE = ZoneInfo("Asia/Shanghai")
TEA = """\
format: 1
name: tea
assets:
  points: {unit: point}
earning:
  rules:
    base: {points: 1, per_fen: 100}
"""
_SPOIL: Final = Statement(
    "tests.spoil_programme", "write", "MATCH (v:DocumentVersion {family: $family}) SET v.text = 'format: 9'"
)


def priced(fen: int) -> str:
    return TEA.replace("per_fen: 100", f"per_fen: {fen}")


async def publish(graph: Graph, text: str) -> Publication:
    return await publish_programme(graph, text, "li", "because", ZONE)


async def test_the_shipped_programme_is_in_force_until_one_of_its_name_is_published(graph: Graph) -> None:
    await publish(graph, TEA)

    with count_statements() as counter:
        assert await load_programme(graph, "main", ZONE) == shipped_programme(ZONE)
    assert counter.total == 1
    assert await load_text(graph, "main") == (0, DEFAULT_TEXT)
    found = await fetch_programmes(graph)
    assert [name for name, version in found.items() if version is None] == ["main"]
    assert set(found) == {"main", "tea"}


async def test_each_programme_counts_its_own_versions_and_keeps_them(graph: Graph) -> None:
    for fen in (100, 200, 300):
        await publish(graph, priced(fen))
    done = await publish(
        graph, DEFAULT_TEXT.replace("percent: 200", "percent: 300").replace("points: 399", "points: 599")
    )

    programme = await load_programme(graph, "tea", ZONE)
    assert (programme.version, programme.cite(["base"])) == (3, "tea@3/base")
    assert [await load_text(graph, "tea", number) for number in (1, 2, 3)] == [
        (number, priced(100 * number)) for number in (1, 2, 3)
    ]
    assert (done.programme, done.version.number) == ("main", 1)
    assert [str(change) for change in done.changes] == ["earning.rules.birthday.percent: 200 -> 300"]


async def test_a_tier_of_the_past_is_what_the_version_of_then_made_it(graph: Graph, identity: Identity) -> None:
    club = Club(graph, identity)
    person = await club.add("pos|p1", PHONES[0])
    await club.buy("pos|p1", "T1", 60_000, day=-20)

    async def put_in_force(least: int, day: float) -> None:
        text = f"{TEA}tiers: {{ladder: {{guest: {{}}, regular: {{qualify: [{{metric: spend, least: {least}}}]}}}}}}"
        family, at_ms = family_of("tea"), club.at(day)
        await graph.write(documents.publish, family, text, author="li", reason="test", published_ms=at_ms)

    async def tell(day: float) -> list[tuple[str, str]]:
        programme = await load_programme(graph, "tea", ZONE)
        found = await show_membership(graph, programme, person, now_ms=club.at(99), as_of_ms=club.at(day))
        return [(stay.tier, stay.rule) for stay in found.tier.stays]

    await put_in_force(50_000, -9)
    before = await tell(-1)
    await put_in_force(70_000, 0)

    assert before == [("regular", "tea@1/spend 50000")]
    assert await tell(-1) == before
    assert await tell(1) == [*before, ("guest", "tea@1/spend 50000")]
    with count_statements() as counter:
        assert (await load_programme(graph, "tea", ZONE)).version == 2
    assert counter.total == 1


async def test_what_shipped_is_kept_once_anything_was_done_by_it(graph: Graph, identity: Identity) -> None:
    club = Club(graph, identity)
    await club.add("pos|p1", PHONES[0])
    await club.earn("pos|p1", 10)

    await publish(graph, f"{DEFAULT_TEXT}# 1")
    await publish(graph, f"{DEFAULT_TEXT}# 2")

    versions = await documents.fetch_versions(graph, family_of("main"))
    assert [(one.number, one.digest == documents.digest_of(DEFAULT_TEXT)) for one in versions] == [
        (2, False),
        (1, False),
        (0, True),
    ]
    assert await load_text(graph, "main", 0) == (0, DEFAULT_TEXT)
    assert [one.version for one in (await load_programme(graph, "main", ZONE)).editions] == ["main@0", "main@2"]


async def test_a_roll_back_is_a_version_of_its_own(graph: Graph) -> None:
    for fen in (100, 200):
        await publish(graph, priced(fen))

    done = await roll_back(graph, "tea", 1, "li", "too dear", ZONE)

    assert (done.version.number, [str(change) for change in done.changes]) == (
        3,
        ["earning.rules.base.per_fen: 200 -> 100"],
    )
    assert await load_text(graph, "tea") == (3, priced(100))
    with pytest.raises(Conflict, match="word for word version 3"):
        await roll_back(graph, "tea", 1, "li", "again", ZONE)
    with pytest.raises(NotFound, match="no version 9 of the programme tea"):
        await roll_back(graph, "tea", 9, "li", "never was", ZONE)


async def test_of_two_who_publish_at_once_one_is_told(graph: Graph) -> None:
    results = await asyncio.gather(*(publish(graph, priced(fen)) for fen in (100, 200)), return_exceptions=True)

    done = [result for result in results if isinstance(result, Publication)]
    refused = [result for result in results if isinstance(result, Conflict)]
    assert len(done) + len(refused) == 2
    assert all("was published meanwhile" in conflict.safe_message for conflict in refused)
    assert sorted(one.version.number for one in done) == list(range(1, len(done) + 1))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (TEA + "    extra: {percent: 200, when: buyer.teir == ''}\n", "there is no input buyer.teir"),
        (TEA + "examples: [{order: {amount_fen: 19990}, points: 200}]\n", "expected 200, found 199"),
    ],
)
async def test_what_is_wrong_is_not_published(graph: Graph, text: str, message: str) -> None:
    before = await read_everything(graph)

    with pytest.raises(InvalidInput, match=message):
        await publish(graph, text)

    assert await read_everything(graph) == before


async def test_an_asset_that_members_may_hold_stays(graph: Graph) -> None:
    await publish(graph, TEA + "# with beans\n")
    await publish(graph, TEA.replace("earning:", "  beans: {unit: point}\nearning:"))

    with pytest.raises(Conflict, match="may hold the asset beans"):
        await publish(graph, TEA)
    with pytest.raises(Conflict, match="may hold the asset beans, in the unit point"):
        await publish(graph, TEA.replace("earning:", "  beans: {unit: fen}\nearning:"))


async def test_a_programme_in_force_that_cannot_be_read_is_loud_and_can_be_replaced(graph: Graph) -> None:
    async def spoil(tx: Transaction) -> None:
        await tx.run(_SPOIL, family="programme:tea")

    await publish(graph, TEA)
    await graph.write(spoil)

    with pytest.raises(InvariantBroken, match="Version 1 of the programme tea"):
        await load_programme(graph, "tea", ZONE)
    assert (await publish(graph, priced(200))).version.number == 2


async def test_nobody_knows_a_programme_that_was_never_published(graph: Graph) -> None:
    with pytest.raises(NotFound, match="no programme 'coffee'"):
        await load_programme(graph, "coffee", ZONE)
    assert await documents.find_current(graph, "programme:coffee") is None


async def sell(graph: Graph, identity: Identity, *events: OrderEvent) -> None:
    facts = [state_order(event, default_ms=1) for event in events]
    await graph.write(apply_facts, identity, [], facts)


async def test_a_dry_run_says_who_gains_and_who_loses_and_writes_nothing(graph: Graph, identity: Identity) -> None:
    now = now_ms()
    phone = ("phone", "13800000001")
    await put(graph, identity, said("pos|a", phone, birthday="1990-06-01"), said("tmall|a", phone), said("pos|b"))
    await put(graph, identity, said("pos|c"), said("pos|d"))
    await sell(
        graph,
        identity,
        order("pos", "1", "a", fen=10_000, at=now - DAY_MS),
        order("tmall", "2", "a", fen=10_000, at=now - 2 * DAY_MS),
        order("pos", "3", "a", fen=10_000, at=now - 40 * DAY_MS),
        order("pos", "4", "a", fen=10_000, at=now - DAY_MS, status="refunded"),
        order("pos", "5", "b", fen=30_000, at=now - DAY_MS),
        order("pos", "6", "c", fen=5_000, at=now - DAY_MS),
        order("pos", "7", None, fen=5_000, at=now - DAY_MS),
    )
    await publish(graph, TEA)
    places, before = await read_places(graph), await read_everything(graph)
    told: list[tuple[str, int, int]] = []

    async def find_standings(persons: Sequence[str]) -> StandingOf:
        assert places["pos|d"] not in persons
        return lambda person, _: Standing("gold" if person == places["pos|a"] else None)

    text = (
        TEA
        + """\
    cut: {percent: 50, when: order.amount_fen >= 20000}
    gold: {percent: 150, when: buyer.tier == 'gold'}
    june: {points: 3, when: buyer.birthday_month == 6}
"""
    )
    done = await run_dry(
        graph, text, ZONE, days=30, now_ms=now, find_standings=find_standings, progress=lambda *step: told.append(step)
    )

    effects = done.effects
    assert done.in_force == 1
    assert effects.most_gained == [Moved(places["pos|a"], 200, 306)]
    assert effects.most_lost == [Moved(places["pos|b"], 300, 150)]
    assert {tier: (sums.members, sums.orders) for tier, sums in effects.by_tier.items()} == {
        "gold": (1, 2),
        "none": (2, 2),
    }
    total = effects.total
    assert (total.before, total.after, total.gained, total.lost) == (550, 506, 106, 150)
    assert (total.gaining, total.losing) == (1, 1)
    assert told[-1] == ("members", 4, 4)
    assert await read_everything(graph) == before


async def test_a_dry_run_of_other_tiers_says_who_rises_who_falls_and_earns_by_them(
    graph: Graph, identity: Identity
) -> None:
    now = now_ms()
    await put(graph, identity, said("pos|a"), said("pos|b"), said("pos|c"))
    bought = (("a", 500), ("b", 3_000), ("c", 9_000))
    await sell(graph, identity, *(order("pos", who, who, fen=fen, at=now - 99 * DAY_MS) for who, fen in bought))
    await sell(graph, identity, order("pos", "new", "c", fen=10_000, at=now - DAY_MS))
    places = await read_places(graph)
    base = TEA + "    gold: {percent: 150, when: buyer.tier == 'gold'}\n"
    ladder = "tiers: {ladder: {member: {}, silver: {qualify: [{metric: spend, least: %d}]}%s}}\n"
    await publish(graph, base + ladder % (1_000, ""))
    gold = ", gold: {qualify: [{metric: spend, least: 8000}]}"

    same = await run_dry(graph, base + ladder % (1_000, ""), ZONE, days=30, now_ms=now)
    other = await run_dry(graph, base + ladder % (4_000, gold), ZONE, days=30, now_ms=now)

    assert not same.effects.tiers.by_tier
    assert [(one.total.before, one.total.after) for one in (same.effects, other.effects)] == [(100, 100), (100, 150)]
    tiers = other.effects.tiers
    assert tiers.total == TierSums(3, 3, rising=1, falling=1)
    assert tiers.by_tier == {
        "member": TierSums(1, 2),
        "silver": TierSums(2, 0, rising=1, falling=1),
        "gold": TierSums(0, 1),
    }
    assert tiers.rise == [TierMove(places["pos|c"], "silver", "gold")]
    assert tiers.fall == [TierMove(places["pos|b"], "silver", "member")]


async def test_a_dry_run_of_a_new_programme_counts_everything_as_gained_up_to_the_most_of_a_day(
    graph: Graph, identity: Identity
) -> None:
    noon = now_ms() // DAY_MS * DAY_MS - DAY_MS + 4 * 3_600_000  # 12:00 in Shanghai
    await put(graph, identity, said("pos|a"))
    bought = [order("pos", str(number), "a", fen=10_000, at=noon - number * 86_400_000 // 2) for number in range(4)]
    await sell(graph, identity, *bought)

    text = TEA.replace("  rules:", "  most_per_day: 120\n  rules:")
    done = await run_dry(graph, text, ZONE, days=30, now_ms=now_ms())

    assert done.in_force is None
    assert (done.effects.total.before, done.effects.total.after) == (0, 2 * 120)
    assert done.cost_fen(1) is None


async def test_an_operator_tries_publishes_and_takes_back(
    graph: Graph, identity: Identity, settings: Settings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name, value in environ_of(settings).items():
        monkeypatch.setenv(name, value)
    await put(graph, identity, said("pos|a", ("phone", "13800000001")))
    await sell(graph, identity, order("pos", "1", "a", fen=20_000, at=now_ms() - DAY_MS))
    path = tmp_path / "tea.yaml"
    path.write_text(priced(200) + "examples: [{order: {amount_fen: 400}, points: 2}]\n", encoding="utf-8")
    await publish(graph, TEA)

    checked = await tell("check", str(path))
    tried = await tell("test", str(path))
    compared = await tell("diff", str(path))
    dry = await tell("dry-run", str(path), "--days", "30")
    published = await tell("publish", str(path), "--reason", "dearer [x]", "--author", "li")
    shown = await tell("show", "tea")
    listed = await tell("list")
    back = await tell("rollback", "tea", "--to", "1", "--reason", "too dear", "--by", "wang")
    history = await tell("history", "tea")
    document = await tell("show", "tea", "--yaml")
    schema = await tell("schema")
    earned = await tell("earn", "pos|a", "5", "--programme", "tea", group="points")

    assert checked == "tea.yaml is a valid programme: 1 assets, 1 rules, 1 examples.\n"
    assert tried.splitlines()[1].split() == ["1", "ok", "2", "2", "-", "base", "-"]
    assert compared == "earning.rules.base.per_fen: 100 -> 200\n"
    assert "The programme tea against version 1, orders of the last 30 days" in dry
    assert ["all", "1", "1", "200", "100", "-100", "-", "0", "0", "1", "100"] in map(str.split, dry.splitlines())
    assert [(await read_places(graph))["pos|a"], "200", "100", "-100"] in map(str.split, dry.splitlines())
    assert published == f"{compared}Published as version 2 of the programme tea.\n"
    assert "1 per 200 fen" in shown
    assert [line.split()[:2] for line in listed.splitlines()[1:]] == [["main", "0"], ["tea", "2"]]
    assert "Published as version 3 of the programme tea.\nIt is the text of version 1" in back
    assert [line.split()[0] for line in history.splitlines()[1:]] == ["3", "2", "1"]
    assert "dearer [x]" in history
    assert document == TEA
    assert json.loads(schema)["title"] == "ProgrammeDocument"
    assert ("points (point)" in earned, "stored_value" in earned) == (True, False)


async def tell(*arguments: str, group: str = "rules") -> str:
    """What a command prints, in this process."""
    command = [group, *arguments]
    done = await anyio.to_thread.run_sync(lambda: CliRunner().invoke(build_app(command), command))
    assert done.exit_code == 0, done.output
    return done.stdout
