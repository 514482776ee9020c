"""`hub demo story`: what becomes of one customer's points, step by step."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import anyio

from hub.cli.ledger import table_entries
from hub.cli.output import make_table, print_plain
from hub.cli.runtime import open_runtime
from hub.core.clock import now_ms
from hub.demo.story import PHONE, Step, Story
from hub.services.programme.shipped import DEFAULT_NAME


def story() -> None:
    """Tell how points are earned, spent, merged and parted, with records of its own; again changes nothing."""
    told_before = anyio.run(_tell)
    if told_before:
        print_plain(
            "\nThis was told before: each step found its key and gave its first answer, nothing was done twice."
        )
    print_plain(f"\nThe whole ledger: hub ledger {PHONE}")


async def _tell() -> bool:
    async with open_runtime() as hub:
        programme = await hub.load_programme(DEFAULT_NAME)
        told = Story(hub.graph, hub.identity, programme, now_ms())
        before = False
        number = 0
        async for step in told.tell():
            number += 1
            before = before or not step.holders
            _print_step(number, step, programme.zone)
        return before


def _print_step(number: int, step: Step, zone: ZoneInfo) -> None:
    print_plain(f"\n{number}. {step.title}.")
    if step.entries:
        print_plain(table_entries(step.entries, step.records, zone))
    rows = ((one.person, ", ".join(one.records), f"{one.balance.available:,}") for one in step.holders)
    if step.holders:
        print_plain(make_table("Person", "Records", "Points", rows=rows))
