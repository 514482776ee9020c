"""What each system has written down of a person: one row a record, or two where it was written down again."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from hashlib import blake2b
from random import Random
from typing import Final

from hub.demo import phones
from hub.demo.names import mistype
from hub.demo.noise import TYPO_SHARE, worsen
from hub.demo.people import BASE_DAY, BLOCK, Kind, Person

APPS: Final = ("wx5f0c2d7a91e83b46", "wxb17e94d0623fa85c")
"""Two mini programs under one open-platform account."""

_END: Final = datetime.combine(BASE_DAY, datetime.min.time())
_CARD_STRIDE: Final = 70_368_744_177  # odd and no multiple of five: another card for another number
_CARDS: Final = 10**11
_CODE_STRIDE: Final = 61_803_399
_CODES: Final = 10**9


@dataclass(frozen=True, slots=True)
class CustomerRow:
    """A customer as one system sees them; times are local.

    Attributes:
        name, phone: as written: a variant, another script, partly hidden, a placeholder, or nothing.
        app, unionid: of WeChat only; a unionid may be missing.
        again: the system wrote this customer down before, in a row above.
    """

    external_id: str
    person: Person
    name: str
    phone: str
    created: datetime
    modified: datetime
    app: str = ""
    unionid: str = ""
    again: bool = False


def list_external_ids(person: Person, kind: Kind, *, seed: int) -> list[str]:
    """The ids that a system knows a person by: two for two mini programs, or for a second card."""
    if kind == "tmall":
        return [f"AA{_token(f'{seed}/ouid/{person.number}', 18)}"]
    if kind == "wechat":
        return [f"o{_token(f'{seed}/openid/{person.number}/{app}', 21)[1:]}" for app in APPS[: person.apps]]
    if kind == "pos":
        first = 2 * person.number
        return [f"8{card * _CARD_STRIDE % _CARDS:011d}" for card in range(first, first + person.cards)]
    return [f"C{(person.number + 1) * _CODE_STRIDE % _CODES:09d}"]


def write_records(person: Person, kind: Kind, *, seed: int, noise: float = 1.0) -> Iterator[CustomerRow]:
    """The rows of a person in one of their systems, the older of two rows of one record first; see `noise`."""
    rng = Random(f"{seed}/{kind}/{person.number}")  # noqa: S311 - reproducible on purpose
    unionid = ""
    if kind == "wechat" and (person.apps > 1 or rng.random() < 0.9):
        unionid = f"o{_token(f'{seed}/unionid/{person.number}', 21)[1:]}"
    for n, external_id in enumerate(list_external_ids(person, kind, seed=seed)):
        created = _END - timedelta(seconds=int((380 + rng.random() * 900) * 86400))
        row = CustomerRow(
            external_id=external_id,
            person=person,
            name=_write_name(person, rng, noise),
            phone=_write_phone(person, kind, rng, noise, second=n > 0),
            created=created,
            modified=created + (_END - created) * rng.random(),
            app=APPS[n] if kind == "wechat" else "",
            unionid=unionid,
        )
        yield from _tell_story(row, kind, rng, noise)


def _tell_story(row: CustomerRow, kind: Kind, rng: Random, noise: float) -> Iterator[CustomerRow]:
    """The row, or what happened instead to someone who changed numbers, and now and then the row again."""
    person = row.person
    if person.part == "former_owner":
        place = person.kinds.index(kind)
        if place < 2:
            row = replace(row, phone=person.former_phone, modified=_days_ago(300, 330, rng))
            yield row
        if place != 1:  # the second of their systems never heard of the new number
            yield replace(row, phone=person.phone, modified=_days_ago(260, 290, rng), again=place == 0)
    elif person.part == "new_owner":
        yield replace(row, phone=person.phone, modified=_days_ago(30, 90, rng))
    else:
        yield row
        draw = rng.random()
        if draw < 0.03:
            yield replace(row, again=True)
        elif draw < 0.06:
            later = row.modified + (_END - row.modified) * rng.random()
            yield replace(row, name=_write_name(person, rng, noise), modified=later, again=True)


def _write_name(person: Person, rng: Random, noise: float) -> str:
    name, draw = person.name, worsen(rng.random(), noise)
    if noise > 1 and rng.random() < TYPO_SHARE * (noise - 1):
        return mistype(name, rng)
    if draw < 0.76:
        return name.simplified
    if draw < 0.82:
        return f"{name.surname} {name.given}"
    if draw < 0.88:
        return name.pinyin
    if draw < 0.94:
        return name.traditional
    return f"{name.simplified}{'先生' if person.male else '女士'}"


def _write_phone(person: Person, kind: Kind, rng: Random, noise: float, *, second: bool) -> str:
    if kind == "pos" and person.sign_up_phone:
        return person.sign_up_phone
    if kind == "pos" and person.part == "careless":
        return phones.PLACEHOLDERS[person.number // BLOCK % len(phones.PLACEHOLDERS)]
    told = worsen(rng.random(), noise) < _telling(person, second=second)
    if told:
        return phones.write(person.phone, rng) if kind in ("pos", "erp") else person.phone
    draw = rng.random()
    if kind == "tmall":
        return phones.hide(person.phone) if draw < 0.85 else ""
    return rng.choice(phones.PLACEHOLDERS) if kind != "wechat" and draw < 0.3 else ""


def _telling(person: Person, *, second: bool) -> float:
    """How likely a record has the whole phone: who buys in several places mostly tells it, so as to collect points."""
    if person.part == "family":
        return 0.95
    if second:
        return 0.4
    if len(person.kinds) == 1:
        return 0.55
    return 0.93 if person.findable else 0.1


def _days_ago(least: int, most: int, rng: Random) -> datetime:
    return _END - timedelta(seconds=int((least + rng.random() * (most - least)) * 86400))


def _token(subject: str, size: int) -> str:
    return base64.urlsafe_b64encode(blake2b(subject.encode(), digest_size=size).digest()).decode()
