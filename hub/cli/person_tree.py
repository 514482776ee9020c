"""A person as a small tree for the terminal."""

from __future__ import annotations

from datetime import datetime, tzinfo
from typing import Any, Final

from rich.text import Text
from rich.tree import Tree

from hub.cli.output import plain, print_tree

_ORDERS_SHOWN: Final = 10


def print_person(person: dict[str, Any], zone: tzinfo) -> None:
    """The tree of a `Person` in the API's fields on standard output, in whole lines; days are those of the zone."""
    print_tree(draw_person(person, zone))


def draw_person(person: dict[str, Any], zone: tzinfo) -> Tree:
    """The tree for a `Person` in the API's fields; each day is that of the zone."""
    tree = Tree(_text(("bold", person["id"]), (None, f"  {_summary(person)}")))
    if person["aliases"]:
        tree.add(_text(("dim", f"also known as {', '.join(person['aliases'])}")))
    _add_profile(tree, person["profile"], zone)
    _add_records(tree, person["records"])
    _add_identifiers(tree, person["identifiers"], zone)
    _add_orders(tree, person, zone)
    return tree


def format_fen(amount_fen: int) -> str:
    """`¥1,234.50`."""
    sign = "-" if amount_fen < 0 else ""
    yuan, fen = divmod(abs(amount_fen), 100)
    return f"{sign}¥{yuan:,}.{fen:02d}"


def _summary(person: dict[str, Any]) -> str:
    systems = len({record["system"] for record in person["records"]})
    orders = _count(person["orderCount"], "order")
    return f"{_count(systems, 'system')}, {orders}, {format_fen(person['totalSpent'])} spent"


def _add_profile(tree: Tree, fields: list[dict[str, Any]], zone: tzinfo) -> None:
    if fields:
        branch = tree.add("profile")
        for field in fields:
            branch.add(_text((None, f"{field['name']}: {field['value']}"), ("dim", f"  from {_record(field, zone)}")))


def _add_records(tree: Tree, records: list[dict[str, Any]]) -> None:
    branch = tree.add("records")
    by_system: dict[str, list[str]] = {}
    for record in records:
        by_system.setdefault(record["system"], []).append(record["externalId"])
    for system, external_ids in by_system.items():
        branch.add(_text((None, f"{system}: {', '.join(external_ids)}")))


def _add_identifiers(tree: Tree, identifiers: list[dict[str, Any]], zone: tzinfo) -> None:
    branch = tree.add("identifiers")
    for held in identifiers:
        scope = f" ({held['scope']})" if held["scope"] else ""
        systems = ", ".join(sorted({source["record"]["system"] for source in held["sources"]}))
        ended = f", until {_day(held['validTo'], zone)}" if held["validTo"] else ""
        verified = ", verified" if held["verified"] else ""
        branch.add(
            _text(
                (None, f"{held['type']}{scope}: {held['masked']}"),
                ("dim", f"  {systems}, since {_day(held['validFrom'], zone)}{ended}{verified}"),
            )
        )


def _add_orders(tree: Tree, person: dict[str, Any], zone: tzinfo) -> None:
    if not person["orderCount"]:
        return
    shown = person["orders"]["nodes"][:_ORDERS_SHOWN]
    branch = tree.add("orders, newest first")
    for order in shown:
        items = sum(line["quantity"] for line in order["lines"])
        day = _day(order["placedAt"], zone)
        branch.add(
            _text(
                (
                    None,
                    f"{day}  {format_fen(order['amountFen']):>12}  {order['status'].lower()}",
                ),
                ("dim", f"  {order['system']} {order['orderId']}, {_count(items, 'item')}"),
            )
        )
    if person["orderCount"] > len(shown):
        branch.add(_text(("dim", f"and {person['orderCount'] - len(shown):,} more")))


def _text(*parts: tuple[str | None, str]) -> Text:
    """Styled text; what comes from the data is never read as markup."""
    return Text.assemble(*(plain(words, style or "") for style, words in parts))


def _record(field: dict[str, Any], zone: tzinfo) -> str:
    told = "a steward" if field["system"] is None else f"{field['system']} {field['externalId']}"
    return f"{told}, {_day(field['observedAt'], zone)}"


def _day(instant: str, zone: tzinfo) -> str:
    return datetime.fromisoformat(instant).astimezone(zone).date().isoformat()


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
