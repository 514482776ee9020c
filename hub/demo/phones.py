"""Invented mobile numbers: valid in form, and one number for one owner by arithmetic, without remembering any."""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Final

_PREFIXES: Final = (*range(130, 140), *range(150, 154), *range(155, 160), *range(180, 190))
_NUMBERS: Final = len(_PREFIXES) * 10**8
_STRIDE: Final = 1_234_567_891  # shares no factor with _NUMBERS, so that every owner gets another number
MAX_OWNERS: Final = _NUMBERS

HOTLINE: Final = "400-820-8820"
PLACEHOLDERS: Final = ("00000000000", "null", "无", "-", "0", "11111111111", HOTLINE)
"""What people type where a phone is required; none of them is anyone's."""

_FULL_WIDTH: Final = str.maketrans("0123456789", "０１２３４５６７８９")


def mobile(owner: int, *, seed: int) -> str:
    """The eleven digits of that owner's number; owners below `MAX_OWNERS` never share one."""
    prefix, rest = divmod((owner * _STRIDE + seed * 7_654_321) % _NUMBERS, 10**8)
    return f"{_PREFIXES[prefix]}{rest:08d}"


def hide(phone: str) -> str:
    """As a shop platform shows it to the seller: 138****1234."""
    return f"{phone[:3]}****{phone[-4:]}"


def _scientific(phone: str) -> str:
    return f"{phone[0]}.{phone[1:]}E+10"


WRITINGS: Final[tuple[Callable[[str], str], ...]] = (
    lambda phone: phone,
    lambda phone: f"+86{phone}",
    lambda phone: f"+86 {phone[:3]} {phone[3:7]} {phone[7:]}",
    lambda phone: f"0086{phone}",
    lambda phone: f"0{phone}",
    lambda phone: f"{phone[:3]}-{phone[3:7]}-{phone[7:]}",
    lambda phone: f"{phone[:3]} {phone[3:7]} {phone[7:]}",
    lambda phone: phone.translate(_FULL_WIDTH),
    lambda phone: f"(86){phone}",
    _scientific,
)
"""The ways in which tills, clerks and Excel write one number."""


def write(phone: str, rng: Random) -> str:
    """The number in one of `WRITINGS`: plainly in half of the cases."""
    return phone if rng.random() < 0.5 else rng.choice(WRITINGS)(phone)
