"""The schema as a router composes it with those of other services."""

from __future__ import annotations

import re
from functools import cache
from typing import Any, Final

import strawberry
from graphql import REMOVE, FieldDefinitionNode, Node, TypeDefinitionNode, Visitor, parse, print_ast, visit

from hub.core.access import Scope
from resolvers.access import opened_by
from resolvers.context import Info
from resolvers.described import described

_LINK: Final = """\
extend schema @link(url: "https://specs.apollo.dev/federation/v2.3", import: ["@key", "@shareable"])
"""
# What has a key is known to others by it; pages look alike everywhere.
_MARKS: Final = {
    "Decision": '@key(fields: "id")',
    "Household": '@key(fields: "id")',
    "Membership": '@key(fields: "id")',
    "Order": '@key(fields: "id")',
    "Person": '@key(fields: "id")',
    "PageInfo": "@shareable",
}
_TYPE: Final = re.compile(r"^(type (\w+).*) \{$", re.MULTILINE)


@opened_by(Scope.SCHEMA_READ)
@strawberry.type(name="_Service", description="The hub as a subgraph. / 作为联邦子图的本服务。")
class Service:
    @described("The subgraph's schema, for routers. / 子图的 schema，供路由器使用。")
    def sdl(self, info: Info) -> str:
        return print_subgraph(info.schema.as_str())


@cache
def print_subgraph(published: str) -> str:
    """The published schema in SDL without the router's own fields, with the keys by which others refer to its types."""
    own = print_ast(visit(parse(published, no_location=True), _WithoutRouters()))
    return f"{_LINK}\n{_TYPE.sub(_mark, own)}\n"


def _mark(opening: re.Match[str]) -> str:
    words, name = opening.groups()
    return f"{words} {_MARKS[name]} {{" if name in _MARKS else opening[0]


class _WithoutRouters(Visitor):
    """Takes away types and fields whose names begin with a line."""

    def enter(self, node: Node, *_: Any) -> Any:
        if isinstance(node, FieldDefinitionNode | TypeDefinitionNode) and node.name.value.startswith("_"):
            return REMOVE
        return None
