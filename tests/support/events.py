"""Customer and order events of invented people, for tests."""

from __future__ import annotations

from hypothesis import strategies as st

from hub.core.model import CustomerEvent, OrderEvent, OrderLine, RawIdentifier, RecordKey

PHONES = tuple(f"138000000{number:02d}" for number in range(1, 7))
UNIONIDS = tuple(f"u{number}" for number in range(3))
SYSTEMS = ("pos", "wechat:mini", "tmall:flagship")


def customer(
    system: str,
    external_id: str,
    *,
    phone: str | None = None,
    unionid: str | None = None,
    email: str | None = None,
    name: str | None = None,
    at: int | None = 1,
) -> CustomerEvent:
    """What `system` says of one customer at the instant `at`."""
    stated = [("phone", "", phone), ("unionid", "acct", unionid), ("email", "", email)]
    identifiers = tuple(RawIdentifier(kind, scope, value, kind) for kind, scope, value in stated if value)
    return CustomerEvent(RecordKey(system, external_id), at, identifiers, {"name": name} if name else {})


def order(
    system: str, order_id: str, external_id: str | None, *, fen: int = 1000, at: int = 1, status: str = "paid"
) -> OrderEvent:
    """An order of one line, placed and stated at `at`."""
    line = OrderLine("1", "sku", "tea", 1, fen)
    return OrderEvent(system, order_id, external_id, at, status, None, "S01", at, (line,))


customers = st.builds(
    customer,
    st.sampled_from(SYSTEMS),
    st.sampled_from("abc"),
    phone=st.sampled_from([*PHONES, None]),
    unionid=st.sampled_from([*UNIONIDS, None]),
    email=st.sampled_from(["a@example.com", None]),
    name=st.sampled_from(["张伟", "李娜", None]),
    at=st.integers(1, 5),
)
orders = st.builds(
    order,
    st.sampled_from(SYSTEMS),
    st.sampled_from(["T1", "T2"]),
    st.sampled_from(["a", "b", "z", None]),
    fen=st.integers(1, 3),
    at=st.integers(1, 3),
    status=st.sampled_from(["paid", "received"]),
)
