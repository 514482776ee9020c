"""`hub points` and `hub ledger`, as tills' scripts and support meet them."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from graph.database import Graph
from hub.core.clock import now_ms
from hub.core.settings import Settings
from hub.services.identity import Identity
from tests.integration.api_process import environ_of
from tests.support.commands import run_hub
from tests.support.events import PHONES
from tests.support.ledger import Members
from tests.support.orders import Shop, bought
from tests.support.stewardship import put, read_births, said

pytestmark = pytest.mark.anyio

POS, TMALL = "pos|a", "tmall:flagship|b"


@pytest.fixture
async def environ(settings: Settings, graph: Graph, identity: Identity) -> dict[str, str]:
    """One person with a record in a shop and one on Tmall."""
    phone = ("phone", PHONES[0])
    await put(graph, identity, said(POS, phone), said(TMALL, phone))
    return environ_of(settings)


def tell(environ: dict[str, str], *arguments: str) -> str:
    done = run_hub(environ, *arguments)
    assert done.returncode == 0, done.stderr
    return done.stdout


def read_points(environ: dict[str, str]) -> dict[str, Any]:
    holdings = json.loads(tell(environ, "points", "balance", PHONES[0], "--json"))
    [points] = [one for one in holdings["balances"] if one["asset"] == "points"]
    return dict(points)


def read_operation(shown: str) -> str:
    [operation] = re.findall(r"operation (cli\|\S+)", shown)
    return str(operation)


async def test_points_of_one_shop_are_spent_in_another_given_back_and_accounted_for(environ: dict[str, str]) -> None:
    earned = read_operation(tell(environ, "points", "earn", TMALL, "120", "--cause", "tmall:flagship|T1"))
    spent = read_operation(tell(environ, "points", "spend", PHONES[0], "50"))
    tell(environ, "points", "refund", spent, "20")
    held = read_operation(tell(environ, "points", "hold", POS, "30"))
    assert (read_points(environ)["available"], read_points(environ)["held"]) == (60, 30)
    tell(environ, "points", "capture", held, "25")
    tell(environ, "points", "correct", POS, "5", "--reason", "complaint 7", "--author", "lin")
    tell(environ, "points", "reverse", earned, "100")
    shown = tell(environ, "ledger", PHONES[0])
    proof = json.loads(tell(environ, "ledger", "verify", "--json"))
    past = json.loads(tell(environ, "points", "balance", PHONES[0], "--as-of", "2020-01-01", "--json"))
    ahead = run_hub(environ, "ledger", PHONES[0], "--as-of", "2999-01-01")

    assert past["balances"][0]["available"] == 0
    assert (ahead.returncode, "not come yet" in ahead.stderr) == (1, True)
    assert read_points(environ)["available"] == -30
    assert read_points(environ)["owed"] == 35
    for words in ("earn", "+120", "tmall:flagship|T1", "complaint 7", earned, spent, held):
        assert words in shown
    assert (proof["faults"], proof["totals"]["main"]["points"]["worth"]) == (0, -30)
    assert "0 accounts" in tell(environ, "ledger", "expire")


async def test_a_repeated_command_is_done_once_and_a_wrong_one_says_what_to_do(environ: dict[str, str]) -> None:
    tell(environ, "points", "earn", POS, "120")
    for _ in range(2):
        tell(environ, "points", "spend", PHONES[0], "50", "--key", "till-1")
    reused = run_hub(environ, "points", "spend", PHONES[0], "51", "--key", "till-1")
    broke = run_hub(environ, "points", "spend", PHONES[0], "71")
    unknown = run_hub(environ, "points", "refund", "cli|nothing", "1")
    below = run_hub(environ, "points", "spend", PHONES[0], "0")
    nobody = run_hub(environ, "points", "balance", PHONES[3])

    assert read_points(environ)["available"] == 70
    assert (reused.returncode, broke.returncode, unknown.returncode, below.returncode) == (1, 1, 1, 2)
    assert "another request" in reused.stderr
    assert "Only 70 is available" in broke.stderr
    assert "no operation under the key" in unknown.stderr
    assert nobody.returncode == 1
    assert not any("Traceback" in done.stderr for done in (reused, broke, unknown, below, nobody))


async def test_a_command_whose_end_is_unknown_names_the_key_to_repeat_it_with(environ: dict[str, str]) -> None:
    failed = run_hub({**environ, "HUB_GRAPH_URI": "bolt://127.0.0.1:1"}, "points", "earn", POS, "5")

    [key] = re.findall(r"repeat it with --key (\S+)", failed.stderr)
    assert failed.returncode == 1
    assert f"operation cli|{key}" in tell(environ, "points", "earn", POS, "5", "--key", key)


async def test_a_refund_to_somebody_who_is_erased_is_told_all_the_same(
    environ: dict[str, str], graph: Graph, identity: Identity
) -> None:
    members = Members(graph, identity)
    await members.earn(POS, 50)
    person = (await read_births(graph))[POS]
    spent = await members.spend(person, 50)
    await members.erase(person)

    assert "refund 20: operation cli|k" in tell(environ, "points", "refund", spent.key, "20", "--key", "k")


async def test_a_command_by_phone_is_repeated_although_the_phone_means_another_id_or_nobody_by_then(
    environ: dict[str, str], graph: Graph, identity: Identity
) -> None:
    await put(graph, identity, said("wechat:mini|w", ("phone", PHONES[1])))
    tell(environ, "points", "earn", "wechat:mini|w", "100")
    spend = ("points", "spend", PHONES[1], "60", "--key", "k")
    tell(environ, *spend)
    await put(graph, identity, said(POS, ("phone", PHONES[1]), at=9))

    assert "spend 60: operation cli|k" in tell(environ, *spend)
    members, person = Members(graph, identity, now_ms()), (await read_births(graph))[POS]
    assert (await members.balance(person)).available == 40
    await members.erase(person)
    assert "spend 60: operation cli|k" in tell(environ, *spend)
    nobody = run_hub(environ, *spend[:-1], "new")
    assert (nobody.returncode, "Nobody is known by this" in nobody.stderr) == (1, True)


async def test_orders_that_changed_get_their_points_by_a_command(
    environ: dict[str, str], graph: Graph, identity: Identity
) -> None:
    await Shop(graph, identity).deliver(bought(by="a", status="received"))

    assert tell(environ, "points", "settle") == "1 orders, 1 operations posted.\n"
    assert tell(environ, "points", "settle") == "0 orders, 0 operations posted.\n"
