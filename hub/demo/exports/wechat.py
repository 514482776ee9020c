"""The WeChat mini programs, as an API gives them: JSON Lines, an openid per app, amounts in fen, epoch times."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from random import Random
from typing import Any, Final
from zoneinfo import ZoneInfo

from hub.demo.exports.export import Export
from hub.demo.exports.tables import JsonLinesTable
from hub.demo.history import History
from hub.demo.records import CustomerRow
from hub.demo.sales import Sale

_STATUS: Final = {"created": 10, "paid": 20, "shipped": 30, "received": 100, "refunded": 200, "closed": 250}
_NICKNAMES: Final = (
    "小森林🌿",
    "Amy",
    "晴天",
    "老王",
    "Cici🍓",
    "知足常乐",
    "平安喜乐",
    "海阔天空",
    "momo",
    "奶茶三分糖",
)
_ZONE: Final = ZoneInfo("Asia/Shanghai")


def _customer(row: CustomerRow, rng: Random) -> dict[str, Any]:
    person = row.person
    found: dict[str, Any] = {"openid": row.external_id, "appid": row.app}
    if row.unionid:
        found["unionid"] = row.unionid
    if row.phone:
        found["phone"] = row.phone if rng.random() < 0.7 else f"+86{row.phone}"
    if rng.random() < 0.5:
        found["realName"] = row.name
    return found | {
        "nickName": rng.choice(_NICKNAMES),
        "gender": (1 if person.male else 2) if rng.random() < 0.7 else 0,
        "province": person.place.province,
        "city": person.place.city,
        "createTime": _epoch_s(row.created),
        "updateTime": _epoch_s(row.modified),
    }


def _order(sale: Sale, history: History) -> Iterable[dict[str, Any]]:
    lines = sale.basket.lines
    yield {
        "order_id": f"37{sale.basket.id}{sale.turn + 1:06d}",
        "openid": sale.customer,
        "appid": sale.app,
        "status": _STATUS[sale.status],
        "create_time": _epoch_s(sale.placed),
        "pay_amount": sum(history.amount_fen[line] for line in lines),
        "items": [
            {
                "item_id": n,
                "sku_id": str(history.sku[line]),
                "title": history.products[history.sku[line]],
                "count": history.quantity[line],
                "paid": history.amount_fen[line],
            }
            for n, line in enumerate(lines, start=1)
        ],
    }


def _epoch_s(moment: datetime) -> int:
    return int(moment.replace(tzinfo=_ZONE).timestamp())


WECHAT: Final = Export(
    kind="wechat",
    system="wechat:mini",
    suffix=".jsonl",
    open_customers=JsonLinesTable,
    open_orders=JsonLinesTable,
    customer_row=_customer,
    order_rows=_order,
    customer_mapping="wechat-customers",
)
