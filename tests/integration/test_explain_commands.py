"""`hub explain`, `hub household` and `hub person` in the past, as their users meet them."""

from __future__ import annotations

import json

import pytest

from graph.database import Graph
from hub.core.model import CustomerEvent, RawIdentifier, RecordKey
from hub.core.settings import Settings
from tests.integration.api_people import MING_PHONE, NOON_MS, put, put_ming_and_hua
from tests.integration.api_process import environ_of
from tests.support.commands import run_hub

pytestmark = pytest.mark.anyio


async def test_explain_tells_the_path_of_two_records(settings: Settings, graph: Graph) -> None:
    await put_ming_and_hua(graph, settings)

    shown = run_hub(environ_of(settings), "explain", "tmall:flagship|tb-ming", "pos|C0001")

    assert shown.returncode == 0, shown.stderr
    assert "tmall:flagship tb-ming and pos C0001 are one person" in shown.stdout
    assert "share the phone 138****0001" in shown.stdout
    assert "from delivery-1" in shown.stdout
    assert MING_PHONE not in shown.stdout


async def test_explain_tells_what_keeps_two_records_apart_in_chinese(settings: Settings, graph: Graph) -> None:
    await put_ming_and_hua(graph, settings)

    shown = run_hub(environ_of(settings), "explain", "pos|C0001", "pos|C0002", "--language", "zh")

    assert shown.returncode == 0, shown.stderr
    assert "是两个人" in shown.stdout
    assert "邮箱 f***@example.com" in shown.stdout


async def test_explain_as_json_is_for_programs(settings: Settings, graph: Graph) -> None:
    await put_ming_and_hua(graph, settings)

    shown = run_hub(environ_of(settings), "explain", "wechat:mini|wx-ming", "pos|C0002", "--json")

    explained = json.loads(shown.stdout)
    assert (explained["verdict"], explained["policy_version"]) == ("apart", 0)
    assert [found["kind"] for found in explained["separations"]] == ["weak"]
    assert explained["left"]["record"] == {"system": "wechat:mini", "external_id": "wx-ming"}


@pytest.mark.parametrize("whom", [MING_PHONE, "wechat:mini|wx-ming"])
async def test_explain_draws_a_person_as_a_tree(settings: Settings, graph: Graph, whom: str) -> None:
    await put_ming_and_hua(graph, settings)

    shown = run_hub(environ_of(settings), "explain", whom)

    assert shown.returncode == 0, shown.stderr
    assert "has 3 records" in shown.stdout
    assert shown.stdout.count("share the phone 138****0001") == 2


async def test_household_lists_members_with_the_ages_of_a_date(settings: Settings, graph: Graph) -> None:
    home = RawIdentifier("household", "pos", "HOME-000123")
    profile = {"name": "张伟", "household_role": "父", "children_birthdays": "2015-10-09;2019-12-31"}
    phone = RawIdentifier("phone", "", MING_PHONE)
    await put(graph, settings, [CustomerEvent(RecordKey("pos", "C1"), NOON_MS, (phone, home), profile)])

    shown = run_hub(environ_of(settings), "household", MING_PHONE, "--on", "2025-10-09")
    listed = run_hub(environ_of(settings), "household", MING_PHONE, "--on", "2025-10-09", "--json")

    assert "household HOM****123 (pos), 1 records" in shown.stdout
    assert "父  张伟  children aged 10, 5" in shown.stdout
    [household] = json.loads(listed.stdout)
    assert household["members"][0]["children_ages"] == [10, 5]


async def test_household_of_none_says_so(settings: Settings, graph: Graph) -> None:
    await put_ming_and_hua(graph, settings)

    shown = run_hub(environ_of(settings), "household", MING_PHONE, "--language", "zh")

    assert (shown.returncode, shown.stdout) == (0, "该客户的记录均未注明家庭。\n")


async def test_person_in_the_past_says_in_which_sense(settings: Settings, graph: Graph) -> None:
    await put_ming_and_hua(graph, settings)
    environ = environ_of(settings)

    believed = run_hub(environ, "person", MING_PHONE, "--believed-at", "2020-01-01")
    # The first of the records stated the phone at 2025-10-09 16:53:20 in China; a third one did so a day later.
    valid = run_hub(environ, "person", MING_PHONE, "--valid-at", "2025-10-09T17:00")
    listed = run_hub(environ, "person", "pos|C0001", "--valid-at", "2025-10-09T17:00+08:00", "--json")

    assert "At 2020-01-01 00:00:00+08:00 the hub did not know" in believed.stdout
    assert "As was valid at 2025-10-09 17:00:00+08:00, by what is known now" in valid.stdout
    assert "pos C0001" in valid.stdout
    assert "wx-ming" not in valid.stdout
    [group] = json.loads(listed.stdout)["groups"]
    assert [record["external_id"] for record in group["records"]] == ["C0001", "tb-ming"]


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("person", MING_PHONE, "--believed-at", "9998-01-01"), 1, "not known yet"),
        (("person", MING_PHONE, "--believed-at", "soon"), 2, "expected an instant"),
        (("person", MING_PHONE, "--believed-at", "2020-01-01", "--valid-at", "2020-01-01"), 2, "give one of them"),
        (("person", "13700000000", "--valid-at", "2026-01-01"), 1, "Nobody held this identifier then."),
        (("explain", "pos|C0001", "C0002"), 2, "A record is written"),
        (("explain", "pos|C0001", "pos|nobody"), 1, "no such record of pos"),
        (("explain", "13700000000"), 1, "Nobody is known"),
        (("household", MING_PHONE, "--on", "2026-02-30"), 2, "expected a date"),
    ],
)
async def test_what_cannot_be_answered_is_said_in_words(
    settings: Settings, graph: Graph, arguments: tuple[str, ...], code: int, words: str
) -> None:
    await put_ming_and_hua(graph, settings)

    shown = run_hub(environ_of(settings), *arguments)

    assert (shown.returncode, shown.stdout) == (code, "")
    assert words in shown.stderr
    assert "Traceback" not in shown.stderr
