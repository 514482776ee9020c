"""Identifiers in canonical form: two writings of one value become equal, and junk links nobody."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Final

import phonenumbers

from hub.core.errors import InvalidInput
from hub.core.model import MAX_EXTERNAL_ID_CHARS, Identifier, RawIdentifier
from rules.patterns import matches
from rules.policy import Policy

_PLACEHOLDERS: Final = frozenset(
    {"", "-", "--", "/", "null", "none", "nil", "nan", "n/a", "na", "undefined", "unknown", "\\n", "无", "未知", "暂无"}
)
_MAINLAND_MOBILE: Final = re.compile(r"1[3-9]\d{9}")
_MAINLAND_E164: Final = re.compile(r"\+861[3-9]\d{9}")
_COMPANY_NUMBERS: Final = frozenset(
    {
        phonenumbers.PhoneNumberType.TOLL_FREE,
        phonenumbers.PhoneNumberType.SHARED_COST,
        phonenumbers.PhoneNumberType.PREMIUM_RATE,
        phonenumbers.PhoneNumberType.UAN,
        phonenumbers.PhoneNumberType.VOICEMAIL,
    }
)
_MASKED_PHONE: Final = re.compile(r"(\+?86)?[ -]?(\d{3})[ -]?[*xX•]{2,}[ -]?(\d{2,4})")
_FEWEST_PHONE_DIGITS: Final = 7
_EMAIL: Final = re.compile(r"[^@\s]+@[^@\s.]+(\.[^@\s.]+)+")
_NATIONAL_ID: Final = re.compile(
    r"[1-9][0-9]{5}(18|19|20)[0-9]{2}(0[1-9]|1[0-2])(0[1-9]|[12][0-9]|3[01])[0-9]{3}[0-9X]"
)
_PHONE_LOOKS_LIKE: Final = (
    "a phone looks like 13812345678, +86 138 1234 5678 or 021-5123 4567; abroad, +44 20 7946 0958 "
    "(a mobile in China has 11 digits)"
)


def normalise(raw: RawIdentifier, policy: Policy, *, region: str = "CN") -> Identifier | None:
    """The canonical identifier, or None for a blank or a placeholder (`null`, zeros), which says nothing of anyone.

    A partly hidden phone (138****1234) becomes a `masked_phone`, a type that never links.

    Raises:
        InvalidInput: a type that is unknown or switched off, a missing scope, or a value that cannot be of its type;
            says what fits.
    """
    kind = policy.types.get(raw.type)
    if kind is None:
        known = ", ".join(sorted(policy.types))
        raise InvalidInput(f"{raw.type[:50]!r} is not a type of identifier. Known types: {known}.")
    if not kind.enabled:
        raise InvalidInput(f"the type {kind.name} is switched off in the identity policy")
    text = unicodedata.normalize("NFKC", raw.raw).strip()
    if text.lower() in _PLACEHOLDERS or not text.strip("0+- "):
        return None
    if len(text) > MAX_EXTERNAL_ID_CHARS or not text.isprintable():
        raise InvalidInput(f"a {kind.name} has at most {MAX_EXTERNAL_ID_CHARS} characters, all printable")
    if kind.scoped and not raw.scope:
        raise InvalidInput(f"a {kind.name} needs a scope: the app, shop or account that it belongs to")
    scope = raw.scope if kind.scoped else ""
    if kind.normaliser == "phone":
        return _phone(text, kind.name, scope, region)
    return Identifier(kind.name, scope, _NORMALISERS[kind.normaliser](text))


def is_blocked(identifier: Identifier, policy: Policy) -> bool:
    """Whether the policy says that this value is nobody's: by the value itself, or by a pattern."""
    kind = policy.types.get(identifier.type)
    return kind is not None and (identifier.value in kind.blocked or matches(identifier.value, kind.blocked_patterns))


def mask(identifier: Identifier) -> str:
    """The form that may be shown: enough for its owner to recognise it, too little to use it."""
    value = identifier.value
    if identifier.type == "masked_phone":
        return value
    if identifier.type == "email":
        local, _, domain = value.partition("@")
        return f"{local[:1]}***@{domain}"
    if identifier.type == "phone":
        national = value.removeprefix("+86")
        return f"{national[:3]}****{national[-4:]}" if len(national) > 8 else f"{national[:2]}****{national[-2:]}"
    if len(value) <= 8:
        return f"{value[:1]}****{value[-1:]}" if len(value) > 3 else "****"
    return f"{value[:3]}****{value[-3:]}"


def _phone(text: str, type_name: str, scope: str, region: str) -> Identifier | None:
    if masked := _MASKED_PHONE.fullmatch(text):
        return Identifier("masked_phone", "", f"{masked[2]}****{masked[3]}")
    digits = re.sub(r"\D", "", text)
    if len(digits) >= _FEWEST_PHONE_DIGITS and len(set(digits)) == 1:
        return None
    number = _e164(text, region)
    return Identifier(type_name, scope, number) if number else None


@lru_cache(maxsize=65_536)
def _e164(text: str, region: str) -> str | None:
    """The number as E.164, None for one that a company answers and nobody owns (400 and 800 numbers)."""
    if region == "CN" and _MAINLAND_MOBILE.fullmatch(text):
        # What phonenumbers makes of it, without its cost: imports spend a third of their time there.
        return f"+86{text}"
    try:
        number = phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException:
        raise InvalidInput(_PHONE_LOOKS_LIKE) from None
    canonical = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    if number.extension or not (phonenumbers.is_valid_number(number) or _MAINLAND_E164.fullmatch(canonical)):
        raise InvalidInput(_PHONE_LOOKS_LIKE)
    return None if phonenumbers.number_type(number) in _COMPANY_NUMBERS else canonical


def _opaque(text: str) -> str:
    return text


def _folded(text: str) -> str:
    return re.sub(r"[\s-]+", "", text).upper()


def _masked_phone(text: str) -> str:
    masked = _MASKED_PHONE.fullmatch(text)
    if masked is None:
        raise InvalidInput("a masked phone looks like 138****1234")
    return f"{masked[2]}****{masked[3]}"


def _email(text: str) -> str:
    if not _EMAIL.fullmatch(text):
        raise InvalidInput("an email looks like name@example.com")
    return text.casefold()


def _national_id(text: str) -> str:
    """The number of a resident identity card of the PRC, whose last digit checks the others (GB 11643-1999)."""
    number = re.sub(r"[\s-]+", "", text).upper()
    if not _NATIONAL_ID.fullmatch(number) or number[-1] != _check_digit(number):
        raise InvalidInput(
            "a national id has 18 digits, with a birthday in the middle and a last one (0 to 9, or X) that checks the "
            "others: this one does not"
        )
    return number


def _check_digit(number: str) -> str:
    total = sum(int(digit) * (1 << (17 - place)) for place, digit in enumerate(number[:17]))
    return "10X98765432"[total % 11]


_NORMALISERS: Final[Mapping[str, Callable[[str], str]]] = {
    "opaque": _opaque,
    "folded": _folded,
    "masked_phone": _masked_phone,
    "email": _email,
    "national_id": _national_id,
}
