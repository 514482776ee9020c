"""`hub coupon`: issued under a code of their own, redeemed once, borne by several parties."""

from __future__ import annotations

from functools import partial
from typing import Annotated, TypeAlias

import anyio
import typer

from hub.cli.output import print_json, print_plain
from hub.cli.points import Cause, Key, ProgrammeName, Where, Whom, do, make_call
from hub.cli.runtime import Runtime, open_runtime
from hub.cli.steward import AsJson
from hub.cli.whom import act_on_home
from hub.core.clock import now_ms
from hub.core.ledger import Operation
from hub.services.membership.coupon import Coupon
from hub.services.membership.coupons import find_issued, get_coupon, issue_coupon, redeem_coupon
from hub.services.programme.shipped import DEFAULT_NAME
from rules.programme import Programme

Code: TypeAlias = Annotated[str, typer.Argument(help="The coupon's code.", metavar="CODE")]


def issue(
    whom: Whom,
    kind: Annotated[str, typer.Argument(help="A kind of coupon of the programme.", metavar="KIND")],
    key: Key = "",
    programme_name: ProgrammeName = DEFAULT_NAME,
) -> None:
    """Give a person a coupon."""
    call = make_call(key)

    async def work(hub: Runtime, programme: Programme) -> Operation:
        return await act_on_home(
            hub, whom, partial(issue_coupon, hub.graph, programme, call, kind=kind, now_ms=now_ms())
        )

    issued = anyio.run(_find_issued, do(programme_name, call, work).key)
    print_plain(f"{kind}: {issued.code}" if issued else "This coupon went with its holder, who is erased.")


def redeem(
    code: Code,
    purchase_fen: Annotated[int, typer.Argument(help="What the purchase comes to, in fen.", min=1)],
    where: Where = None,
    key: Key = "",
    cause: Cause = "",
    programme_name: ProgrammeName = DEFAULT_NAME,
) -> None:
    """Take a coupon for a purchase, and say what it takes off."""
    call = make_call(key, cause)

    async def work(hub: Runtime, programme: Programme) -> Operation:
        return await redeem_coupon(
            hub.graph,
            programme,
            call,
            code=code,
            purchase_fen=purchase_fen,
            now_ms=now_ms(),
            where=where,
        )

    done = do(programme_name, call, work)
    print_plain(f"{done.amount:,} fen off: operation {done.key}")


def show(code: Code, as_json: AsJson = False) -> None:
    """Show a coupon: whose it is, whether it was redeemed, and who bears what of it."""
    found = anyio.run(_get, code)
    if as_json:
        print_json(found)
        return
    print_plain(f"{found.code}  {found.kind} of {found.programme}, of {found.person or 'nobody any more'}")
    for before in found.restored:
        print_plain(
            f"Given back: {before.discount_fen:,} fen off {before.purchase_fen:,} fen at {before.place or '-'}."
        )
    if found.redeemed_ms is None:
        print_plain("Not redeemed.")
        return
    print_plain(f"Redeemed at {found.place or '-'} for {found.purchase_fen:,} fen: {found.discount_fen:,} fen off.")
    for party, share_fen in sorted((found.shares or {}).items()):
        print_plain(f"  {party} bears {share_fen:,} fen")


async def _get(code: str) -> Coupon:
    async with open_runtime() as hub:
        return await get_coupon(hub.graph, code)


async def _find_issued(operation: str) -> Coupon | None:
    async with open_runtime() as hub:
        return await find_issued(hub.graph, operation)
