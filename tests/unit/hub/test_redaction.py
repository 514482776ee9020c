"""Each kind of personal data, at each nesting; and what has to stay readable."""

from __future__ import annotations

import dataclasses
import enum
import json
import math
from collections import namedtuple
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, SecretStr

from hub.core.model import Identifier, RecordKey
from hub.core.redaction import MAX_TEXT_CHARS, UNREADABLE, redact, redact_message, redact_text

PHONES = [
    "13800138000",
    "+8613800138000",
    "+86 138 0013 8000",
    "(+86)138-0013-8000",
    "86-138-0013-8000",
    "0086 13800138000",
    "013800138000",
    "138.0013.8000",
    "1-380-013-8000",
    "１３８００１３８０００",
    "＋８６ １３８ ００１３ ８０００",
    "138\u00a00013\u30008000",
    "138\u200b0013\u200b8000",
    "%2B8613800138000",
    "021-62345678",
    "(0755) 2345 6789",
    "+1 415 555 2671",
    "001 415 555 2671",
    "0014155552671",
    "0044 20 7946 5678",
    "138%200013%208000",
    "138+0013+8000",
    "+86+138+0013+8000",
    "138%2D0013%2D8000",
    "138%2F0013%2F8000",
    "138/0013/8000",
    "138,0013,8000",
    "138, 0013, 8000",
    "138|0013|8000",
    "138*0013*8000",
    "138:0013:8000",
    "1380013/8000",
    "021/62345678",
    "138\u00ad0013\u00ad8000",
    "138\u061c0013\u180e8000",
    "1\u200e3\u200f8\u206000138000",
]
SURROUNDINGS = ["{}", "call {} now", "电话{}已注册", "tel{}", "x=%22{}%22", "C1,5,{},7", "'{}'", "b'\\xc5{}'", "a_{}_b"]

PRIVATE_NAMES = [
    *("openid", "openId", "OPEN-ID", "wx_openid", "unionid", "ouid", "omid", "oaid", "external_id", "card", "card_no"),
    *("name", "nickname", "receiver_name", "姓名", "address", "shipping_address", "收货地址", "birthday", "email"),
    *("password", "graph_password", "access_token", "Authorization", "Cookie", "client_secret", "identity_key"),
    *("phone", "mobile", "手机号", "raw", "profile"),
    *("children_birthdays", "childrenBirthdays", "household_role", "household"),
]

SECRETS_IN_TEXT = [
    ("queue at redis://:s3cr3t@127.0.0.1:6379/0", "s3cr3t"),
    ("bolt://neo4j:p@s3cr3t@host:7687 refused", "s3cr3t"),
    ("Authorization: Bearer s3cr3tabc", "s3cr3t"),
    ("Basic czNjcjN0OnM=", "czNjcjN0"),
    ("token eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.s3cr3t", "s3cr3t"),
    ("password=s3cr3t", "s3cr3t"),
    ("{'password': 's3cr3t'}", "s3cr3t"),
    ('{\\"client_secret\\": \\"s3cr3t\\"}', "s3cr3t"),
    ("{'openid': 'oXyz_abc'}", "oXyz"),
    ('{"name": ["张伟", 1763874000123]}', "张伟"),
    ("RecordKey(system='pos', external_id='C0001')", "C0001"),
    ("Identifier(type='openid', scope='wx1', value='oXyz')", "oXyz"),
    (json.dumps({"name": "张伟"}), "5f20"),
    ("姓名：张伟", "张伟"),
    ("收货人 张伟", "张伟"),
    ("openid: o6_bmjrPTlm6_2sgVt7hMZOPfL2M", "o6_bmj"),
    ("resident 11010519491231002X", "1231002"),
    ("zhang.wei@example.com wrote", "zhang"),
    ("wang%40example.com", "wang"),
    ("wang＠example.com", "wang"),
    ("Cookie: a=b; session=s3cr3t", "s3cr3t"),
    ("set-cookie: a=b; Path=/; session=s3cr3t; Secure", "s3cr3t"),
    *((f"GET /x?a=1&{name}=s3cr3t&b=2", "s3cr3t") for name in ("sig", "auth", "code", "key", "bearer", "token")),
    ("GET /x?key=s3cr3t", "s3cr3t"),
    ("with sk_live_s3cr3t9876", "s3cr3t"),
    ("with ghp_s3cr3t9876543210", "s3cr3t"),
    ("with AKIAIOSFODNN7EXAMPLE", "IOSFODNN"),
    ("-----BEGIN PRIVATE KEY-----\nMIIs3cr3t\n-----END PRIVATE KEY-----", "s3cr3t"),
    ("-----BEGIN RSA PRIVATE KEY-----\\nMIIs3cr3t", "s3cr3t"),
    ('person(by:{record:{system:"pos",externalId:"C0001"}})', "C0001"),
    ('{type: "openid", value:"oXyz"}', "oXyz"),
    ('(phone: \\"oXyz\\")', "oXyz"),
    ('(phone: """oXyz""")', "oXyz"),
    ("card 6222 0212 3456 7890 128 refused", "6222"),
    ("card 4111111111111111 refused", "4111"),
    ("card 4111-1111-1111-1111 refused", "4111"),
]

READABLE = [
    "01KAQ8ZJ4T0Y3N2B1M5C6D7E8F",
    "550e8400-e29b-41d4-a716-446655440000",
    "4bf92f3577b34da6a3ce929d0e0e4736",
    "a13800138000bcdef",
    "2026-11-23T05:16:00.123456Z",
    "2026-11-23 05:16:00+08:00",
    "1763874000123",
    "1763874000 5 rows",
    "took 13.5 ms",
    "0.13812345678",
    "127.0.0.1:13800",
    "13.100.138.100:54321",
    "imported 1500 of 2500 rows",
    "1,380,013,800 rows",
    "138****8000",
    "phone: what a phone looks like",
    "Basic settings",
    "token_count=5",
    "1763874000123456",
    "1763874000123456789",
    "order 4111111111111112",
    "1,380,013,800,000 bytes",
    "15:30:45,123 17 rows",
    "1.00123456789",
    "code=INVALID_INPUT",
    "key: what a key is",
    "at 2024/06/01, 1234, 5678",
]

Row = namedtuple("Row", ["system", "value"])


class Channel(enum.Enum):
    HOTLINE = "13800138000"


class Form(BaseModel):
    note: object


@dataclasses.dataclass
class Letter:
    note: object


class Hostile:
    def __repr__(self) -> str:
        raise RuntimeError("13800138000")

    __str__ = __repr__


NESTINGS: list[Callable[[Any], object]] = [
    lambda value: value,
    lambda value: {"note": value},
    lambda value: {value: "note"},
    lambda value: {"a": {"b": [{"c": (value,)}]}},
    lambda value: [value],
    lambda value: (1, value),
    lambda value: {value},
    lambda value: Letter(value),
    lambda value: Form(note=[value]),
    lambda value: Row("pos", value),
    lambda value: ValueError(f"cannot parse {value}"),
    lambda value: ValueError({"note": [value]}),
    lambda value: KeyError(value),
    lambda value: value.encode(),
    lambda value: bytearray(value.encode()),
    lambda value: json.dumps({"note": value}),
    lambda value: repr({"note": value}),
]


@pytest.mark.parametrize("phone", PHONES)
@pytest.mark.parametrize("surrounding", SURROUNDINGS)
def test_phone_in_any_writing_is_hidden_in_text(phone: str, surrounding: str) -> None:
    redacted = redact_text(surrounding.format(phone))

    assert "[phone]" in redacted or "[hidden]" in redacted
    assert "138" not in redacted.replace(" ", "")
    assert "8000" not in redacted
    assert "5678" not in redacted
    assert "555" not in redacted


@pytest.mark.parametrize("nest", NESTINGS)
@pytest.mark.parametrize("phone", ["13800138000", "+86 138-0013-8000", "１３８００１３８０００"])
def test_phone_is_hidden_at_every_nesting(nest: Callable[[Any], object], phone: str) -> None:
    redacted = json.dumps(redact(nest(phone)))

    assert "[phone]" in redacted
    assert "8000" not in redacted


@pytest.mark.parametrize("name", PRIVATE_NAMES)
@pytest.mark.parametrize("value", ["oXyz", 1234567, ["oXyz"], {"a": "oXyz"}, b"oXyz", ValueError("oXyz")])
@pytest.mark.parametrize("nest", [lambda pair: pair, lambda pair: {"a": [pair]}, lambda pair: Letter((pair,))])
def test_value_under_a_private_name_is_hidden(name: str, value: object, nest: Callable[[object], object]) -> None:
    redacted = json.dumps(redact(nest({name: value})), ensure_ascii=False)

    assert name in redacted
    assert "oXyz" not in redacted
    assert "1234567" not in redacted


@pytest.mark.parametrize(("text", "secret"), SECRETS_IN_TEXT)
@pytest.mark.parametrize("nest", [lambda text: text, lambda text: {"note": [text]}, lambda text: ValueError(text)])
def test_secret_is_hidden_by_its_shape(text: str, secret: str, nest: Callable[[str], object]) -> None:
    assert secret not in json.dumps(redact(nest(text)), ensure_ascii=False)


@pytest.mark.parametrize("text", READABLE)
def test_what_operators_need_stays_readable(text: str) -> None:
    assert redact_text(text) == text


def test_domain_values_lose_only_what_identifies() -> None:
    redacted = redact([Identifier("openid", "wx1", "oXyz"), {"key": RecordKey("pos", "C0001")}])

    assert redacted == [
        {"type": "openid", "scope": "wx1", "value": "[hidden]"},
        {"key": {"system": "pos", "external_id": "[hidden]"}},
    ]


@pytest.mark.parametrize("value", [13800138000, 8613800138000, 13800138000.0])
def test_phone_as_a_number_is_hidden(value: float) -> None:
    assert redact({"cell_3": value, "found": [value]}) == {"cell_3": "[phone]", "found": ["[phone]"]}


def test_numbers_that_count_or_measure_pass() -> None:
    event = {
        "duration_ns": 13800138000,
        "size_bytes": 13800138000,
        "at_ms": 1763874000123,
        "phone_count": 3,
        "ratio": 0.5,
        "port": 8000,
        "row": 17,
        "done": True,
        "missing": None,
    }

    assert redact(event) == event


def test_secret_types_and_enums_are_hidden() -> None:
    assert redact({"a": SecretStr("s3cr3t"), "b": Channel.HOTLINE}) == {"a": "[hidden]", "b": "[phone]"}


def test_object_without_a_known_shape_shows_its_type_only() -> None:
    assert redact(Hostile()) == f"<{__name__}.Hostile>"


def test_exception_whose_text_cannot_be_read_is_withheld() -> None:
    assert redact_message(ValueError(Hostile())) == f"['<{__name__}.Hostile>']"
    assert redact_message(type("Broken", (Exception,), {"__str__": Hostile.__repr__})("x")) == UNREADABLE


def test_quoted_chinese_in_an_error_is_hidden() -> None:
    assert redact_message(ValueError("invalid literal: '张伟'")) == "invalid literal: '[hidden]'"


def test_undecodable_bytes_show_their_length_only() -> None:
    assert redact("张13800138000".encode("gb18030")) == "<13 bytes>"


def test_cut_never_leaves_half_a_phone() -> None:
    text = "x" * (MAX_TEXT_CHARS - 8) + "13800138000"

    redacted = redact_text(text)

    assert "138" not in redacted.removesuffix(f"({len(text)} characters)")


def test_cycle_and_depth_end() -> None:
    loop: dict[str, object] = {"note": "13800138000"}
    loop["again"] = loop

    redacted = json.dumps(redact(loop))

    assert "8000" not in redacted


def test_control_characters_cannot_reach_a_terminal() -> None:
    assert "\x1b" not in redact_text("Name\x1b[2J\x9b")


_LEAVES = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(st.characters())
    | st.binary()
    | st.builds(ValueError, st.text())
    | st.builds(Hostile)
    | st.datetimes()
    | st.decimals()
)


@given(
    st.recursive(
        _LEAVES,
        lambda inner: (
            st.lists(inner)
            | st.dictionaries(st.text() | st.integers() | st.tuples(st.text()), inner)
            | st.builds(Letter, inner)
            | st.tuples(inner, inner)
        ),
    )
)
def test_anything_becomes_plain_json_without_raising(value: object) -> None:
    json.dumps(redact(value), allow_nan=False).encode()


@given(st.text(st.sampled_from("0123456789 -.+('\":=%/\\[]{}@名张pPaBe\u200b"), max_size=400))
def test_any_text_is_redacted_without_raising(text: str) -> None:
    assert isinstance(redact_text(text), str)


def test_huge_and_unreal_numbers_are_plain() -> None:
    assert redact([10**5000, math.nan, math.inf]) == [UNREADABLE, "nan", "inf"]
