"""`hub case` and `hub decide`, as stewards and their scripts meet them."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from graph.database import Graph
from hub.core.settings import Settings
from hub.services.identity import Identity
from hub.services.personal_data.erase import erase_person
from hub.services.personal_data.export import export_person
from tests.integration.api_process import environ_of
from tests.support.commands import run_hub
from tests.support.contents import read_everything, read_partition
from tests.support.events import PHONES
from tests.support.stewardship import put, read_births, said

pytestmark = pytest.mark.anyio

A, B = "pos|a", "tmall:flagship|b"
PHONE = ("phone", PHONES[0])
WHY = ("--reason", "asked the shop")


@pytest.fixture
async def environ(settings: Settings, graph: Graph, identity: Identity) -> dict[str, str]:
    """Two accounts with one phone and two union ids: an open case."""
    await put(graph, identity, said(A, PHONE, ("unionid", "u1"), name="张伟"))
    await put(graph, identity, said(B, PHONE, ("unionid", "u2"), city="上海"))
    return environ_of(settings)


def ask(environ: dict[str, str], *arguments: str) -> Any:
    done = run_hub(environ, *arguments, "--json")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def tell(environ: dict[str, str], *arguments: str) -> str:
    done = run_hub(environ, *arguments)
    assert done.returncode == 0, done.stderr
    return done.stdout


async def test_a_decision_is_previewed_made_listed_and_withdrawn(graph: Graph, environ: dict[str, str]) -> None:
    none = tell(environ, "decide", "list")  # a graph remembers the identity key of the first who asks
    before = await read_everything(graph)
    shown = tell(environ, "decide", "same", A, B, *WHY, "--preview")
    unchanged = await read_everything(graph) == before
    [token] = re.findall(r"Token: (\w+)", shown)
    made = ask(environ, "decide", "same", A, B, *WHY, "--author", "li", "--token", token)
    listed = tell(environ, "decide", "list")
    joined = await read_partition(graph)
    ended, again = (tell(environ, "decide", "withdraw", made["id"], "--reason", why) for why in ("wrong", "right"))

    assert unchanged
    assert none == "No decision is in force; --all lists withdrawn ones too.\n"
    for words in ("Records that move (1)", "Golden records (1)", "Cases that close (1)", "limit_exceeded", "上海"):
        assert words in shown
    assert (made["kind"], made["author"], made["reason"], made["settled"]) == ("must_link", "li", WHY[1], True)
    assert made["id"] in listed
    assert f"{A} = {B}" in listed
    assert joined == {frozenset({A, B})}
    assert "(withdrawn)" in ended
    assert "already" not in ended
    assert re.search(r"withdrawn already, on \S+ by \S+: wrong\. Nothing was changed", again)
    assert made["id"] not in tell(environ, "decide", "list")
    assert "by" in tell(environ, "decide", "list", "--all")


async def test_a_contradiction_and_a_stale_token_exit_with_1_and_one_line(
    graph: Graph, identity: Identity, environ: dict[str, str]
) -> None:
    apart = ask(environ, "decide", "apart", A, B, *WHY)
    refused = run_hub(environ, "decide", "same", A, B, *WHY)
    token = ask(environ, "decide", "pin", A, "name", "王五", *WHY, "--preview")["token"]
    await put(graph, identity, said(A, PHONE, ("unionid", "u1"), at=9, name="张玮"))
    stale = run_hub(environ, "decide", "pin", A, "name", "王五", *WHY, "--token", token)

    assert (refused.returncode, stale.returncode) == (1, 1)
    assert apart["id"] in refused.stderr
    assert "has changed since the preview" in stale.stderr
    assert "Traceback" not in refused.stderr + stale.stderr


async def test_a_decision_needs_a_reason(environ: dict[str, str]) -> None:
    assert run_hub(environ, "decide", "same", A, B).returncode == 2


async def test_a_case_is_listed_shown_worked_on_and_answered(graph: Graph, environ: dict[str, str]) -> None:
    [case] = ask(environ, "case", "list")
    queue = tell(environ, "case", "list", "--kind", "limit_exceeded", "--limit", "1")
    told = tell(environ, "case", "assign", case["id"], "li")
    told += tell(environ, "case", "due", case["id"], "2199-12-31")
    told += tell(environ, "case", "comment", case["id"], "Called.", "--author", "li")
    shown = tell(environ, "case", "show", case["id"])
    preview = ask(environ, "case", "answer", case["id"], "different", *WHY, "--preview")
    answer = tell(environ, "case", "answer", case["id"], "different", *WHY, "--token", preview["token"])
    details = ask(environ, "case", "show", case["id"])

    assert case["id"] in queue
    assert [line.removeprefix(f"{case['id']}  ") for line in told.splitlines()] == [
        "given to li",
        "due on 2199-12-31",
        "comment added",
    ]
    [after] = re.findall(r"--after (\S+)", queue)
    assert ask(environ, "case", "list", "--after", after) == []
    for words in ("138****0001", "张伟", "assignee li, due 2199-12-31", "li: Called.", "suggestion: none, 0.50"):
        assert words in shown
    assert PHONES[0] not in shown
    assert f"{A} ≠ {B}" in answer
    assert details["case"]["summary"]["state"] == "answered"
    assert [one["kind"] for one in details["decisions"]] == ["cannot_link"]
    assert ask(environ, "case", "list") == []


@pytest.mark.parametrize(
    ("command", "said"),
    [
        (("assign", ""), "An assignee has 1 to 200 characters"),
        (("assign", "l\u202ei"), "An assignee has 1 to 200 characters"),
        (("comment", ""), "A comment has 1 to 2000 characters"),
        (("comment", "fine\u200b"), "A comment has 1 to 2000 characters"),
        (("comment", "fine", "--author", "l\u2066i"), "An author has 1 to 200 characters"),
        (("answer", "dismiss", "--reason", "\ufefffine"), "A reason has 1 to 2000 characters"),
        (("due", "2026-01-01"), "2026-01-01 is over: a due date is today, "),
        (("due", "2199-W01-1"), "A due date is a date such as 2026-12-31."),
        (("due", "21991231"), "A due date is a date such as 2026-12-31."),
    ],
)
async def test_what_is_wrong_with_work_on_a_case_is_named_and_changes_nothing(
    graph: Graph, environ: dict[str, str], command: tuple[str, ...], said: str
) -> None:
    [case] = ask(environ, "case", "list")
    before = await read_everything(graph)

    done = run_hub(environ, "case", command[0], case["id"], *command[1:])

    assert done.returncode == 1
    assert said in done.stderr
    assert await read_everything(graph) == before


async def test_a_quarantine_is_lifted_by_its_case_or_by_a_record(
    graph: Graph, identity: Identity, environ: dict[str, str]
) -> None:
    await put(graph, identity, *(said(f"pos|q{number:02d}", ("phone", PHONES[1])) for number in range(16)))
    [case] = ask(environ, "case", "list", "--kind", "blast_radius")

    by_case = ask(environ, "decide", "lift", case["id"], "20", *WHY)
    ask(environ, "decide", "withdraw", by_case["id"], *WHY)
    by_record = ask(environ, "decide", "lift", "pos|q03", "20", *WHY)
    nothing = run_hub(environ, "decide", "lift", A, "20", *WHY)

    assert by_case["identifier"] == by_record["identifier"]
    assert nothing.returncode == 1
    assert "No identifier of this record is quarantined." in nothing.stderr


async def test_a_copy_of_a_person_holds_their_decisions_and_an_erasure_leaves_no_word_of_them(
    graph: Graph, identity: Identity, environ: dict[str, str]
) -> None:
    ask(environ, "decide", "pin", A, "name", "欧阳消失", "--reason", "欧阳消失 called")
    apart = ask(environ, "decide", "apart", A, B, "--reason", "欧阳消失 is another one")
    ask(environ, "decide", "withdraw", apart["id"], "--reason", "欧阳消失 came back")
    person = (await read_births(graph))[A]

    copy = await export_person(graph, identity, person, requested_by="care", reason="article 45")
    await erase_person(graph, identity, person, requested_by="care", reason="article 47")

    assert [one["says"] for one in copy["decisions"]] == ["pin", "cannot_link"]
    assert B not in json.dumps(copy["decisions"])
    left = "\n".join(await read_everything(graph))
    assert "欧阳消失" not in left
    assert A not in left
    assert ask(environ, "decide", "list", "--all")[0]["author"]
