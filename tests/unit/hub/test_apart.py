"""Work in a process of its own: whatever it does, the one that asked goes on and leaves no process behind."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from time import monotonic

import anyio
import psutil
import pytest

from hub.core.errors import Conflict, InvariantBroken
from hub.services.apart import Bounds, ChildEnded, work_apart
from tests.support.runaway import go_wrong

pytestmark = pytest.mark.anyio

BOUNDS = Bounds(seconds=60, memory_bytes=1 << 29)


@pytest.fixture(autouse=True)
def findable(monkeypatch: pytest.MonkeyPatch) -> None:
    """The child finds the tests' modules too."""
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parents[3]))


@pytest.fixture(autouse=True)
def nobody_left() -> object:
    """No process is left behind."""
    before = set(psutil.Process().children(recursive=True))
    yield
    assert set(psutil.Process().children(recursive=True)) <= before


async def test_pages_are_worked_on_and_progress_is_told() -> None:
    async def pages() -> AsyncIterator[int]:
        for number in (20, 22):
            yield number

    told: list[object] = []

    answer = await work_apart(go_wrong, "adds up", pages(), lambda *step: told.append(step), bounds=BOUNDS)

    assert (answer, told) == (42, [("sum", 1, 2)])


@pytest.mark.parametrize("how", ["overflows the stack", "takes all memory"])
async def test_what_ends_the_process_ends_only_that_one(how: str) -> None:
    with pytest.raises(ChildEnded, match="ended from outside"):
        await work_apart(go_wrong, how, bounds=BOUNDS)


async def test_a_runaway_expression_is_ended_in_time() -> None:
    begun = monotonic()

    with pytest.raises(ChildEnded, match="more than 3 seconds"):
        await work_apart(go_wrong, "runs away", bounds=replace(BOUNDS, seconds=3))

    assert monotonic() - begun < 30


async def test_whoever_stops_waiting_stops_the_work() -> None:
    with anyio.move_on_after(1.5) as scope:
        await work_apart(go_wrong, "runs away")

    assert scope.cancelled_caught


async def test_what_the_work_refuses_is_raised_and_what_fails_tells_no_values() -> None:
    with pytest.raises(Conflict, match="Not now") as refused:
        await work_apart(go_wrong, "is refused", bounds=BOUNDS)
    with pytest.raises(InvariantBroken) as failed:
        await work_apart(go_wrong, "fails", bounds=BOUNDS)

    assert refused.value.context == {}
    assert (failed.value.context, "138" in str(failed.value)) == ({"error": "KeyError"}, False)
