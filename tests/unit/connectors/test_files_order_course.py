"""What files say of an order's course: stages with instants, deposits, refunds, exchanges, a guest's phone."""

from __future__ import annotations

from pathlib import Path

import pytest

from connectors.files.mapping import OrderMapping, dump_mapping, parse_mapping
from connectors.files.opening import open_source
from connectors.files.outcomes import Outcome, Rejected, Translated
from connectors.files.translate import translate
from hub.core.course import Exchange, Refund
from hub.core.errors import InvalidInput
from hub.core.model import OrderEvent, System
from tests.support.file_tables import LATEST_MS, write_csv, write_json_lines

_PLACED_MS = 1_704_431_040_000  # 2024-01-05 13:04:00 in Shanghai
_COLUMNS = ("no", "at", "status", "phone", "paid_at", "got_at", "down", "line", "fen", "back", "old")
_PRESALE = """
version: 1
kind: orders
order_id: no
placed_at: at
status: {column: status}
phone: phone
reached_at: {paid: paid_at, received: {column: got_at, format: epoch_ms}}
deposit: {column: down, unit: fen}
lines:
  line_id: line
  amount: {column: fen, unit: fen}
  refunded: {amount: {column: back, unit: fen}}
  replaces: old
"""
_REFUNDS = """
version: 1
kind: orders
order_id: no
observed_at: at
refund: {id: refund, line_id: line, amount: {column: fen, unit: fen}, quantity: n}
"""


def _run(path: Path, mapping: str) -> list[Outcome]:
    parsed = parse_mapping(mapping)
    return list(translate(open_source(path), parsed, System("pos"), timezone="Asia/Shanghai", latest_ms=LATEST_MS))


def _presale(tmp_path: Path, *lines: dict[str, str]) -> list[Outcome]:
    plain = dict.fromkeys(_COLUMNS, "") | {"no": "T1", "at": "2024-01-05 13:04:00", "status": "paid", "fen": "100"}
    rows = [tuple((plain | line)[column] for column in _COLUMNS) for line in lines]
    return _run(write_csv(tmp_path / "a.csv", _COLUMNS, rows), _PRESALE)


def _event(outcome: Outcome) -> OrderEvent:
    assert isinstance(outcome, Translated)
    assert isinstance(outcome.event, OrderEvent)
    return outcome.event


def test_stages_deposits_returns_and_exchanges_are_read_from_the_rows_of_an_order(tmp_path: Path) -> None:
    first = {"line": "1", "phone": "13800000001", "paid_at": "2024-01-05 13:04:00", "down": "30", "back": "-20"}
    second = {"line": "2", "got_at": str(_PLACED_MS + 1), "old": "1"}

    [outcome] = _presale(tmp_path, first, second)

    event = _event(outcome)
    assert event.phone == "13800000001"
    assert event.deposit_fen == 30
    assert event.reached == (("paid", _PLACED_MS), ("received", _PLACED_MS + 1))
    assert event.refunds == (Refund("", "1", 0, 20),)
    assert event.exchanges == (Exchange("1", "2"),)


def test_rows_that_contradict_each_other_reject_their_order(tmp_path: Path) -> None:
    [outcome] = _presale(tmp_path, {"line": "1", "down": "30"}, {"line": "2", "down": "31"})

    assert isinstance(outcome, Rejected)
    assert "deposit is not the same" in outcome.reason


def test_a_file_of_refunds_needs_neither_times_nor_statuses(tmp_path: Path) -> None:
    columns = ("no", "at", "refund", "line", "fen", "n")
    at = "2024-01-05 13:04:00"
    rows = [("T1", at, "R1", "1", "50", ""), ("T1", at, "R2", "2", "", "1"), ("T2", at, "R3", "", "7", "")]

    one, other = _run(write_csv(tmp_path / "a.csv", columns, rows), _REFUNDS)

    assert _event(one).refunds == (Refund("R1", "1", 0, 50), Refund("R2", "2", 1, 0))
    assert (_event(one).placed_ms, _event(one).status, _event(one).lines) == (None, None, ())
    assert _event(other).refunds == (Refund("R3", "", 0, 7),)


def test_a_refund_of_nothing_is_rejected(tmp_path: Path) -> None:
    columns = ("no", "at", "refund", "line", "fen", "n")

    [outcome] = _run(write_csv(tmp_path / "a.csv", columns, [("T1", "", "R1", "1", "", "")]), _REFUNDS)

    assert isinstance(outcome, Rejected)
    assert (outcome.column, outcome.reason) == ("refund", "missing: neither an amount nor a quantity")


def test_nested_lines_say_what_came_back_of_them(tmp_path: Path) -> None:
    mapping = """
    version: 1
    kind: orders
    order_id: id
    placed_at: at
    status: {always: received}
    lines:
      path: items
      line_id: n
      amount: {column: fen, unit: fen}
      refunded: {quantity: back}
    """
    items = [{"n": 1, "fen": 100, "back": 2}, {"n": 2, "fen": 100}]
    path = write_json_lines(tmp_path / "a.jsonl", [{"id": "T1", "at": "2024-01-05 13:04:00", "items": items}])

    [outcome] = _run(path, mapping)

    assert _event(outcome).refunds == (Refund("", "1", 2, 0),)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (("status: {column: status}\n", ""), "status: this key is missing; only refunds do without"),
        (("reached_at: {paid", "reached_at: {payed"), "payed is not a stage of an order"),
        (("  line_id: line\n", ""), "expected a `line_id`"),
        (
            ("refunded: {amount: {column: back, unit: fen}}", "refunded: {}"),
            "expected an `amount`, a `quantity` or both",
        ),
    ],
)
def test_mappings_that_make_no_sense_are_refused(change: tuple[str, str], reason: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        parse_mapping(_PRESALE.replace(*change))

    assert reason in refused.value.safe_message


@pytest.mark.parametrize("text", [_PRESALE, _REFUNDS])
def test_a_mapping_reads_back_as_itself(text: str) -> None:
    mapping = parse_mapping(text)

    assert isinstance(mapping, OrderMapping)
    assert parse_mapping(dump_mapping(mapping)) == mapping
