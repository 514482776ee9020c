"""How long a statement may take."""

from __future__ import annotations

import pytest

from graph.deadlines import left_of, work_within

pytestmark = pytest.mark.anyio


async def test_a_statement_may_take_what_is_left_of_the_work_and_no_more_than_it_may_by_itself() -> None:
    with work_within(5):
        assert 0 < left_of(60) <= 5
        assert left_of(1) == 1


async def test_what_is_nobodys_own_has_its_own_time_within_the_work_of_another() -> None:
    with work_within(0):
        with work_within(None):
            assert left_of(60) == 60
        assert left_of(60) < 1
