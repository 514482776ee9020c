"""The tills, as a back office saves them from a spreadsheet: UTF-8 with a byte order mark, anything for a phone."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from random import Random
from typing import Final

from hub.demo.exports.export import Export, clock, yuan
from hub.demo.exports.tables import CsvTable
from hub.demo.history import History
from hub.demo.holdings import draw_held
from hub.demo.records import CustomerRow
from hub.demo.sales import Sale

CUSTOMER_COLUMNS: Final = (
    *("会员卡号", "姓名", "性别", "手机", "生日", "地址", "导购", "开卡日期", "更新时间"),
    *("积分余额", "积分有效期", "储值余额"),
)
ORDER_COLUMNS: Final = (
    "小票号",
    "行号",
    "门店",
    "收银时间",
    "会员卡号",
    "商品条码",
    "品名",
    "数量",
    "实收金额",
    "状态",
)
_STATUS: Final = {"received": "已完成", "refunded": "已退货"}


def _customer(row: CustomerRow, rng: Random) -> tuple[str, ...]:
    person = row.person
    place = person.place
    birthday = f"{person.birthday.year}/{person.birthday.month}/{person.birthday.day}"
    created = row.created
    # people press Alt+Enter in the middle of an address
    broken = f"{place.province}{place.city}\n{place.district}{place.street}"
    known = (
        row.external_id,
        row.name,
        "男" if person.male else "女",
        row.phone,
        birthday if rng.random() < 0.6 else "",
        broken if rng.random() < 0.05 else place.address if rng.random() < 0.5 else "",
        f"G{person.number // 2400 + 1:03d}" if person.sign_up_phone else "",
        f"{created.year}/{created.month}/{created.day}",
        clock(row.modified),
    )
    held = draw_held(rng)
    return (*known, str(held.points), f"{held.last_day or ''}", yuan(held.stored_fen))


def _order(sale: Sale, history: History) -> Iterable[tuple[object, ...]]:
    receipt = f"{sale.basket.store:05d}-{sale.basket.id}-{sale.turn + 1}"
    placed, status = clock(sale.placed), _STATUS[sale.status]
    for n, line in enumerate(sale.basket.lines, start=1):
        yield (
            receipt,
            n,
            f"S{sale.basket.store:05d}",
            placed,
            sale.customer,
            history.sku[line],
            history.products[history.sku[line]],
            history.quantity[line],
            yuan(history.amount_fen[line]),
            status,
        )


POS: Final = Export(
    kind="pos",
    system="pos",
    suffix=".csv",
    open_customers=partial(CsvTable, columns=CUSTOMER_COLUMNS, encoding="utf-8-sig"),
    open_orders=partial(CsvTable, columns=ORDER_COLUMNS, encoding="utf-8-sig"),
    customer_row=_customer,
    order_rows=_order,
    customer_mapping="pos-members",
)
