"""Rows become events by a mapping; what does not is rejected by column, value and reason."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.files import orders, translate
from connectors.files.mapping import parse_mapping
from connectors.files.opening import open_source
from connectors.files.outcomes import Outcome, Problem, Rejected, Translated
from hub.core.errors import InvalidInput
from hub.core.model import CustomerEvent, OrderEvent, OrderLine, RawIdentifier, RecordKey, System
from tests.support.file_tables import LATEST_MS, write_csv, write_json_lines

_ZONE = "Asia/Shanghai"
_PLACED_MS = 1_704_431_040_000  # 2024-01-05 13:04:00 in Shanghai
_CUSTOMERS = """
version: 1
kind: customers
external_id: id
observed_at: at
identifiers:
  - {type: phone, column: phone}
  - {type: card, column: id, scope: $system}
  - {type: openid, column: openid, scope: "column:app"}
profile:
  name: name
  birthday: born
  gender: {column: sex, values: {男: male, 女: female, 保密: null}}
  city: {always: 上海}
"""
_ORDERS = """
version: 1
kind: orders
order_id: no
customer: card
placed_at: at
status: {column: status, values: {完成: received, 退: refunded}}
amount: {column: total, unit: yuan}
store: shop
lines:
  line_id: line
  sku: sku
  quantity: n
  amount: {column: paid, unit: yuan}
"""
_CUSTOMER_COLUMNS = ("id", "at", "phone", "openid", "app", "name", "born", "sex")
_ORDER_COLUMNS = ("no", "card", "at", "status", "total", "shop", "line", "sku", "n", "paid")


def _run(path: Path, mapping: str, *, system: str = "pos", skip: int = 0) -> list[Outcome]:
    return list(
        translate.translate(
            open_source(path), parse_mapping(mapping), System(system), timezone=_ZONE, latest_ms=LATEST_MS, skip=skip
        )
    )


def _customers(tmp_path: Path, *rows: tuple[str, ...]) -> list[Outcome]:
    return _run(write_csv(tmp_path / "a.csv", _CUSTOMER_COLUMNS, rows), _CUSTOMERS, system="pos:east")


def _line(no: str, line: str, **other: str) -> tuple[str, ...]:
    cells = {
        "no": no,
        "card": "C1",
        "at": "2024-01-05 13:04:00",
        "status": "完成",
        "total": "20.00",
        "shop": "S1",
        "line": line,
        "sku": f"K{line}",
        "n": "1",
        "paid": "10.00",
    } | other
    return tuple(cells[column] for column in _ORDER_COLUMNS)


def _orders(tmp_path: Path, *rows: tuple[str, ...], mapping: str = _ORDERS, skip: int = 0) -> list[Outcome]:
    return _run(write_csv(tmp_path / "a.csv", _ORDER_COLUMNS, rows), mapping, skip=skip)


def _order(outcome: Outcome) -> OrderEvent:
    assert isinstance(outcome, Translated)
    assert isinstance(outcome.event, OrderEvent)
    return outcome.event


def _rejected(outcome: Outcome) -> Rejected:
    assert isinstance(outcome, Rejected)
    return outcome


def test_a_row_becomes_a_customer(tmp_path: Path) -> None:
    row = ("A1", "2024/1/5 13:04", "1.3812345678E+10", "o-1", "wx1", " 张伟 ", "1990年2月3日", "女")

    (outcome,) = _customers(tmp_path, row)

    assert isinstance(outcome, Translated)
    assert outcome.position == 1
    assert outcome.event == CustomerEvent(
        RecordKey("pos:east", "A1"),
        _PLACED_MS,
        (
            RawIdentifier("phone", "", "13812345678", "phone"),
            RawIdentifier("card", "pos:east", "A1", "id"),
            RawIdentifier("openid", "wx1", "o-1", "openid"),
        ),
        {"name": "张伟", "birthday": "1990-02-03", "gender": "female", "city": "上海"},
    )


def test_blank_cells_say_nothing(tmp_path: Path) -> None:
    (outcome,) = _customers(tmp_path, ("A1", "", "NULL", "-", "", "无", "\\N", "保密"))

    assert isinstance(outcome, Translated)
    assert outcome.event == CustomerEvent(
        RecordKey("pos:east", "A1"), None, (RawIdentifier("card", "pos:east", "A1", "id"),), {"city": "上海"}
    )


@pytest.mark.parametrize(
    ("cells", "column", "value", "reason"),
    [
        ({"id": " "}, "id", "", "missing"),
        ({"phone": "1.38E+10"}, "phone", "1.38E+10", "Excel has dropped digits"),
        ({"sex": "M"}, "sex", "M", "the mapping knows 男, 女, 保密"),
        ({"born": "1990-02-30"}, "born", "1990-02-30", "no such date"),
        ({"at": "soon"}, "at", "soon", "not a date"),
        ({"app": ""}, "app", "", "missing"),
    ],
)
def test_a_bad_cell_rejects_its_row_by_name(
    tmp_path: Path, cells: dict[str, str], column: str, value: str, reason: str
) -> None:
    good = dict(zip(_CUSTOMER_COLUMNS, ("A1", "", "13812345678", "o-1", "wx1", "", "", "男"), strict=True))
    row = tuple({**good, **cells}.values())

    first, second = _customers(tmp_path, row, tuple(good.values()))

    rejected = _rejected(first)
    assert (rejected.line, rejected.column, rejected.value.strip(), rejected.position) == (2, column, value, 1)
    assert reason in rejected.reason
    assert isinstance(second, Translated)


def test_adjacent_rows_of_one_number_are_one_order(tmp_path: Path) -> None:
    rows = (_line("R1", "1"), _line("R1", "2", n="2"), _line("R2", "1", card=""), _line("R1", "3"))

    first, guest, again = _orders(tmp_path, *rows)

    assert _order(first) == OrderEvent(
        system="pos",
        order_id="R1",
        external_id="C1",
        placed_ms=_PLACED_MS,
        status="received",
        amount_fen=2000,
        store="S1",
        lines=(OrderLine("1", "K1", "", 1, 1000), OrderLine("2", "K2", "", 2, 1000)),
    )
    assert _order(guest).external_id is None
    assert [line.line_id for line in _order(again).lines] == ["3"]
    assert [outcome.position for outcome in (first, guest, again)] == [2, 3, 4]


def test_one_bad_row_rejects_its_whole_order_and_no_other(tmp_path: Path) -> None:
    rows = (_line("R1", "1"), _line("R1", "2", n="x"), _line("R1", "3", paid="1.234"), _line("R2", "1"))

    first, second = _orders(tmp_path, *rows)

    rejected = _rejected(first)
    assert [row.line for row in rejected.rows] == [2, 3, 4]
    assert (rejected.line, rejected.column, rejected.value, rejected.reason) == (3, "n", "x", "not a number")
    assert rejected.more == (Problem(4, "paid", "1.234", "more than two decimals"),)
    assert rejected.position == 3
    assert _order(second).order_id == "R2"


def test_an_unknown_status_is_rejected_with_the_known_ones(tmp_path: Path) -> None:
    (outcome,) = _orders(tmp_path, _line("R1", "1", status="在途"))

    assert "完成, 退" in _rejected(outcome).reason


def test_rows_of_one_order_that_contradict_each_other_are_rejected(tmp_path: Path) -> None:
    (outcome,) = _orders(tmp_path, _line("R1", "1"), _line("R1", "2", card="C2"))

    assert (_rejected(outcome).line, "contradict" in _rejected(outcome).reason) == (3, True)


def test_what_only_one_row_of_an_order_says_counts_for_all(tmp_path: Path) -> None:
    rows = (_line("R1", "1", total="", shop=""), _line("R1", "2", at="2024-01-05 13:03:00"))

    (outcome,) = _orders(tmp_path, *rows)

    order = _order(outcome)
    assert (order.amount_fen, order.store, order.placed_ms) == (2000, "S1", _PLACED_MS - 60_000)


def test_a_line_that_is_repeated_to_the_letter_counts_once(tmp_path: Path) -> None:
    (same,) = _orders(tmp_path, _line("R1", "1"), _line("R1", "1"))
    (other,) = _orders(tmp_path, _line("R1", "1"), _line("R1", "1", paid="9.00"))

    assert len(_order(same).lines) == 1
    assert "the id 1" in _rejected(other).reason


def test_lines_without_ids_are_named_by_their_sku(tmp_path: Path) -> None:
    mapping = _ORDERS.replace("  line_id: line\n", "")

    (outcome,) = _orders(
        tmp_path,
        *[_line("R1", str(n), sku=sku) for n, sku in enumerate(("K1", "K1", "K3", "K1#3", "K1"))],
        mapping=mapping,
    )

    assert [line.line_id for line in _order(outcome).lines] == ["K1", "K1#2", "K3", "K1#3", "K1#4"]


def test_lines_without_a_sku_are_named_by_their_name_or_else_by_their_place(tmp_path: Path) -> None:
    lines = "lines: {name: line, quantity: n, amount: {column: paid, unit: yuan}}\n"
    mapping = _ORDERS.partition("lines:")[0] + lines
    rows = (_line("R1", "可乐"), _line("R1", ""), _line("R1", "可乐", paid="3.00"), _line("R1", "2"))

    (outcome,) = _orders(tmp_path, *rows, mapping=mapping)

    assert _order(outcome).lines == (
        OrderLine("可乐", "", "可乐", 1, 1000),
        OrderLine("2", "", "", 1, 1000),
        OrderLine("可乐#2", "", "可乐", 1, 300),
        OrderLine("2#2", "", "2", 1, 1000),
    )


def test_lines_without_money_need_the_order_s_total(tmp_path: Path) -> None:
    mapping = _ORDERS.partition("lines:")[0] + "lines: {name: line}\n"

    told, untold = _orders(
        tmp_path, _line("R1", "a"), _line("R1", "b", total=""), _line("R2", "a", total=""), mapping=mapping
    )

    assert (_order(told).amount_fen, [line.amount_fen for line in _order(told).lines]) == (2000, [0, 0])
    assert [line.quantity for line in _order(told).lines] == [1, 1]
    assert (_rejected(untold).column, "missing" in _rejected(untold).reason) == ("total", True)
    with pytest.raises(InvalidInput, match="an `amount`: of the order, of its lines, or both"):
        parse_mapping(mapping.replace("amount: {column: total, unit: yuan}\n", ""))


def test_without_lines_rows_of_one_order_have_to_repeat_each_other(tmp_path: Path) -> None:
    mapping = _ORDERS.partition("lines:")[0]
    rows = [_line("R1", "1"), _line("R1", "1", paid="8.00"), _line("R2", "1"), _line("R2", "1"), _line("R3", "1")]

    several, same, single = _orders(tmp_path, *rows, mapping=mapping)

    rejected = _rejected(several)
    assert ([row.line for row in rejected.rows], rejected.column, rejected.value) == ([2, 3], "no", "R1")
    assert rejected.reason == "this order has several rows that differ: the mapping needs `lines`"
    assert (_order(same).order_id, _order(single).order_id) == ("R2", "R3")
    assert (same.position, single.position) == (4, 5)


def test_a_row_without_an_order_number_is_rejected_alone(tmp_path: Path) -> None:
    first, second, third = _orders(tmp_path, _line("R1", "1"), _line("", "2"), _line("R1", "3"))

    assert [line.line_id for line in _order(first).lines] == ["1"]
    assert (_rejected(second).column, _rejected(second).reason) == ("no", "missing: the cell is blank")
    assert [line.line_id for line in _order(third).lines] == ["3"]


def test_an_endless_order_is_rejected_in_bounded_parts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(orders, "MAX_ORDER_ROWS", 3)
    monkeypatch.setattr(translate, "MAX_ORDER_ROWS", 3)
    rows = [*(_line("R1", str(number)) for number in range(8)), _line("R2", "1"), _line("R2", "2"), _line("R2", "3")]

    *parts, last = _orders(tmp_path, *rows)
    resumed = _orders(tmp_path, *rows, skip=parts[0].position)

    assert [len(_rejected(part).rows) for part in parts] == [3, 3, 2]
    assert "really the number of the order" in _rejected(parts[2]).reason
    assert len(_order(last).lines) == 3
    assert resumed == [*parts[1:], last]


def test_nested_lines_are_read_from_their_path(tmp_path: Path) -> None:
    mapping = """
version: 1
kind: orders
order_id: id
customer: buyer.openid
placed_at: {column: at, format: epoch_s}
status: {column: state, values: {100: received}}
amount: {column: paid, unit: fen}
lines: {path: goods.items, line_id: i, sku: k, name: t, quantity: n, amount: {column: paid, unit: fen}}
"""
    goods = {"items": [{"i": 1, "k": "K1", "t": "可乐", "n": 2, "paid": 700}]}
    one = {"id": 7, "buyer": {"openid": "o1"}, "at": _PLACED_MS // 1000, "state": 100, "paid": 700, "goods": goods}
    bad = {**one, "goods": {"items": [{"i": 1, "k": "K1", "n": 2, "paid": "x"}]}}
    path = write_json_lines(tmp_path / "a", [one, {**one, "goods": {"items": 3}}, bad, {**one, "buyer": None}])

    first, no_list, bad_line, guest = _run(path, mapping)

    assert _order(first) == OrderEvent(
        system="pos",
        order_id="7",
        external_id="o1",
        placed_ms=_PLACED_MS,
        status="received",
        amount_fen=700,
        lines=(OrderLine("1", "K1", "可乐", 2, 700),),
    )
    assert _rejected(no_list).column == "goods.items"
    assert (_rejected(bad_line).column, _rejected(bad_line).value) == ("goods.items[].paid", "x")
    assert _order(guest).external_id is None


def test_a_column_that_the_file_lacks_is_named_before_the_first_row(tmp_path: Path) -> None:
    path = write_csv(tmp_path / "a.csv", [name.replace("phone", "phones") for name in _CUSTOMER_COLUMNS], [])
    source = open_source(path)

    with pytest.raises(InvalidInput, match=r"no column phone, .*Did you mean phones.*Its columns: id, at, phones"):
        translate.translate(source, parse_mapping(_CUSTOMERS), System("pos"), timezone=_ZONE, latest_ms=LATEST_MS)


def test_a_title_above_the_header_is_suspected(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("2024年会员导出,,\nid,phone,name\n1,138,x\n")

    with pytest.raises(InvalidInput, match=r"Its columns: 2024年会员导出\. Is the header in the first line\?"):
        _run(path, _CUSTOMERS)


def test_objects_may_lack_what_a_row_can_do_without(tmp_path: Path) -> None:
    (outcome,) = _run(write_json_lines(tmp_path / "a", [{"id": "A1"}]), _CUSTOMERS)
    with pytest.raises(InvalidInput, match="no column id"):
        _run(write_json_lines(tmp_path / "b", [{"ids": "A1"}]), _CUSTOMERS)

    assert isinstance(outcome, Translated)


def test_a_mapping_for_another_kind_of_system_is_refused(tmp_path: Path) -> None:
    path = write_csv(tmp_path / "a.csv", _CUSTOMER_COLUMNS, [])

    with pytest.raises(InvalidInput, match="of the kind tmall, and pos is of the kind pos"):
        _run(path, _CUSTOMERS + "system: tmall\n")


_NUMBERS = st.lists(st.sampled_from(["R1", "R2", "R3", "", "bad"]), max_size=14)


@given(_NUMBERS)
def test_every_row_is_in_one_outcome_and_any_outcome_is_a_place_to_resume(
    tmp_path_factory: pytest.TempPathFactory, numbers: list[str]
) -> None:
    path = tmp_path_factory.mktemp("orders") / "a.csv"
    rows = [
        ("no", "two") if number == "bad" else _line(number, str(place), n="x" if place % 5 == 4 else "1")
        for place, number in enumerate(numbers)
    ]
    write_csv(path, _ORDER_COLUMNS, rows)

    outcomes = _run(path, _ORDERS)

    assert [row.line for outcome in outcomes for row in outcome.rows] == list(range(2, len(rows) + 2))
    for done, outcome in enumerate(outcomes, 1):
        assert outcome.position == sum(len(one.rows) for one in outcomes[:done])
        assert _run(path, _ORDERS, skip=outcome.position) == outcomes[done:]


def test_rows_of_an_order_that_stand_apart_are_rejected_where_lines_have_no_id(tmp_path: Path) -> None:
    mapping = parse_mapping(
        """
        version: 1
        kind: orders
        order_id: order
        placed_at: at
        status: {always: paid}
        lines: {name: item, amount: {column: yuan, unit: yuan}}
        """,
        "test",
    )
    path = tmp_path / "o.csv"
    rows = ["O1,2025-01-05,tea,10", "O2,2025-01-05,tea,7", "O1,2025-01-05,tea,20", "O2,2025-01-05,tea,7"]
    path.write_text("\n".join(["order,at,item,yuan", *rows]) + "\n", encoding="utf-8")

    for skip in (0, 2):
        with closing(open_source(path)) as source:
            outcomes = list(
                translate.translate(source, mapping, System("pos"), timezone="UTC", latest_ms=LATEST_MS, skip=skip)
            )
        kinds = [type(outcome).__name__ for outcome in outcomes]
        assert kinds == ["Translated", "Translated", "Rejected", "Translated"][skip:]


def test_what_is_stated_of_the_future_is_rejected_by_its_column(tmp_path: Path) -> None:
    customers = [("C1", "2026-01-01 08:00:00"), ("C2", "2026-01-01 08:00:01"), ("C3", "2025-01-01", "2026-01-02")]
    path = write_csv(tmp_path / "a.csv", ("id", "at", "born"), [(*row, "")[:3] for row in customers])
    mapping = "version: 1\nkind: customers\nexternal_id: id\nobserved_at: at\nprofile: {birthday: born}\n"

    found = _run(path, mapping)

    assert isinstance(found[0], Translated)
    assert [(one.column, one.reason) for one in found if isinstance(one, Rejected)] == [
        ("at", "in the future: more than a day ahead of the hub's clock"),
        ("born", "a day in the future"),
    ]
    [order] = _run(write_csv(tmp_path / "b.csv", _ORDER_COLUMNS, [_line("1", "1", at="2026-02-01")]), _ORDERS)
    assert isinstance(order, Rejected)
    assert (order.column, order.reason[:13]) == ("at", "in the future")
