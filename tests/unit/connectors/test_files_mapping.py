"""Mappings: what is wrong with one is said with its line, and the ready ones are found by columns."""

from __future__ import annotations

from pathlib import Path

import pytest

from connectors.files.mapping import (
    CustomerMapping,
    OrderMapping,
    dump_mapping,
    load_mapping,
    parse_mapping,
)
from connectors.files.ready import find_mapping, ready_mappings
from hub.core.errors import Conflict, InvalidInput
from hub.core.model import System

CUSTOMERS = """\
version: 1
kind: customers
system: pos
timezone: Asia/Shanghai
external_id: 卡号
observed_at: {column: ts, format: epoch_ms}
identifiers:
  - {type: phone, column: 手机}
  - {type: openid, column: openid, scope: "column:appid"}
profile:
  name: 姓名
  gender: {column: 性别, values: {1: male, no: female, 未知: null}}
"""
ORDERS = """\
version: 1
kind: orders
order_id: id
placed_at: at
status: {always: received}
lines:
  path: items
  sku: sku
  quantity: n
  amount: {column: paid, unit: fen}
"""


def test_scalars_are_texts_whatever_yaml_thinks_of_them() -> None:
    mapping = parse_mapping(CUSTOMERS)

    assert isinstance(mapping, CustomerMapping)
    assert mapping.profile["gender"].values == {"1": "male", "no": "female", "未知": None}
    assert mapping.columns() == ["卡号", "手机", "openid", "appid", "姓名", "性别", "ts"]


def test_columns_of_nested_lines_are_paths() -> None:
    mapping = parse_mapping(ORDERS)

    assert isinstance(mapping, OrderMapping)
    assert mapping.required() == ["id", "at", "items"]
    assert mapping.columns() == ["id", "at", "items", "items[].sku", "items[].n", "items[].paid"]


@pytest.mark.parametrize("text", [CUSTOMERS, ORDERS])
def test_a_mapping_is_dumped_as_a_text_that_reads_back(text: str) -> None:
    mapping = parse_mapping(text)

    assert parse_mapping(dump_mapping(mapping)) == mapping


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (CUSTOMERS.replace("external_id", "extern_id"), "line 5: extern_id: there is no such key"),
        (CUSTOMERS.replace("- {type: phone", "- {typ: phone"), "line 8: identifiers.0.type: this key is missing"),
        (CUSTOMERS.replace("name: 姓名", "nam: 姓名"), "line 10: profile: nam is not a field of a profile"),
        (CUSTOMERS.replace("epoch_ms", "epoch"), "line 6: observed_at.format:"),
        (CUSTOMERS.replace("Asia/Shanghai", "Asia/Atlantis"), "line 4: timezone: expected a zone"),
        (CUSTOMERS.replace("version: 1", "version: 2"), "line 1: version:"),
        (CUSTOMERS.replace("customers", "clients"), "kind: expected customers or orders"),
        (CUSTOMERS + "kind: orders\n", "line 13: the key kind occurs twice"),
        (ORDERS.replace("received", "recieved"), "line 5: status: recieved is not a status"),
        (ORDERS.replace(", unit: fen", ""), "line 10: lines.amount.unit: this key is missing"),
        ("a: [", "this is not YAML"),
        ("a: \0", "this is not YAML that a mapping can be (special characters are not allowed)"),
        ("[" * 20_000, "line 1: this is not YAML that a mapping can be (nested more than 20 deep)"),
        ("a: &x [1]\nb: [*x, *x]", "line 1: this is not YAML that a mapping can be (write the value out"),
        (CUSTOMERS.replace("column:appid", "column: "), "line 9: identifiers.1: expected the name of a column"),
        ("- 1", "a mapping starts with"),
        ("", "a mapping starts with"),
    ],
)
def test_a_mistake_is_named_with_its_line_and_key(text: str, message: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        parse_mapping(text, "my.yaml")

    assert caught.value.safe_message.startswith("my.yaml")
    assert message in caught.value.safe_message


def test_a_mapping_that_is_no_text_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"

    with pytest.raises(InvalidInput, match="cannot be read"):
        load_mapping(path)
    path.write_bytes("kind: 订单".encode("gb18030"))
    with pytest.raises(InvalidInput, match="save the mapping as UTF-8"):
        load_mapping(path)
    path.write_bytes(b"#" * 300_000)
    with pytest.raises(InvalidInput, match="Is it the data"):
        load_mapping(path)
    with pytest.raises(InvalidInput, match="a pipe or a device"):
        load_mapping(Path("/dev/zero"))


def test_every_mapping_that_ships_can_be_found_by_its_columns() -> None:
    shipped = ready_mappings()

    assert shipped
    for mapping in shipped.values():
        assert mapping.system is not None
        assert find_mapping(mapping.columns(), System(f"{mapping.system}:any")) == mapping


def test_the_mapping_that_reads_the_most_columns_is_chosen(tmp_path: Path) -> None:
    (tmp_path / "long.yaml").write_text(CUSTOMERS)
    (tmp_path / "short.yaml").write_text("version: 1\nkind: customers\nsystem: pos\nexternal_id: 卡号\n")
    long = load_mapping(tmp_path / "long.yaml")

    found = find_mapping(["卡号", "手机", "else"], System("pos"), folder=tmp_path)

    assert found == long


def test_two_that_fit_equally_well_are_for_a_person_to_choose(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / f"{name}.yaml").write_text(CUSTOMERS)

    with pytest.raises(Conflict, match="a and b fit this file equally well: choose with --mapping"):
        find_mapping(["卡号"], System("pos"), folder=tmp_path)


def test_what_to_do_without_a_fitting_mapping_is_said(tmp_path: Path) -> None:
    (tmp_path / "cards.yaml").write_text(CUSTOMERS)

    with pytest.raises(InvalidInput, match=r"cards comes nearest and misses the column 卡号.*--mapping.*--guess"):
        find_mapping(["编号"], System("pos"), folder=tmp_path)
    with pytest.raises(InvalidInput, match="No mapping ships for systems of the kind crm"):
        find_mapping(["编号"], System("crm"), folder=tmp_path)
