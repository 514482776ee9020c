from __future__ import annotations

from typing import Any

import pytest
from arq.worker import Retry

from hub.core.errors import InvariantBroken, Unavailable
from workers.edge import task

pytestmark = pytest.mark.anyio


async def test_an_outage_is_tried_again_after_the_time_that_it_names() -> None:
    @task
    async def wait(ctx: dict[str, Any]) -> int:
        raise Unavailable("The graph is busy.", retry_after_s=7)

    with pytest.raises(Retry) as repeated:
        await wait({})

    assert repeated.value.defer_score == 7000


async def test_what_a_repeat_cannot_mend_ends_the_job() -> None:
    @task
    async def fail(ctx: dict[str, Any]) -> int:
        raise InvariantBroken("broken")

    assert await fail({}) is None


async def test_a_result_passes_through() -> None:
    @task
    async def answer(ctx: dict[str, Any]) -> int:
        return 42

    assert await answer({}) == 42
