"""`hub explain`: why are two records one person, or two? What makes this person one?"""

from __future__ import annotations

from datetime import tzinfo
from typing import Annotated
from zoneinfo import ZoneInfo

import anyio
import typer
from rich.tree import Tree

from hub.cli.output import Language, plain, print_json, print_tree
from hub.cli.runtime import open_runtime
from hub.cli.whom import find_living, read_record
from hub.core.model import RecordKey
from hub.core.settings import load_settings
from hub.services.explain import explain_records
from hub.services.explain_persons import explain_person
from hub.services.explanation import Explanation, PersonTree
from hub.services.explanation_words import Words, explain_in_words


def explain(
    first: Annotated[
        str, typer.Argument(metavar="A", help="A record, 'system|external_id'; or alone: a record, a phone or an id.")
    ],
    second: Annotated[str | None, typer.Argument(metavar="B", help="Another record.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the explanation as JSON, for programs.")] = False,
    language: Annotated[Language, typer.Option(help="The language of the sentences.")] = Language.EN,
) -> None:
    """Explain why two records are one person or two, or what makes a person one. Exit 1 if nobody is known."""
    explained = anyio.run(_explain, first, second)
    if as_json:
        print_json(explained)
    else:
        print_tree(draw(explained, language, ZoneInfo(load_settings().timezone)))


async def _explain(first: str, second: str | None) -> Explanation | PersonTree:
    if second is not None:
        left, right = read_record(first), read_record(second)
        async with open_runtime() as hub:
            return await explain_records(hub.graph, hub.identity, left, right)
    async with open_runtime() as hub:
        return await explain_person(hub.graph, hub.identity, await find_living(hub, first))


def draw(explained: Explanation | PersonTree, language: Language, zone: tzinfo) -> Tree:
    """The verdict with a branch for each step or reason; a person as the tree that the evidence is."""
    if isinstance(explained, PersonTree):
        return _draw_person(explained, language, zone)
    verdict, *rest = explain_in_words(explained, language.value, zone)
    tree = Tree(plain(verdict, "bold"))
    for sentence in rest:
        tree.add(plain(sentence))
    return tree


def _draw_person(person: PersonTree, language: Language, zone: tzinfo) -> Tree:
    words = Words(language.value, zone)
    tree = Tree(plain(words.headline(person), "bold"))
    branches: dict[RecordKey, Tree] = {person.root: tree}
    if not person.beyond:
        branches[person.root] = tree.add(plain(f"{person.root.system} {person.root.external_id}"))
    for step in person.steps:
        label = plain(f"{step.far.system} {step.far.external_id}  ").append(words.step(step), "dim")
        branches[step.far] = branches[step.near].add(label)
    for afterthought in words.afterthoughts(person.settled):
        tree.add(plain(afterthought))
    return tree
