"""A person in the terminal."""

from __future__ import annotations

import io
from typing import Any

from rich.console import Console

from hub.cli.person_tree import draw_person, format_fen

MOMENT = "2026-05-01T10:00:00.000Z"
RECORD = {"system": "pos", "externalId": "[red]C1"}


def order(number: int) -> dict[str, Any]:
    return {
        "system": "pos",
        "orderId": f"P{number}",
        "placedAt": MOMENT,
        "status": "RECEIVED",
        "amountFen": 1234,
        "lines": [{"quantity": 2}, {"quantity": 1}],
    }


def person(orders: int) -> dict[str, Any]:
    return {
        "id": "01ARZ3NDEKTSV4RRFFQ69G5FAV",
        "aliases": ["01BX5ZZKBKACTAV9WEVGEMMVRZ"],
        "records": [RECORD],
        "identifiers": [
            {
                "type": "phone",
                "scope": "",
                "masked": "138****0001",
                "verified": True,
                "validFrom": MOMENT,
                "validTo": None,
                "sources": [{"record": RECORD}],
            }
        ],
        "profile": [{"name": "name", "value": "张小明", "system": "pos", "externalId": "C1", "observedAt": MOMENT}],
        "totalSpent": 123456,
        "orderCount": orders,
        "orders": {"nodes": [order(number) for number in range(min(orders, 100))]},
    }


def drawn(shown: dict[str, Any]) -> str:
    console = Console(file=io.StringIO(), width=200, color_system=None)
    with console.capture() as capture:
        console.print(draw_person(shown))
    return capture.get()


def test_the_tree_says_who_where_and_what() -> None:
    text = drawn(person(1))

    assert "01ARZ3NDEKTSV4RRFFQ69G5FAV  1 system, 1 order, ¥1,234.56 spent" in text
    assert "name: 张小明" in text
    assert "phone: 138****0001  pos, since 2026-05-01, verified" in text
    assert "¥12.34  received  pos P0, 3 items" in text


def test_what_the_data_says_is_never_read_as_markup() -> None:
    assert "pos: [red]C1" in drawn(person(1))


def test_a_long_history_is_cut_with_a_count_of_the_rest() -> None:
    text = drawn(person(1500))

    assert text.count("received") == 10
    assert "and 1,490 more" in text


def test_without_orders_there_is_no_branch_for_them() -> None:
    assert "newest first" not in drawn(person(0))


def test_money_is_written_in_yuan() -> None:
    assert [format_fen(fen) for fen in (0, 5, 123456789, -150)] == ["¥0.00", "¥0.05", "¥1,234,567.89", "-¥1.50"]
