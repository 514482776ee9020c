from __future__ import annotations

from typing import Any

from rich.console import Console

from hub.cli.query_tables import make_tables


def show(data: Any) -> list[list[str]]:
    console = Console(width=300, color_system=None)
    with console.capture() as capture:
        for table in make_tables(data):
            console.print(table)
    return [line.split() for line in capture.get().splitlines()]


def test_an_object_is_shown_field_by_field_with_paths() -> None:
    data = {"person": {"id": "p1", "profile": {"name": None}, "records": [{"system": "pos"}]}}

    assert show(data) == [["person"], ["id", "p1"], ["profile.name", "-"], ["records", '[{"system":"pos"}]']]


def test_a_connection_is_the_table_of_its_nodes() -> None:
    nodes = [{"id": "p1", "spent": {"fen": 10}}, {"id": "p2", "spent": None}]
    expected = [["persons"], ["id", "spent.fen"], ["p1", "10"], ["p2", "-"]]

    assert show({"persons": {"nodes": nodes}}) == expected
    assert show({"persons": {"edges": [{"node": node} for node in nodes]}}) == expected
    assert show({"persons": nodes}) == expected


def test_what_is_no_object_is_one_line() -> None:
    assert show({"count": 3, "gone": None}) == [["count"], ["count", "3"], ["gone"], ["gone", "-"]]
    assert show(None) == []
