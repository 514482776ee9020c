"""Cells to values: texts, ids, money, quantities.

Every function takes a cell as its format typed it, returns None for a blank one, and raises only `BadCell`, whose
message says what is wrong without repeating the value. Times are in `times.py`.
"""

from __future__ import annotations

import json
import re
import unicodedata
from datetime import date, datetime, time
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any, Final, Literal

from connectors.files.rows import BadCell, Unreadable
from hub.core.model import MAX_EXTERNAL_ID_CHARS

MAX_TEXT_CHARS: Final = 1000
MAX_FEN: Final = 10**13
MAX_QUANTITY: Final = 10**9
# Texts that exports write for "nothing"; the zero date is what MySQL dumps.
BLANKS: Final = frozenset(
    [
        *("", "NULL", "null", "Null", "None", "none", "nil", "NaN", "nan", "\\N", "N/A", "n/a", "#N/A"),
        *("-", "--", "—", "/", "无", "0000-00-00", "0000-00-00 00:00:00"),
    ]
)
DIGITS_DROPPED: Final = (
    "Excel has dropped digits: take the value from the original system and format the column as text"
)

# How a spreadsheet displays a long number; a code such as 1E5 has no sign and stays a code.
_SCIENTIFIC: Final = re.compile(r"([+-]?)(\d)(?:\.(\d+))?[Ee]\+(\d{1,3})")
_WHOLE_FLOAT: Final = re.compile(r"-?\d+\.0+")
_MONEY: Final = re.compile(r"[+-]?(?:\d+|\d{1,3}(?:,\d{3})+)?(?:\.\d*)?")
_CURRENCY: Final = re.compile(r"^([+-]?)(?:¥|CN¥|RMB|CNY)\s*|\s*(?:元|RMB|CNY)$", re.IGNORECASE)
_DOUBLE_EXACT: Final = 10**15
_FLOAT_DECIMALS: Final = 10


def read_text(cell: Any) -> str | None:
    """Free text: trimmed, otherwise as the source wrote it; runs of line breaks and other controls become a space.

    Invisible marks and changes of direction are dropped: two names that look alike would be two.
    """
    text = cell.strip() if type(cell) is str else _written(cell)
    if text in BLANKS:
        return None
    if not text.isprintable():
        # A line separator or a tab in a name breaks every list that the name is shown in.
        text = _UNSEEN.sub("", text)
        text = " ".join("".join(" " if unicodedata.category(c) in _SPACES else c for c in text).split())
        if text in BLANKS:
            return None
    if len(text) > MAX_TEXT_CHARS:
        raise BadCell(f"longer than {MAX_TEXT_CHARS} characters")
    return text


_SPACES: Final = frozenset({"Cc", "Zl", "Zp", "Zs"})
_EMOJI: Final = r"\u2190-\u2bff\ufe0f\U0001f000-\U0001faff"
# A joiner inside an emoji has to stay.
_UNSEEN: Final = re.compile(
    r"[\u200b\u200c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]"
    rf"|(?<![{_EMOJI}])\u200d|\u200d(?![{_EMOJI}])"
)


def read_code(cell: Any) -> str | None:
    """An id or code: NFKC, trimmed, without invisible marks; a number without `.0`; at most 256 characters."""
    if type(cell) is str and cell.isascii() and cell.isalnum() and len(cell) <= MAX_EXTERNAL_ID_CHARS:
        return None if cell in BLANKS else cell  # the shape of most ids: there is nothing to mend
    if type(cell) is int and -MAX_FEN < cell < MAX_FEN:
        return str(cell)
    text = cell.strip() if type(cell) is str else _written(cell)
    if text in BLANKS:
        return None
    if not (text.isascii() and text.isprintable()):
        text = _plain(text)
        if text in BLANKS:
            return None
    if len(text) > MAX_EXTERNAL_ID_CHARS:
        raise BadCell(f"longer than {MAX_EXTERNAL_ID_CHARS} characters")
    if "+" in text:
        return _unscientific(text)
    if text[-1] == "0" and _WHOLE_FLOAT.fullmatch(text):
        return text.partition(".")[0]
    return text


def read_key(cell: Any) -> str | None:
    """What a table of values is looked up by: a code without a limit of its own."""
    text = cell.strip() if type(cell) is str else _written(cell)
    return None if text in BLANKS else text if text.isascii() else _plain(text)


def read_fen(cell: Any, unit: Literal["yuan", "fen"]) -> int | None:
    """Money in fen, exactly; thousands separators, ¥ and 元 are understood.

    A fraction of a fen is refused, except in what is evidently a binary float's expansion (a float cell, or a text of
    ten or more decimals such as 19.990000000000002): that is rounded half up.
    """
    kind = type(cell)
    if kind is int:
        return _bounded(cell * 100 if unit == "yuan" else cell, MAX_FEN)
    if kind is str:
        return _text_fen(cell, unit)
    if kind is float:
        return _float_fen(cell, unit)
    if isinstance(cell, Decimal):
        return _exact_fen(cell, unit) if cell.is_finite() else None
    return _text_fen(_written(cell), unit)


def read_quantity(cell: Any) -> int | None:
    """A whole number; negative in a return."""
    if type(cell) is int:
        return _bounded(cell, MAX_QUANTITY)
    if type(cell) is str and len(cell) < 9 and cell.isdecimal():
        return int(cell)
    text = _numeral(cell.strip() if type(cell) is str else _written(cell))
    if text is None:
        return None
    value = _decimal(text)
    if value != value.to_integral_value():
        raise BadCell("a quantity is a whole number")
    return _bounded(int(value), MAX_QUANTITY)


def show_cell(cell: Any) -> str:
    """The cell in a rejects file: what the source said, in a form that reads back as the same value."""
    if isinstance(cell, str):
        return str(cell)
    if isinstance(cell, (dict, list)):
        return json.dumps(cell, ensure_ascii=False, default=str)
    return _written(cell)


def _written(cell: Any) -> str:
    if cell is None:
        return ""
    if type(cell) is float:
        return _written_float(cell)
    if isinstance(cell, bool):
        return "TRUE" if cell else "FALSE"
    if isinstance(cell, datetime):
        return cell.isoformat(" ")
    if isinstance(cell, (date, time)):
        return cell.isoformat()
    if isinstance(cell, Decimal):
        return format(cell, "f") if cell.is_finite() else ""
    if isinstance(cell, bytes):
        return cell.decode("utf-8", "replace").strip()
    if isinstance(cell, Unreadable):
        raise BadCell("cannot be read: damaged, in an unknown time zone, or a date beyond the years 1 to 9999")
    if isinstance(cell, (dict, list)):
        raise BadCell("a list or an object, where a single value is expected")
    return str(cell).strip()


def _written_float(cell: float) -> str:
    if cell != cell:
        return ""
    if cell.is_integer() and abs(cell) < _DOUBLE_EXACT:
        return str(int(cell))
    text = repr(cell)
    if abs(cell) >= _DOUBLE_EXACT:
        # A double is sure of 15 digits: in a spreadsheet's notation it cannot pass for a complete number.
        return f"{cell:.14E}"
    decimals = len(text.partition(".")[2])
    # Ten decimals mark a float (see read_fen), so that what was rounded as a cell is rounded as a text.
    return text + "0" * (_FLOAT_DECIMALS - decimals) if 2 < decimals < _FLOAT_DECIMALS and "e" not in text else text


def _plain(text: str) -> str:
    text = unicodedata.normalize("NFKC", text)
    # Numbers copied from a phone's contacts come wrapped in direction marks that nobody sees.
    text = "".join(c for c in text if unicodedata.category(c) != "Cf").strip()
    if any(unicodedata.category(c) in ("Cc", "Zl", "Zp", "Cs") for c in text):
        raise BadCell("holds a line break or another control character")
    return text


def _unscientific(text: str) -> str:
    found = _SCIENTIFIC.fullmatch(text)
    if found is None:
        return text
    sign, whole, fraction, exponent = found[1], found[2], found[3] or "", int(found[4])
    if len(fraction.rstrip("0")) > exponent:
        raise BadCell("a decimal number, where an id is expected")
    if len(fraction) < exponent:
        raise BadCell(DIGITS_DROPPED)
    return sign.replace("+", "") + whole + fraction[:exponent]


def _text_fen(cell: str, unit: Literal["yuan", "fen"]) -> int | None:
    text = cell.strip()
    whole, dot, decimals = text.partition(".")
    if len(decimals) == 2 and dot and len(whole) < 13 and unit == "yuan" and (whole + decimals).isdecimal():
        # The shape of nearly all amounts; a Unicode digit is decimal too, and int() reads it rightly.
        return int(whole + decimals) if whole else int(decimals)
    numeral = _numeral(text)
    if numeral is None:
        return None
    value = _decimal(numeral)
    if len(numeral.partition(".")[2]) >= _FLOAT_DECIMALS:
        return _rounded_fen(value, unit)
    return _exact_fen(value, unit)


def _float_fen(cell: float, unit: Literal["yuan", "fen"]) -> int | None:
    if cell != cell:
        return None
    if abs(cell) > MAX_FEN:
        raise BadCell("too large")
    return _rounded_fen(Decimal(repr(cell)), unit)


def _rounded_fen(value: Decimal, unit: Literal["yuan", "fen"]) -> int:
    _bounded(int(value), MAX_FEN)
    return _bounded(int((value * 100 if unit == "yuan" else value).to_integral_value(ROUND_HALF_UP)), MAX_FEN)


def _exact_fen(value: Decimal, unit: Literal["yuan", "fen"]) -> int:
    _bounded(int(value), MAX_FEN)
    fen = value * 100 if unit == "yuan" else value
    if fen != fen.to_integral_value():
        raise BadCell("more than two decimals" if unit == "yuan" else "a fraction of a fen")
    return _bounded(int(fen), MAX_FEN)


def _numeral(text: str) -> str | None:
    """The number in a text without its separators and its currency; None for a blank."""
    if text in BLANKS:
        return None
    if not text.isascii():
        text = _plain(text).replace("￥", "¥")
        if text in BLANKS:
            return None
    text = text.replace("−", "-")
    while (stripped := _CURRENCY.sub(r"\1", text)) != text:
        text = stripped
    if text.startswith("(") and text.endswith(")"):
        # Accountants' way to write a negative amount.
        text = f"-{text[1:-1]}"
    if len(text) > 64 or not _MONEY.fullmatch(text) or not any(c.isdigit() for c in text):
        raise BadCell("not a number")
    return text.replace(",", "")


def _decimal(numeral: str) -> Decimal:
    try:
        return Decimal(numeral)
    except InvalidOperation:
        raise BadCell("not a number") from None


def _bounded(value: int, limit: int) -> int:
    if abs(value) > limit:
        raise BadCell("too large")
    return value
