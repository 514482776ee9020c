"""A person as a small tree for the terminal."""

from __future__ import annotations

from typing import Any, Final

from rich.text import Text
from rich.tree import Tree

_ORDERS_SHOWN: Final = 10


def draw_person(person: dict[str, Any]) -> Tree:
    """The tree for a `Person` in the API's fields; times are UTC."""
    tree = Tree(_text(("bold", person["id"]), (None, f"  {_summary(person)}")))
    if person["aliases"]:
        tree.add(_text(("dim", f"also known as {', '.join(person['aliases'])}")))
    _add_profile(tree, person["profile"])
    _add_records(tree, person["records"])
    _add_identifiers(tree, person["identifiers"])
    _add_orders(tree, person)
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


def _add_profile(tree: Tree, fields: list[dict[str, Any]]) -> None:
    if fields:
        branch = tree.add("profile")
        for field in fields:
            branch.add(_text((None, f"{field['name']}: {field['value']}"), ("dim", f"  from {_record(field)}")))


def _add_records(tree: Tree, records: list[dict[str, Any]]) -> None:
    branch = tree.add("records")
    by_system: dict[str, list[str]] = {}
    for record in records:
        by_system.setdefault(record["system"], []).append(record["externalId"])
    for system, external_ids in by_system.items():
        branch.add(_text((None, f"{system}: {', '.join(external_ids)}")))


def _add_identifiers(tree: Tree, identifiers: list[dict[str, Any]]) -> None:
    branch = tree.add("identifiers")
    for held in identifiers:
        scope = f" ({held['scope']})" if held["scope"] else ""
        systems = ", ".join(sorted({source["record"]["system"] for source in held["sources"]}))
        ended = f", until {_day(held['validTo'])}" if held["validTo"] else ""
        verified = ", verified" if held["verified"] else ""
        branch.add(
            _text(
                (None, f"{held['type']}{scope}: {held['masked']}"),
                ("dim", f"  {systems}, since {_day(held['validFrom'])}{ended}{verified}"),
            )
        )


def _add_orders(tree: Tree, person: dict[str, Any]) -> None:
    if not person["orderCount"]:
        return
    shown = person["orders"]["nodes"][:_ORDERS_SHOWN]
    branch = tree.add("orders, newest first")
    for order in shown:
        items = sum(line["quantity"] for line in order["lines"])
        branch.add(
            _text(
                (None, f"{_day(order['placedAt'])}  {format_fen(order['amountFen']):>12}  {order['status'].lower()}"),
                ("dim", f"  {order['system']} {order['orderId']}, {_count(items, 'item')}"),
            )
        )
    if person["orderCount"] > len(shown):
        branch.add(_text(("dim", f"and {person['orderCount'] - len(shown):,} more")))


def _text(*parts: tuple[str | None, str]) -> Text:
    """Styled text; what comes from the data is never read as markup."""
    return Text.assemble(*((words, style or "") for style, words in parts))


def _record(field: dict[str, Any]) -> str:
    return f"{field['system']} {field['externalId']}, {_day(field['observedAt'])}"


def _day(instant: str) -> str:
    return instant[:10]


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
