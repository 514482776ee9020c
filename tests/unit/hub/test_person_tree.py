"""A person in the terminal."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from hub.cli.person_tree import format_fen, print_person

Drawn = Callable[[dict[str, Any]], str]
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


@pytest.fixture
def drawn(capsys: pytest.CaptureFixture[str]) -> Callable[[dict[str, Any]], str]:
    def draw(shown: dict[str, Any]) -> str:
        print_person(shown, ZoneInfo("Asia/Shanghai"))
        return capsys.readouterr().out

    return draw


def test_the_tree_says_who_where_and_what(drawn: Drawn) -> None:
    text = drawn(person(1))

    assert "01ARZ3NDEKTSV4RRFFQ69G5FAV  1 system, 1 order, ¥1,234.56 spent" in text
    assert "name: 张小明" in text
    assert "phone: 138****0001  pos, since 2026-05-01, verified" in text
    assert "¥12.34  received  pos P0, 3 items" in text


def test_what_the_data_says_is_never_read_as_markup(drawn: Drawn) -> None:
    assert "pos: [red]C1" in drawn(person(1))


def test_a_long_history_is_cut_with_a_count_of_the_rest(drawn: Drawn) -> None:
    text = drawn(person(1500))

    assert text.count("received") == 10
    assert "and 1,490 more" in text


def test_without_orders_there_is_no_branch_for_them(drawn: Drawn) -> None:
    assert "newest first" not in drawn(person(0))


def test_days_are_those_of_the_programme(drawn: Drawn) -> None:
    shown = person(1)
    shown["orders"]["nodes"][0]["placedAt"] = "2024-05-31T16:30:00.000Z"

    assert "2024-06-01" in drawn(shown)


def test_long_lines_are_whole(drawn: Drawn) -> None:
    shown = person(0)
    shown["records"] = [{"system": "pos", "externalId": f"C{number}"} for number in range(100)]

    assert f"pos: {', '.join(f'C{number}' for number in range(100))}\n" in drawn(shown)


def test_money_is_written_in_yuan() -> None:
    assert [format_fen(fen) for fen in (0, 5, 123456789, -150)] == ["¥0.00", "¥0.05", "¥1,234,567.89", "-¥1.50"]
