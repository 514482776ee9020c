"""`hub person --believed-at` and `--valid-at`: a person in the past."""

from __future__ import annotations

from datetime import tzinfo
from typing import Final
from zoneinfo import ZoneInfo

from rich.tree import Tree

from hub.cli.output import Language, plain
from hub.cli.runtime import open_runtime
from hub.cli.whom import find_living, is_id, is_record, read_record
from hub.core.clock import from_ms
from hub.services.as_of import BelievedPerson, ValidPartition, compute_valid_partition, fetch_believed_person
from hub.services.find_past import find_valid_by_id, find_valid_by_phone

_PHRASES: Final = {
    "believed": (
        "As the hub believed at {at}: the person {person} with {count} records",
        "中台在 {at} 的认定：自然人 {person}，{count} 条记录",
    ),
    "unknown": ("At {at} the hub did not know {asked} yet", "在 {at} 中台尚不知道 {asked}"),
    "since": ("counted so since {day}", "自 {day} 起如此认定"),
    "until": (" until {day}", "，至 {day} 止"),
    "valid": (
        "As was valid at {at}, by what is known now (policy version {version})",
        "按目前所知，{at} 的实际情况（策略版本 {version}）",
    ),
    "beyond": (
        "More than {bound} records were connected then, too many to be resolved at once",
        "当时关联的记录超过 {bound} 条，无法一次性计算",
    ),
    "person": ("one person, called {person} today", "同一个人，按今日规则编号 {person}"),
}


async def ask_believed(whom: str, at_ms: int) -> BelievedPerson:
    """What the hub believed; a phone or a record means whoever holds it now."""
    async with open_runtime() as hub:
        asked = whom if is_id(whom) else await find_living(hub, whom)
        return await fetch_believed_person(hub.graph, asked, at_ms)


async def ask_valid(whom: str, at_ms: int) -> ValidPartition:
    """What was valid; a phone means whoever held it then."""
    async with open_runtime() as hub:
        if is_record(whom):
            return await compute_valid_partition(hub.graph, hub.identity, read_record(whom), at_ms)
        find = find_valid_by_id if is_id(whom) else find_valid_by_phone
        return await find(hub.graph, hub.identity, whom, at_ms)


def draw_believed(found: BelievedPerson, language: Language, zone: ZoneInfo) -> Tree:
    """The records that the hub counted to the person, with the time during which it did."""
    at = _moment(found.believed_at_ms, zone)
    if found.person_id is None:
        return Tree(plain(_say(language, "unknown", at=at, asked=found.asked_id), "bold"))
    words = _say(language, "believed", at=at, person=found.person_id, count=len(found.records))
    tree = Tree(plain(words, "bold"))
    for one in found.records:
        time = _say(language, "since", day=_moment(one.since_ms, zone))
        if one.until_ms is not None:
            time += _say(language, "until", day=_moment(one.until_ms, zone))
        tree.add(plain(f"{one.record.system} {one.record.external_id}").append(f"  {time}", "dim"))
    return tree


def draw_valid(found: ValidPartition, language: Language, zone: ZoneInfo) -> Tree:
    """The person asked for first, then the others that were connected to them."""
    at = _moment(found.valid_at_ms, zone)
    tree = Tree(plain(_say(language, "valid", at=at, version=found.policy_version), "bold"))
    if found.beyond:
        tree.add(plain(_say(language, "beyond", bound=found.bound)))
    for group in sorted(found.groups, key=lambda group: group is not found.person):
        branch = tree.add(plain(_say(language, "person", person=group.person_id)))
        for record in group.records:
            branch.add(plain(f"{record.system} {record.external_id}"))
    return tree


def _moment(instant_ms: int, zone: tzinfo) -> str:
    return from_ms(instant_ms).astimezone(zone).isoformat(sep=" ", timespec="seconds")


def _say(language: Language, phrase: str, **values: object) -> str:
    english, chinese = _PHRASES[phrase]
    return (chinese if language is Language.ZH else english).format(**values)
