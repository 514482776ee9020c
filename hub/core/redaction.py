"""Keeps personal data and secrets out of what is written for operators.

Two nets: values are hidden by the name they stand under (`openid`, `password`, `姓名`), at any nesting, and by their
own shape in any text (phones, resident ids, e-mail addresses, tokens, URIs with credentials). ULIDs, hexadecimal ids,
times, durations and counts pass. When in doubt a value is hidden: a log can do without it.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import decimal
import enum
import functools
import math
import pathlib
import re
import uuid
from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from typing import Any, Final, TypeAlias

from pydantic import BaseModel, SecretBytes, SecretStr

from hub.core.redaction_shapes import hide_quoted_names, hide_shapes

Plain: TypeAlias = "bool | int | float | str | list[Plain] | dict[str, Plain] | None"

HIDDEN: Final = "[hidden]"
UNREADABLE: Final = "[unreadable]"
MAX_TEXT_CHARS: Final = 16_384
MAX_ITEMS: Final = 100
MAX_DEPTH: Final = 8
_CUT_MARGIN_CHARS: Final = 64
_MAX_INTEGER: Final = 10**30
_LEAST_TELLING: Final = 10**6  # no phone and no card has so few digits

# Compared with names in lower case without separators: openId, open_id and OPEN-ID are one.
_PRIVATE_NAMES: Final = frozenset(
    """
    name names realname fullname firstname lastname familyname givenname surname nickname nick username buyername
    buyernick buyeropenuid customername membername contactname receivername recipient receiver consignee
    address addresses street homeaddress receiveraddress shippingaddress deliveryaddress detailaddress
    birthday birthdate childrenbirthdays dateofbirth dob gender email emails mail profile tel telephone tels cell
    cellphone household householdid householdno householdrole
    externalid externalids externaluserid jdpin pin card cards cardid memberid membercard idcard idnumber passport
    bankcard account identifier identifiers raw inputvalue pwd passphrase auth bearer jwt sid sessionid credentials
    """.split()  # noqa: SIM905  (twelve lines less)
)
_PRIVATE_PARTS: Final = (
    *("phone", "mobile", "msisdn", "openid", "unionid", "openuid", "ouid", "omid", "oaid", "cardno", "cardnum"),
    *("idcardno", "password", "passwd", "secret", "token", "apikey", "accesskey", "privatekey", "identitykey"),
    *("authorization", "cookie", "credential", "signature", "mailaddress", "useraddress", "personalid"),
    *(
        "手机",
        "电话",
        "姓名",
        "名字",
        "地址",
        "昵称",
        "邮箱",
        "身份证",
        "卡号",
        "密码",
        "收货人",
        "收件人",
        "买家",
        "生日",
    ),
)
# Hidden where they hold text or a structure; a number under them is a position or a count.
_PRIVATE_TEXTS: Final = frozenset({"record", "record_key", "row", "line", "payload", "body", "query", "variables"})
_UNITS: Final = re.compile(r"(?:^|_)(?:count|total|size|length|port|rows|bytes|fen|ms|us|ns|s|limit|index|days)$")
_SEPARATORS: Final = re.compile(r"[\W_]+")


def redact_text(text: str) -> str:
    """The text without personal data or secrets that show by their shape; at most `MAX_TEXT_CHARS` characters."""
    if len(text) <= MAX_TEXT_CHARS:
        return hide_shapes(text)
    # What the cut leaves half of is no longer recognised: the margin goes too.
    kept = hide_shapes(text[:MAX_TEXT_CHARS])[:-_CUT_MARGIN_CHARS]
    return f"{kept}... ({len(text)} characters)"


def redact(value: object, name: str = "") -> Plain:
    """The value as JSON can write it, redacted; `name` is the key that it stands under. Never raises."""
    return _redact(value, name, 0)


def redact_message(error: BaseException) -> str:
    """What an exception says, redacted; names that it quotes are hidden too. Never raises."""
    try:
        if all(isinstance(argument, str | int | float) for argument in error.args):
            text = redact_text(str(error))
        else:
            text = str(_redact(list(error.args), "", 0))
        return hide_quoted_names(text)
    except Exception:
        return UNREADABLE


@functools.lru_cache(maxsize=4096)
def is_private(name: str) -> bool:
    """Whether whatever stands under this name is hidden, apart from nothing, truth values and counts."""
    plain = _SEPARATORS.sub("", name.casefold())
    return plain in _PRIVATE_NAMES or any(part in plain for part in _PRIVATE_PARTS)


def _redact(value: object, name: str, depth: int) -> Plain:
    try:
        if value is None or isinstance(value, bool):
            return value
        if isinstance(value, int | float) and not isinstance(value, enum.Enum):
            return _redact_number(value, name)
        if is_private(name) or name.casefold() in _PRIVATE_TEXTS:
            return HIDDEN
        if type(value) is str:  # most are, and the rest takes long to tell apart
            return redact_text(value)
        return _redact_scalar(value) if depth > MAX_DEPTH else _redact_structure(value, name, depth)
    except Exception:  # a value that cannot be read must not cost the line, nor pass unread
        return UNREADABLE


def _redact_number(value: float, name: str) -> Plain:
    counted = _UNITS.search(name.casefold()) is not None
    if is_private(name) and not counted:
        return HIDDEN
    if not math.isfinite(value):  # JSON has no such numbers
        return str(float(value))
    if isinstance(value, float) and not value.is_integer():
        return float(value)
    if abs(value) >= _MAX_INTEGER:
        return UNREADABLE
    if abs(value) < _LEAST_TELLING:
        return value
    shown = redact_text(str(int(value)))
    return value if counted or shown == str(int(value)) else shown


def _redact_structure(value: object, name: str, depth: int) -> Plain:
    if isinstance(value, BaseModel):
        fields = {field: getattr(value, field) for field in type(value).model_fields}
        return _redact_mapping({**fields, **(value.model_extra or {})}, depth)
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return _redact_mapping({field.name: getattr(value, field.name) for field in dataclasses.fields(value)}, depth)
    if isinstance(value, Mapping):
        return _redact_mapping(value, depth)
    if isinstance(value, tuple) and hasattr(value, "_fields"):
        return _redact_mapping(dict(zip(value._fields, value, strict=False)), depth)
    if isinstance(value, list | tuple | AbstractSet):
        items: list[Plain] = [_redact(item, name, depth + 1) for item, _ in zip(value, range(MAX_ITEMS), strict=False)]
        return items if len(value) <= MAX_ITEMS else [*items, f"... ({len(value)} items)"]
    return _redact_scalar(value)


def _redact_mapping(value: Mapping[Any, object], depth: int) -> Plain:
    # An identifier, a cell, a setting: {"type": "openid", "value": ...} says what it holds by its type.
    described = not value.keys().isdisjoint({"type", "scope"})
    result: dict[str, Plain] = {}
    for (key, item), _ in zip(value.items(), range(MAX_ITEMS), strict=False):
        name = key if isinstance(key, str) else str(_redact(key, "", MAX_DEPTH + 1))
        result[redact_text(name)] = HIDDEN if described and name == "value" else _redact(item, name, depth + 1)
    if len(value) > MAX_ITEMS:
        result["..."] = f"({len(value)} items)"
    return result


def _redact_scalar(value: object) -> Plain:
    if isinstance(value, str):
        return redact_text(str(value.value) if isinstance(value, enum.Enum) else value)
    if isinstance(value, SecretStr | SecretBytes):
        return HIDDEN
    if isinstance(value, bytes | bytearray | memoryview):
        return _redact_bytes(bytes(value[: MAX_TEXT_CHARS + 1]), len(value))
    if isinstance(value, BaseException):
        return f"{type(value).__name__}: {redact_message(value)}"
    if isinstance(value, enum.Enum):
        return _redact(value.value, "", MAX_DEPTH + 1)
    if isinstance(value, dt.datetime | dt.date | dt.time):
        return value.isoformat()
    if isinstance(value, uuid.UUID | pathlib.PurePath | decimal.Decimal | dt.timedelta):
        return redact_text(str(value))
    return f"<{type(value).__module__}.{type(value).__qualname__}>"


def _redact_bytes(value: bytes, length: int) -> str:
    try:
        return redact_text(value.decode())
    except UnicodeDecodeError:
        return f"<{length} bytes>"
