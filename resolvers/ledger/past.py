"""What a person held at an instant, as the fields of one request ask for it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import strawberry

from graph.balances import HeldAccount
from hub.services.ledger.past import check_past, list_changed, list_cut, make_ends, stand
from resolvers.context import Context
from resolvers.scalars import Instant

AsOf = Annotated[
    Instant | None,
    strawberry.argument(
        description="As of this instant, which has come: by the entries until then, of the records that the person has "
        "now. Each entry that has to be added up again costs 1. / "
        "截至此时刻（不得晚于现在）：按当时已有的分录、顾客现有的记录计算；每重算一条分录计费 1。"
    ),
]


async def find_ends(context: Context, held: Sequence[HeldAccount], at_ms: int) -> dict[str, int]:
    """How many entries accounts had at an instant."""
    changed = list_changed(held, at_ms)
    counts = await context.loaders.entry_counts.load_all(changed)
    return make_ends(held, dict(zip(changed, counts, strict=True)))


async def recall(context: Context, held: Sequence[HeldAccount], at_ms: int) -> list[HeldAccount]:
    """Accounts as they stood at an instant; what has to be added up for that is charged first, once a request.

    Raises:
        InvalidInput: the instant has not come, or the operation would cost too much.
        Throttled: the client has too little left.
    """
    ends = await find_ends(context, held, check_past(at_ms, context.now_ms))
    cut = list(list_cut(held, ends).items())
    loader = context.loaders.past_accounts
    context.meter.add(sum(count for account, count in cut if not loader.knows((account, count))))
    rebuilt = await loader.load_all(cut)
    return stand(held, ends, {account: past for (account, _), past in zip(cut, rebuilt, strict=True)})
