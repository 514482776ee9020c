"""A mapping proposed from headers and a few rows."""

from __future__ import annotations

import pytest

from connectors.files.guess import guess_mapping, list_unused
from connectors.files.mapping import CustomerMapping, OrderMapping, dump_mapping, parse_mapping
from connectors.files.rows import Row
from hub.core.errors import InvalidInput


def test_chinese_headers_of_customers_are_recognised() -> None:
    columns = ["会员 编号", "手机号码", "姓名", "性别", "出生日期", "更新时间", "unionid", "备注"]
    sample = [Row(2, {"性别": "M"}), Row(3, {"性别": "女"}), Row(4, {"性别": "?"})]

    mapping = guess_mapping(columns, sample)

    assert isinstance(mapping, CustomerMapping)
    assert mapping.external_id == "会员 编号"
    assert [(one.type, one.column, one.scope) for one in mapping.identifiers] == [
        ("phone", "手机号码", ""),
        ("unionid", "unionid", "$system"),
    ]
    assert mapping.profile["gender"].values == {"M": "male", "女": "female"}
    assert mapping.profile["birthday"].column == "出生日期"
    assert mapping.observed_at is not None
    assert parse_mapping(dump_mapping(mapping)) == mapping


def test_orders_are_told_by_their_numbers_and_times() -> None:
    columns = ["订单编号", "买家ID", "下单时间", "订单状态", "订单金额（分）", "商品编码", "数量", "小计(元)"]

    mapping = guess_mapping(columns, [Row(2, {"订单状态": "交易成功"})])

    assert isinstance(mapping, OrderMapping)
    assert mapping.placed_at is not None
    assert mapping.status is not None
    assert (mapping.order_id, mapping.customer, mapping.placed_at.column) == ("订单编号", "买家ID", "下单时间")
    assert mapping.amount is not None
    assert mapping.amount.unit == "fen"
    assert mapping.status.values == {"交易成功": "received"}
    assert mapping.lines is not None
    assert mapping.lines.amount is not None
    assert (mapping.lines.path, mapping.lines.sku, mapping.lines.amount.unit) == (None, "商品编码", "yuan")


def test_nested_lines_and_english_names_are_recognised() -> None:
    columns = ["order_id", "customerId", "created_at", "items", "items[].sku", "items[].qty", "items[].paid_amount"]

    mapping = guess_mapping(columns, [])

    assert isinstance(mapping, OrderMapping)
    assert mapping.lines is not None
    assert (mapping.lines.path, mapping.lines.quantity) == ("items", "qty")
    assert mapping.status is not None
    assert mapping.status.always == "received"


def test_one_column_of_money_beside_lines_is_the_lines_own() -> None:
    mapping = guess_mapping(["单号", "日期", "sku", "qty", "amount"], [])

    assert isinstance(mapping, OrderMapping)
    assert mapping.amount is None
    assert mapping.lines is not None
    assert mapping.lines.amount is not None
    assert mapping.lines.amount.column == "amount"


def test_what_was_not_recognised_is_said() -> None:
    with pytest.raises(InvalidInput, match="No column looks like external_id among: foo, bar"):
        guess_mapping(["foo", "bar"], [])
    with pytest.raises(InvalidInput, match="order_id or like placed_at"):
        guess_mapping(["foo", "bar"], [], kind="orders")


def test_a_product_name_makes_lines_where_there_is_no_sku() -> None:
    columns = ["订单号", "会员编号", "下单时间", "商品名称", "数量", "实付金额", "备注"]

    mapping = guess_mapping(columns, [])

    assert isinstance(mapping, OrderMapping)
    assert mapping.amount is None
    assert mapping.lines is not None
    assert mapping.lines.amount is not None
    assert (mapping.lines.sku, mapping.lines.name, mapping.lines.quantity) == (None, "商品名称", "数量")
    assert mapping.lines.amount.column == "实付金额"
    assert list_unused(columns, mapping) == ["备注"]


def test_lines_without_money_of_their_own_leave_the_total_to_the_order() -> None:
    mapping = guess_mapping(["订单号", "下单时间", "商品名称", "数量", "订单金额"], [])

    assert isinstance(mapping, OrderMapping)
    assert mapping.amount is not None
    assert mapping.lines is not None
    assert (mapping.amount.column, mapping.lines.amount) == ("订单金额", None)


def test_a_name_beside_an_order_s_total_is_no_article() -> None:
    mapping = guess_mapping(["order_id", "created_at", "name", "amount"], [])

    assert isinstance(mapping, OrderMapping)
    assert (mapping.lines, list_unused(["order_id", "created_at", "name", "amount"], mapping)) == (None, ["name"])


def test_objects_and_lists_are_listed_by_the_parts_that_are_not_used() -> None:
    columns = ["id", "created_at", "items", "items[].sku", "items[].paid", "items[].gift", "buyer", "buyer.vip"]

    assert list_unused(columns, guess_mapping(columns, [])) == ["items[].gift", "buyer.vip"]


def test_a_title_above_the_header_is_suspected() -> None:
    with pytest.raises(InvalidInput, match="header in the first line"):
        guess_mapping(["2024年会员导出"], [])
    with pytest.raises(InvalidInput) as caught:
        guess_mapping(["order_id", "sku"], [], kind="orders")

    assert "first line" not in caught.value.safe_message
