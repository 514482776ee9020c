"""The ERP, as its tables are unloaded: Parquet with typed columns, short upper-case names, numbers for codes."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from functools import partial
from random import Random
from typing import Final

import pyarrow as pa

from hub.demo.exports.export import Export
from hub.demo.exports.tables import ParquetTable
from hub.demo.history import History
from hub.demo.holdings import draw_held
from hub.demo.records import CustomerRow
from hub.demo.sales import Sale

CUSTOMERS: Final = pa.schema(
    [
        pa.field("CUST_NO", pa.string()),
        pa.field("CUST_NAME", pa.string()),
        pa.field("SEX", pa.int8()),
        pa.field("BIRTHDAY", pa.date32()),
        pa.field("TEL", pa.string()),
        pa.field("PROVINCE", pa.string()),
        pa.field("CITY", pa.string()),
        pa.field("ADDR", pa.string()),
        pa.field("CRT_DATE", pa.timestamp("ms")),
        pa.field("UPD_DATE", pa.timestamp("ms")),
        pa.field("POINTS", pa.int64()),
        pa.field("PTS_DATE", pa.date32()),
    ]
)
ORDERS: Final = pa.schema(
    [
        pa.field("BILL_NO", pa.string()),
        pa.field("LINE_NO", pa.int32()),
        pa.field("CUST_NO", pa.string()),
        pa.field("ORG_NO", pa.string()),
        pa.field("BILL_DATE", pa.timestamp("ms")),
        pa.field("ITEM_NO", pa.int64()),
        pa.field("ITEM_NAME", pa.string()),
        pa.field("QTY", pa.int64()),
        pa.field("AMT", pa.decimal128(14, 2)),
        pa.field("STATUS", pa.int8()),
    ]
)
_STATUS: Final = {"created": 0, "paid": 1, "shipped": 2, "received": 3, "closed": 8, "refunded": 9}


def _customer(row: CustomerRow, rng: Random) -> tuple[object, ...]:
    person = row.person
    known = (
        row.external_id,
        row.name,
        (1 if person.male else 2) if rng.random() < 0.9 else 0,
        person.birthday if rng.random() < 0.5 else None,
        row.phone or None,
        person.place.province,
        person.place.city,
        person.place.address,
        row.created,
        row.modified,
    )
    held = draw_held(rng)
    return (*known, held.points or None, held.last_day)


def _order(sale: Sale, history: History) -> Iterable[tuple[object, ...]]:
    bill = f"SO{sale.basket.id}-{sale.turn + 1:03d}"
    for n, line in enumerate(sale.basket.lines, start=1):
        yield (
            bill,
            n,
            sale.customer,
            f"{sale.basket.store:05d}",
            sale.placed,
            history.sku[line],
            history.products[history.sku[line]],
            history.quantity[line],
            Decimal(history.amount_fen[line]).scaleb(-2),
            _STATUS[sale.status],
        )


ERP: Final = Export(
    kind="erp",
    system="erp",
    suffix=".parquet",
    open_customers=partial(ParquetTable, schema=CUSTOMERS),
    open_orders=partial(ParquetTable, schema=ORDERS),
    customer_row=_customer,
    order_rows=_order,
    customer_mapping="erp-members",
)
