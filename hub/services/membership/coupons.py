"""Coupons: issued to a person under a code of their own, redeemed by whoever presents it, once."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any, Final

import orjson

from graph import coupons, member_facts, operations
from graph.database import Graph, Transaction
from graph.reading import Reader
from hub.core.errors import InvalidInput
from hub.core.ledger import Operation
from hub.core.membership import CouponRefused, UnknownCoupon
from hub.services.ledger.desk import run_once
from hub.services.ledger.request import Call, Request, check_amount
from hub.services.membership.coupon import Coupon, read_coupon
from hub.services.membership.desk import attach, open_holder, open_member
from rules.benefits import CouponKind, find_discount, find_shares
from rules.ledger.expiry import expires_ms
from rules.programme import Programme
from rules.sharing import Thing

_ALPHABET: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_CODE_CHARS: Final = 12
_TERMS: Final = ("worth_fen", "percent", "most_fen", "least_fen", "funding", "funded_in")
"""What of its kind a coupon keeps from when it was issued."""

_NO_COUPON: Final = "There is no such coupon, or its holder is erased."


async def issue_coupon(
    graph: Graph, programme: Programme, call: Call, *, person: str, kind: str, now_ms: int, said: str | None = None
) -> Operation:
    """Give a person (any id) a coupon under a new code that nobody can guess; `find_issued` tells it.

    Args:
        said: as for `spend_amount`.

    Raises:
        InvalidInput: no such kind of coupon.
        NotFound, Erased, KeyReused: as for `spend_amount`.
    """
    request = Request("coupon_issue", call, programme, "", 0, person, {"kind": kind}, said)
    return await run_once(graph, _issue, request, now_ms, kind)


async def redeem_coupon(
    graph: Graph,
    programme: Programme,
    call: Call,
    *,
    code: str,
    purchase_fen: int,
    now_ms: int,
    where: str | None = None,
) -> Operation:
    """Take a coupon for a purchase; the operation's amount is the discount in fen.

    Args:
        where: the store, channel or brand: the coupon has to be honoured there.

    Raises:
        CouponRefused: redeemed before, too old, or the purchase is too small.
        NotHonoured: the programme does not honour it there.
        UnknownCoupon: no such coupon. InvalidInput: it is of another programme.
        KeyReused: the key belongs to another request.
    """
    details = {"purchase_fen": check_amount(purchase_fen)}
    request = Request("coupon_redeem", call, programme, "", 0, clean_code(code), details, where=where)
    return await run_once(graph, _redeem, request, now_ms, purchase_fen)


async def get_coupon(reader: Reader, code: str) -> Coupon:
    """A coupon by its code; raises UnknownCoupon."""
    found = await coupons.find_coupon(reader, clean_code(code))
    if found is None:
        raise UnknownCoupon("There is no coupon under this code.")
    return read_coupon(found.properties, found.person)


async def find_issued(reader: Reader, operation: str) -> Coupon | None:
    """The coupon that an operation (by key) issued, or one that it goes back to; None where it went with its holder."""
    found = await coupons.find_issued(reader, operation)
    if found is not None:
        return read_coupon(found.properties, found.person)
    done = await operations.find(reader, operation)
    return await find_issued(reader, done.original) if done is not None and done.original else None


def find_kind(programme: Programme, name: str) -> CouponKind:
    """A kind of coupon of a programme; raises InvalidInput."""
    kind = programme.benefits.coupons.get(name)
    if kind is None:
        listed = ", ".join(sorted(programme.benefits.coupons)) or "none"
        raise InvalidInput(f"The programme {programme.name} has no coupon {name[:50]!r}. Coupons: {listed}.")
    return kind


def clean_code(code: str) -> str:
    """A code as it is stored, however it was typed."""
    return code.strip().upper().replace("-", "").replace(" ", "")[:64]


async def _issue(tx: Transaction, request: Request, at_ms: int, name: str) -> Operation:
    opened = await open_member(tx, request)
    kind = find_kind(request.programme, name)
    said = {
        "kind": kind.name,
        "code": "".join(secrets.choice(_ALPHABET) for _ in range(_CODE_CHARS)),
        "issued_ms": at_ms,
        "expires_ms": expires_ms(kind.valid, at_ms, request.programme.zone),
        "terms": orjson.dumps({name: getattr(kind, name) for name in _TERMS}, default=dict).decode(),
        "rule": request.programme.cite([kind.name]),
    }
    return await attach(tx, request, opened, "Coupon", said, at_ms)


async def _get_held(tx: Transaction, request: Request, held: Iterable[Mapping[str, Any]]) -> Mapping[str, Any]:
    """The coupon among those of a member; raises InvalidInput where it is of another programme."""
    for stored in held:
        if stored["code"] == request.subject:
            return stored
    programme = (await get_coupon(tx, request.subject)).programme
    raise InvalidInput(f"This coupon is of the programme {programme}, not of {request.programme.name}: name that one.")


async def _redeem(tx: Transaction, request: Request, at_ms: int, purchase_fen: int) -> Operation:
    opened = await open_holder(tx, request, "code", UnknownCoupon(_NO_COUPON))
    stored = await _get_held(tx, request, opened.member.coupons.values())
    if stored.get("redeemed_ms") is not None:
        raise CouponRefused("This coupon was redeemed before.")
    if at_ms >= stored["expires_ms"]:
        raise CouponRefused("This coupon has expired.")
    request.check_honoured(Thing("coupon", stored["kind"]))
    kind = _read_kind(request.programme, stored)
    discount_fen = find_discount(kind, purchase_fen)
    if discount_fen is None:
        raise CouponRefused(f"This coupon is for purchases of at least {kind.least_fen} fen.")
    if not discount_fen:
        raise CouponRefused(f"This coupon takes less than 1 fen off a purchase of {purchase_fen} fen.")
    operation = replace(
        request.to_operation(opened.member.person, at_ms, ()),
        amount=discount_fen,
        original=stored["key"],
        rule=stored.get("rule") or request.programme.cite([kind.name]),
    )
    said = {
        "redeemed_ms": at_ms,
        "redeemed_by": operation.key,
        "place": request.where,
        "purchase_fen": purchase_fen,
        "discount_fen": discount_fen,
        "shares": orjson.dumps(find_shares(kind, discount_fen)).decode(),
    }
    await member_facts.change_fact(tx, "Coupon", stored["key"], said, operation)
    return operation


def _read_kind(programme: Programme, stored: Mapping[str, Any]) -> CouponKind:
    """What was promised when the coupon was issued; of one issued before that was stored, what the programme says."""
    if "terms" not in stored:
        return find_kind(programme, stored["kind"])
    return CouponKind(stored["kind"], **orjson.loads(stored["terms"]))
