"""`hub member`, `hub tier`, `hub benefit`, `hub coupon` and `hub rules switches`, as a shop's desk meets them."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from graph.database import Graph
from hub.core.clock import now_ms
from hub.core.settings import Settings
from hub.services.identity import Identity
from hub.services.programme.shipped import DEFAULT_TEXT
from tests.integration.api_process import environ_of
from tests.support.commands import run_hub
from tests.support.events import PHONES
from tests.support.membership import Club

pytestmark = pytest.mark.anyio

POS = "pos|a"


@pytest.fixture
async def environ(settings: Settings, graph: Graph, identity: Identity) -> dict[str, str]:
    """A person who has bought for 1,200 yuan, and has 70 points for twenty days."""
    club = Club(graph, identity, now_ms())
    await club.add(POS, PHONES[0])
    await club.buy(POS, "P1", 120_000, day=-3)
    await club.earn(POS, 70, days=20)
    return environ_of(settings)


def tell(environ: dict[str, str], *arguments: str) -> str:
    done = run_hub(environ, *arguments)
    assert done.returncode == 0, done.stderr
    return done.stdout


async def test_a_member_at_the_desk(environ: dict[str, str], tmp_path: Path) -> None:
    assert f"{POS} joined main" in tell(environ, "enrol", POS, "--joined", "2020-01-01", "--channel", "store")
    sold = tell(environ, "tier", "buy", PHONES[0], "black_gold")
    [term] = re.findall(r"operation (cli\|\S+)", sold)
    tell(environ, "benefit", "use", PHONES[0], "monthly_service")
    again = run_hub(environ, "benefit", "use", PHONES[0], "monthly_service")
    [code] = re.findall(r"welcome: (\w+)", tell(environ, "coupon", "issue", PHONES[0], "welcome"))
    redeemed = tell(environ, "coupon", "redeem", code, "10002", "--cause", "pos|T1")
    [redemption] = re.findall(r"operation (cli\|\S+)", redeemed)
    assert "Given back: operation cli|" in tell(environ, "coupon", "restore", redemption, "--of", PHONES[0])
    tell(environ, "coupon", "redeem", code, "10001", "--where", "S01")
    shown = tell(environ, "member", PHONES[0])
    why = tell(environ, "member", PHONES[0], "--explain")
    ended = tell(environ, "tier", "cancel", term)
    told = json.loads(tell(environ, "member", PHONES[0], "--json"))
    reviewed, listed = tell(environ, "tier", "review"), tell(environ, "tier", "notices", "--after", "1")

    assert "sold for 29,900 fen" in sold
    assert (again.returncode, "used up: 1 of 1" in again.stderr, "Traceback" in again.stderr) == (1, True, False)
    for words in ("in main since 2020-01-01", "black_gold since", "points (point)", "monthly_service", code, "store"):
        assert words in shown
    assert re.search(rf"black_gold +bought .* {re.escape(term)} +yes", why)
    assert re.search(r"silver +upgraded", why)
    assert re.search(r"gold +spend [\d,]+ in", why)
    assert re.search(r"Ended; 29,8\d\d fen", ended)
    assert [stay["tier"] for stay in told["tier"]["stays"]] == ["member", "silver", "black_gold", "silver"]
    assert re.search(r"Given back: .* off 10,002 fen[^$]*store bears 600 fen", tell(environ, "coupon", "show", code))
    assert re.search(r"1  \w+  - > silver  .* upgraded", reviewed)
    assert re.search(r"2  \w+  silver > black_gold .* bought\n3  .* ended\nGo on with --after 3.", listed)
    assert re.search(r"\w+ +70 +20\d\d-.*\n70 points in 1 notices", tell(environ, "points", "expiring"))
    changed = tmp_path / "main.yaml"
    changed.write_text(
        DEFAULT_TEXT.replace("franchises: {kind: franchise}", "franchises: {kind: franchise, places: [F01]}")
    )
    assert re.search(r"stored_value +F01 +off", tell(environ, "rules", "switches", str(changed)))
