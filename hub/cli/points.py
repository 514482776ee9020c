"""`hub points`: the ledger's operations, one at a time, for tills without a program of their own and for support."""

from __future__ import annotations

import shlex
from collections.abc import Awaitable, Callable, Iterable
from contextlib import suppress
from functools import partial
from typing import Annotated, Any, Final, TypeAlias
from zoneinfo import ZoneInfo

import anyio
import typer
from ulid import ULID

from hub.cli.author import Author, name_author
from hub.cli.output import make_table, print_json, print_plain
from hub.cli.runtime import Runtime, open_runtime
from hub.cli.steward import AsJson
from hub.cli.whom import AsOf, act_on_person, find_living, read_instant_ms, read_record
from hub.core.clock import from_ms, now_ms
from hub.core.errors import NotFound, Unavailable
from hub.core.ledger import FOREVER_MS, Operation
from hub.core.settings import load_settings
from hub.core.vault import Vault
from hub.services.ledger.balance import Balance, Holdings, get_holdings
from hub.services.ledger.callers import COMMAND_LINE
from hub.services.ledger.earning import adjust, earn_amount
from hub.services.ledger.holding import capture_hold, hold_amount, release_hold
from hub.services.ledger.past import check_past, recall_holdings
from hub.services.ledger.request import Call
from hub.services.ledger.reversing import reverse_earning
from hub.services.ledger.spending import refund_amount, spend_amount
from hub.services.programme.shipped import DEFAULT_NAME
from rules.programme import Programme

Whom: TypeAlias = Annotated[
    str, typer.Argument(help="A phone number, a person's id, or a record 'system|external_id'.", metavar="WHOM")
]
RecordName: TypeAlias = Annotated[str, typer.Argument(help="A record, 'system|external_id'.", metavar="RECORD")]
Amount: TypeAlias = Annotated[int, typer.Argument(help="A whole number: points, or fen of stored value.", min=1)]
Original: TypeAlias = Annotated[
    str, typer.Argument(help="The earlier operation, as it was printed.", metavar="OPERATION")
]
Asset: TypeAlias = Annotated[str, typer.Option(help="points, or stored_value (in fen).")]
Key: TypeAlias = Annotated[str, typer.Option(help="Idempotency key: with the same one a repeat is done once.")]
ProgrammeName: TypeAlias = Annotated[
    str, typer.Option("--programme", help="The programme: a brand's or a banner's.", metavar="NAME")
]
Cause: TypeAlias = Annotated[str, typer.Option(help="What it is for, such as an order.")]
Where: TypeAlias = Annotated[
    str | None, typer.Option(help="The store, channel or brand: refused where the programme does not honour it there.")
]

BALANCE_HEADINGS: Final = ("Asset", "Available", "Pending", "Held", "Owed", "Expires next")
Work = Callable[[Runtime, Programme], Awaitable[Operation]]
_Asked: TypeAlias = dict[str, Any]


def balance(
    whom: Whom, as_of: AsOf = "", programme_name: ProgrammeName = DEFAULT_NAME, as_json: AsJson = False
) -> None:
    """Show what a person can spend, what is pending and held, and what expires next."""
    found, zone = anyio.run(_fetch, whom, programme_name, as_of)
    if as_json:
        print_json(found)
        return
    print_plain(found.person)
    print_plain(make_table(*BALANCE_HEADINGS, rows=list_balances(found.balances, zone)))


def earn(
    record: RecordName,
    amount: Amount,
    asset: Asset = "points",
    key: Key = "",
    cause: Cause = "",
    programme_name: ProgrammeName = DEFAULT_NAME,
) -> None:
    """Give a record an amount."""
    name, call = str(read_record(record)), make_call(key, cause)
    _do(
        programme_name,
        call,
        lambda hub, programme: earn_amount(
            hub.graph,
            programme,
            call,
            record=name,
            asset=asset,
            amount=amount,
            now_ms=now_ms(),
        ),
    )


def spend(
    whom: Whom,
    amount: Amount,
    asset: Asset = "points",
    key: Key = "",
    cause: Cause = "",
    where: Where = None,
    programme_name: ProgrammeName = DEFAULT_NAME,
) -> None:
    """Use up an amount, the soonest to expire first."""
    call = make_call(key, cause)

    asked: _Asked = {"asset": asset, "amount": amount, "where": where}
    _do(programme_name, call, _take(spend_amount, whom, call, asked))


def hold(
    whom: Whom,
    amount: Amount,
    minutes: Annotated[int, typer.Option(min=1, help="For how long.")] = 15,
    asset: Asset = "points",
    key: Key = "",
    cause: Cause = "",
    where: Where = None,
    programme_name: ProgrammeName = DEFAULT_NAME,
) -> None:
    """Keep an amount for a purchase that is not complete."""
    call = make_call(key, cause)

    asked: _Asked = {"asset": asset, "amount": amount, "where": where, "lasts_ms": minutes * 60_000}
    _do(programme_name, call, _take(hold_amount, whom, call, asked))


def capture(
    original: Original,
    amount: Amount,
    more: Annotated[bool, typer.Option("--more", help="Keep the rest for another capture.")] = False,
    key: Key = "",
    programme_name: ProgrammeName = DEFAULT_NAME,
) -> None:
    """Use up what an operation holds."""
    call = make_call(key)
    _do(
        programme_name,
        call,
        lambda hub, programme: capture_hold(
            hub.graph, programme, call, original=original, amount=amount, now_ms=now_ms(), final=not more
        ),
    )


def release(original: Original, key: Key = "", programme_name: ProgrammeName = DEFAULT_NAME) -> None:
    """Free what an operation holds."""
    call = make_call(key)
    _do(
        programme_name,
        call,
        lambda hub, programme: release_hold(hub.graph, programme, call, original=original, now_ms=now_ms()),
    )


def refund(original: Original, amount: Amount, key: Key = "", programme_name: ProgrammeName = DEFAULT_NAME) -> None:
    """Give back what an operation spent, to the lots that it came from."""
    call = make_call(key)
    _do(
        programme_name,
        call,
        lambda hub, programme: refund_amount(
            hub.graph, programme, call, original=original, amount=amount, now_ms=now_ms()
        ),
    )


def reverse(original: Original, amount: Amount, key: Key = "", programme_name: ProgrammeName = DEFAULT_NAME) -> None:
    """Take back what an operation brought in, such as the points of a returned order."""
    call = make_call(key)
    _do(
        programme_name,
        call,
        lambda hub, programme: reverse_earning(
            hub.graph, programme, call, original=original, amount=amount, now_ms=now_ms()
        ),
    )


def correct(
    record: RecordName,
    amount: Annotated[int, typer.Argument(help="What to add; take away with -- -5.")],
    reason: Annotated[str, typer.Option(help="Why; it is kept.")],
    author: Author = "",
    asset: Asset = "points",
    key: Key = "",
    programme_name: ProgrammeName = DEFAULT_NAME,
) -> None:
    """Correct a record's account by hand."""
    name = str(read_record(record))
    signed = make_call(key, author=name_author(author), reason=reason)
    _do(
        programme_name,
        signed,
        lambda hub, programme: adjust(
            hub.graph, programme, signed, record=name, asset=asset, amount=amount, now_ms=now_ms()
        ),
    )


def _take(service: Callable[..., Awaitable[Operation]], whom: str, call: Call, asked: _Asked) -> Work:
    """What takes from the person whom a text means, or finds that it did before."""

    async def work(hub: Runtime, programme: Programme) -> Operation:
        return await act_on_person(hub, whom, partial(service, hub.graph, programme, call, **asked, now_ms=now_ms()))

    return work


def make_call(key: str, cause: str = "", *, author: str = "", reason: str = "") -> Call:
    """A call of this command line; without a key it gets one of its own."""
    settings = load_settings()
    settings.require_graph_uri()  # as for the work itself: where nothing runs, that is the thing to say
    hashed = Vault(settings.require_identity_key()).hash_request
    return Call(COMMAND_LINE, key or str(ULID()), cause=cause, author=author, reason=reason, hash=hashed)


def do(programme_name: str, call: Call, work: Work) -> Operation:
    """Run an operation; where nobody can know whether it was done, say how to repeat it without doing it twice."""

    async def run() -> Operation:
        async with open_runtime() as hub:
            return await work(hub, await hub.load_programme(programme_name))

    try:
        return anyio.run(run)
    except (Unavailable, KeyboardInterrupt):
        typer.echo(f"To be certain that it is done once, repeat it with --key {shlex.quote(call.key)}", err=True)
        raise


def _do(name: str, call: Call, work: Work) -> None:
    """Run an operation, print what later ones refer to it by, and the balances of whoever it was of, if they live."""
    done = do(name, call, work)
    print_plain(f"{done.kind} {done.amount:,}: operation {done.key}")
    if done.person:
        with suppress(NotFound):
            holdings, zone = anyio.run(_fetch, done.person, name)
            print_plain(make_table(*BALANCE_HEADINGS, rows=list_balances(holdings.balances, zone)))


async def _fetch(whom: str, name: str, as_of: str = "") -> tuple[Holdings, ZoneInfo]:
    async with open_runtime() as hub:
        programme = await hub.load_programme(name)
        person, at_ms = await find_living(hub, whom), now_ms()
        if not as_of:
            return await get_holdings(hub.graph, programme, person, now_ms=at_ms), programme.zone
        then_ms = check_past(read_instant_ms(as_of, programme.zone), at_ms)
        return await recall_holdings(hub.graph, programme, person, at_ms=then_ms), programme.zone


def list_balances(holdings: Iterable[Balance], zone: ZoneInfo) -> list[tuple[str, ...]]:
    """A row for each asset, as `BALANCE_HEADINGS` names the columns."""
    return [
        (
            f"{one.asset} ({one.unit})",
            *(f"{amount:,}" for amount in (one.available, one.pending, one.held, one.owed)),
            _expiring(one, zone),
        )
        for one in holdings
    ]


def _expiring(one: Balance, zone: ZoneInfo) -> str:
    if one.expiring_ms is None or one.expiring_ms >= FOREVER_MS:
        return "-"
    return f"{one.expiring:,} on {from_ms(one.expiring_ms).astimezone(zone):%Y-%m-%d}"
