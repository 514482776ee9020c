"""Records that share no identifier and are one customer's, for tests of candidates."""

from __future__ import annotations

from hub.core.model import CustomerEvent
from tests.support.stewardship import said

HOME = "上海市浦东新区人民路100号5幢301室"


def wang(record: str, phone: str, *, at: int = 1, **changes: str) -> CustomerEvent:
    """What a record of 王小明 says, with a phone of its own and all else the same."""
    profile = {"name": "王小明", "birthday": "1990-03-14", "city": "上海市", "address": HOME} | changes
    return said(record, ("phone", phone), at=at, **profile)


def others() -> list[CustomerEvent]:
    """Customers who are like nobody."""
    people = (
        ("李丽", "1985-07-01", "杭州市", "浙江省杭州市西湖区中山路8号"),
        ("张伟", "1993-11-20", "北京市", "北京市朝阳区长江路9号"),
        ("赵敏", "1978-01-30", "广州市", "广东省广州市天河区解放路7号"),
    )
    return [
        said(f"pos|other{at}", ("phone", f"1370000000{at}"), name=name, birthday=born, city=city, address=address)
        for at, (name, born, city, address) in enumerate(people)
    ]
