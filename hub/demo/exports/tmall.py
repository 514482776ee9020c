"""The Tmall flagship shop, as the seller centre's reports come: GB18030, Chinese headers, phones partly hidden."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from random import Random
from typing import Final

from hub.demo.exports.export import Export, clock, yuan
from hub.demo.exports.tables import CsvTable
from hub.demo.history import History
from hub.demo.records import CustomerRow
from hub.demo.sales import Sale

CUSTOMER_COLUMNS: Final = (
    *("ouid", "会员昵称", "手机号", "姓名", "性别", "生日", "省份", "城市"),
    *("会员等级", "入会时间", "修改时间"),
)
ORDER_COLUMNS: Final = (
    *("订单编号", "子订单编号", "买家ouid", "商品编码", "宝贝标题", "数量", "买家实际支付金额"),
    *("订单总金额", "订单状态", "店铺名称", "订单创建时间"),
)
_STATUS: Final = {
    "created": "等待买家付款",
    "paid": "买家已付款，等待卖家发货",
    "shipped": "卖家已发货，等待买家确认",
    "received": "交易成功",
    "closed": "交易关闭",
    "refunded": "退款成功",
}
_NICKNAMES: Final = ("爱吃鱼的猫", "小确幸", "阳光正好", "一米八的风", "囤货达人", "淡淡的云", "糖糖妈妈", "tb_user")
_LEVELS: Final = ("普通会员", "高级会员", "VIP会员", "至尊VIP会员")
_SHOP: Final = "家庭生活官方旗舰店"


def _customer(row: CustomerRow, rng: Random) -> tuple[str, ...]:
    person = row.person
    return (
        row.external_id,
        f"{rng.choice(_NICKNAMES)}{int(rng.random() * 10_000)}",
        row.phone,
        row.name,
        ("男" if person.male else "女") if rng.random() < 0.8 else "未知",
        person.birthday.isoformat() if rng.random() < 0.4 else "",
        person.place.province,
        person.place.city,
        rng.choice(_LEVELS),
        clock(row.created),
        clock(row.modified),
    )


def _order(sale: Sale, history: History) -> Iterable[tuple[object, ...]]:
    order = f"{sale.basket.id}{sale.turn + 1:07d}"
    lines = sale.basket.lines
    total = f"￥{yuan(sum(history.amount_fen[line] for line in lines))}"
    status, placed = _STATUS[sale.status], clock(sale.placed)
    for n, line in enumerate(lines, start=1):
        quantity = history.quantity[line]
        yield (
            order,
            f"{order}{n:03d}",
            sale.customer,
            history.sku[line],
            history.products[history.sku[line]],
            f"{quantity:,}" if quantity >= 1000 else quantity,
            yuan(history.amount_fen[line]),
            total,
            status,
            _SHOP,
            placed,
        )


TMALL: Final = Export(
    kind="tmall",
    system="tmall:flagship",
    suffix=".csv",
    open_customers=partial(CsvTable, columns=CUSTOMER_COLUMNS, encoding="gb18030"),
    open_orders=partial(CsvTable, columns=ORDER_COLUMNS, encoding="gb18030"),
    customer_row=_customer,
    order_rows=_order,
    customer_mapping="tmall-customers",
)
