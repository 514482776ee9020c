"""`hub household`: who lives with this person, and how old are the children?"""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Final
from zoneinfo import ZoneInfo

import anyio
import typer
from rich.tree import Tree

from hub.cli.output import Language, plain, print_json, print_tree
from hub.cli.points import Whom
from hub.cli.runtime import open_runtime
from hub.cli.whom import find_living
from hub.core.clock import find_day
from hub.core.settings import load_settings
from hub.services.households import Household, HouseholdMember, describe_household

_PHRASES: Final = {
    "none": ("No record of this person states a household.", "该客户的记录均未注明家庭。"),
    "household": ("household {masked} ({scope}), {records} records", "家庭 {masked}（{scope}），{records} 条记录"),
    "crowded": ("too many records claim it to be a household", "声明该编号的记录过多，不视为家庭"),
    "children": ("children aged {ages}", "子女年龄 {ages}"),
    "unnamed": ("name unknown", "姓名未知"),
}


def household(
    whom: Whom,
    on: Annotated[
        str | None, typer.Option(help="The date on which ages count, such as 2026-05-01; today if left out.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print a JSON list of households.")] = False,
    language: Annotated[Language, typer.Option(help="The language of the words.")] = Language.EN,
) -> None:
    """Show a person's households: members with roles and their children's ages. Exit 1 if nobody is known."""
    found = anyio.run(_describe, whom, _read_date(on))
    if as_json:
        print_json(found)
    elif not found:
        typer.echo(_say(language, "none"))
    for one in [] if as_json else found:
        print_tree(draw(one, language))


async def _describe(whom: str, on: date) -> list[Household]:
    async with open_runtime() as hub:
        return await describe_household(hub.graph, hub.identity, await find_living(hub, whom), on)


def _read_date(text: str | None) -> date:
    if text is None:
        return datetime.now(ZoneInfo(load_settings().timezone)).date()
    day = find_day(text)
    if day is None:
        raise typer.BadParameter("expected a date such as 2026-05-01")
    return day


def draw(found: Household, language: Language) -> Tree:
    """A household with a branch for each member."""
    tree = Tree(
        plain(_say(language, "household", masked=found.masked, scope=found.scope, records=found.records), "bold")
    )
    if found.crowded:
        tree.add(plain(_say(language, "crowded"), "dim"))
    for member in found.members:
        tree.add(plain(_member(member, language)).append(f"  {member.person_id}", "dim"))
    return tree


def _member(member: HouseholdMember, language: Language) -> str:
    words = [member.role or "", member.name or _say(language, "unnamed")]
    if member.children_ages:
        words.append(_say(language, "children", ages=", ".join(map(str, member.children_ages))))
    return "  ".join(filter(None, words))


def _say(language: Language, phrase: str, **values: object) -> str:
    english, chinese = _PHRASES[phrase]
    return (chinese if language is Language.ZH else english).format(**values)
