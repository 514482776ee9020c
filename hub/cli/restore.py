"""`hub benefit restore`, `hub coupon restore`: what was used for a purchase that is returned is given back."""

from __future__ import annotations

from functools import partial
from typing import Annotated

import typer

from hub.cli.output import print_plain
from hub.cli.points import Key, Original, ProgrammeName, do, make_call
from hub.cli.runtime import Runtime
from hub.cli.whom import act_on_person
from hub.core.clock import now_ms
from hub.core.ledger import Operation
from hub.services.membership.restoring import restore
from hub.services.programme.shipped import DEFAULT_NAME
from rules.programme import Programme


def restore_used(
    original: Original,
    spent: Annotated[
        str, typer.Option(help="What spent points for it: what is left comes back.", metavar="OPERATION")
    ] = "",
    of: Annotated[str, typer.Option(help="Whose it has to be: a phone, an id or a record.", metavar="WHOM")] = "",
    key: Key = "",
    programme_name: ProgrammeName = DEFAULT_NAME,
) -> None:
    """Give back a benefit or a coupon whose purchase is returned, and what was spent with it: all or nothing."""
    call = make_call(key)

    async def work(hub: Runtime, programme: Programme) -> Operation:
        give = partial(restore, hub.graph, programme, call, original=original, spent=spent or None, now_ms=now_ms())
        if not of:
            return await give()
        return await act_on_person(hub, of, give)

    done = do(programme_name, call, work)
    back = f", with {done.amount:,} {done.asset}" if done.asset else ""
    print_plain(f"Given back{back}: operation {done.key}")
