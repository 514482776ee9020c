from __future__ import annotations

import pytest
from arq.cron import CronJob

from hub.core.settings import Settings
from workers import main


@pytest.mark.parametrize(("hour", "hours"), [(None, []), (0, [0]), (23, [23])])
def test_records_are_compared_at_the_hour_that_is_set_and_else_never(hour: int | None, hours: list[int]) -> None:
    jobs: list[CronJob] = main._nightly(Settings(candidates_hour=hour))

    assert [job.hour for job in jobs] == hours
    assert all((job.name, job.minute) == ("candidates.suggest", 0) for job in jobs)
