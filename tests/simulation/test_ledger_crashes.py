"""The ledger under a seeded enemy: processes die, transactions run twice, calls come again, persons merge and part.

The pure ledger (`Till`) runs the same operations undisturbed, and what the graph says must be the same.
"""

from __future__ import annotations

import random
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from typing import Any, Final, cast

import pytest

from graph.balances import fetch_all
from graph.database import Graph
from hub.core.errors import InvalidInput
from hub.core.ledger import Account, AccountKey, LedgerRefused, Operation
from hub.core.model import DAY_MS
from hub.services.identity import Identity
from hub.services.ledger.earning import adjust, confirm_earning, earn_amount
from hub.services.ledger.expire import expire_due
from hub.services.ledger.holding import capture_hold, hold_amount, release_hold
from hub.services.ledger.past import recall
from hub.services.ledger.request import Call
from hub.services.ledger.reversing import reverse_earning
from hub.services.ledger.spending import refund_amount, spend_amount, transfer_amount
from hub.services.ledger.verify import verify_ledger
from rules.ledger.terms import Terms
from rules.programme import Programme
from tests.simulation.asked import OPERATIONS, choose_seeds
from tests.simulation.shaky import ProcessDied, ShakyGraph
from tests.support.events import PHONES
from tests.support.ledger import NOW, PROGRAMME, Members
from tests.support.stewardship import put, said
from tests.unit.rules.ledger.till import NAMES, Till, tell_account

pytestmark = pytest.mark.anyio

# An operation with its repeats takes a tenth of a second here, where the pure ledger does a thousand.
_COUNT: Final = max(OPERATIONS // 1000, 50)
WORDS: Final = ("earn", "earn", "earn", "spend", "spend", "refund", "hold", "capture", "release", "reverse")
MORE: Final = ("confirm", "adjust", "transfer", "part", "tick")

_Send = Callable[[Graph], Awaitable[Operation]]


class Hub:
    """The same words as `Till`, said to the hub."""

    def __init__(self, members: Members, programme: Programme, chooser: random.Random) -> None:
        self.members = members
        self.programme = programme
        self.graph = cast(Graph, ShakyGraph(members.graph, chooser))
        self.chooser = chooser
        self.births: dict[str, str] = {}
        self.earned: list[str] = []
        self.spent: list[str] = []
        self.held: list[str] = []
        self.sent: list[tuple[_Send, Operation]] = []
        self._count = 0
        self._stated = 1

    async def send(self, send: _Send) -> Operation:
        """Send until it is acknowledged, and now and then once more."""
        while True:
            try:
                done = await send(self.graph)
                break
            except ProcessDied:
                continue
        if self.chooser.random() < 0.3:
            assert await send(self.members.graph) == done
        self.sent.append((send, done))
        return done

    def call(self) -> Call:
        self._count += 1
        return Call("test", f"k{self._count}", author="a", reason="r")

    async def earn(self, at_ms: int, account: int, amount: int, days: int) -> None:
        options: dict[str, Any] = {
            "record": f"pos|{NAMES[account % 3]}",
            "asset": "points",
            "amount": amount + 1,
            "earned_ms": at_ms,
            "now_ms": at_ms,
            "pending_ms": at_ms + (days % 4) * DAY_MS,
            "expires_at_ms": at_ms + (days + 1) * DAY_MS,
        }
        call = self.call()
        self.earned.append((await self.send(lambda graph: earn_amount(graph, self.programme, call, **options))).key)

    async def adjust(self, at_ms: int, account: int, amount: int, _: int) -> None:
        record, call = f"pos|{NAMES[account % 3]}", self.call()
        await self.send(
            lambda graph: adjust(
                graph, self.programme, call, record=record, asset="points", amount=-amount - 1, now_ms=at_ms
            )
        )

    async def spend(self, at_ms: int, account: int, amount: int, _: int) -> None:
        person, call = self.births[NAMES[account % 3]], self.call()
        done = await self.send(
            lambda graph: spend_amount(
                graph, self.programme, call, person=person, asset="points", amount=amount + 1, now_ms=at_ms
            )
        )
        self.spent.append(done.key)

    async def hold(self, at_ms: int, account: int, amount: int, days: int) -> None:
        person, call = self.births[NAMES[account % 3]], self.call()
        options: dict[str, Any] = {"amount": amount + 1, "lasts_ms": (days + 1) * DAY_MS, "now_ms": at_ms}
        done = await self.send(
            lambda graph: hold_amount(graph, self.programme, call, person=person, asset="points", **options)
        )
        self.held.append(done.key)

    async def confirm(self, at_ms: int, which: int, days: int, _: int) -> None:
        if self.earned:
            original, call = self.earned[which % len(self.earned)], self.call()
            options = {"pending_ms": at_ms + days % 3 * DAY_MS, "now_ms": at_ms}
            await self.send(lambda graph: confirm_earning(graph, self.programme, call, original=original, **options))

    async def refund(self, at_ms: int, which: int, amount: int, _: int) -> None:
        if self.spent:
            await self._undo(refund_amount, self.spent[which % len(self.spent)], amount + 1, at_ms)

    async def reverse(self, at_ms: int, which: int, amount: int, _: int) -> None:
        if self.earned:
            await self._undo(reverse_earning, self.earned[which % len(self.earned)], amount + 1, at_ms)

    async def capture(self, at_ms: int, which: int, amount: int, final: int) -> None:
        if self.held:
            original = self.held[which % len(self.held)]
            done = await self._undo(capture_hold, original, amount + 1, at_ms, final=bool(final % 2))
            self.spent.append(done.key)

    async def release(self, at_ms: int, which: int, _: int, __: int) -> None:
        if self.held:
            original, call = self.held[which % len(self.held)], self.call()
            await self.send(lambda graph: release_hold(graph, self.programme, call, original=original, now_ms=at_ms))

    async def transfer(self, at_ms: int, giver: int, receiver: int, amount: int) -> None:
        call, person = self.call(), self.births[NAMES[giver % 3]]
        options: dict[str, Any] = {"receiver": f"pos|{NAMES[receiver % 3]}", "amount": amount + 1, "now_ms": at_ms}
        await self.send(
            lambda graph: transfer_amount(graph, self.programme, call, giver=person, asset="points", **options)
        )

    async def part(self, _: int, first: int, second: int, third: int) -> None:
        """Records get the phones of other persons, so that persons merge and part."""
        self._stated += 1
        phones = [PHONES[place % 3] for place in (first, second, third)]
        told = [
            said(f"pos|{name}", ("phone", phone), at=self._stated) for name, phone in zip(NAMES, phones, strict=True)
        ]
        await put(self.members.graph, self.members.identity, *told)

    async def tick(self, at_ms: int, *_: int) -> None:
        await expire_due(self.members.graph, now_ms=at_ms)

    async def _undo(self, undo: Callable[..., Any], original: str, amount: int, at_ms: int, **more: Any) -> Operation:
        call = self.call()
        return await self.send(
            lambda graph: undo(graph, self.programme, call, original=original, amount=amount, now_ms=at_ms, **more)
        )


@pytest.mark.parametrize("seed", choose_seeds(2))
async def test_crashes_and_repeats_leave_the_ledger_of_an_undisturbed_run(
    graph: Graph, identity: Identity, seed: int
) -> None:
    chooser = random.Random(seed)
    terms = Terms(chooser.choice(("debt", "cap", "refuse")), grace_days=chooser.randrange(3), transfers=True)
    programme = replace(PROGRAMME, assets={"points": replace(PROGRAMME.assets["points"], terms=terms)})
    till = Till(terms)
    hub = Hub(Members(graph, identity), programme, random.Random(seed + 1))
    for place, name in enumerate(NAMES):
        hub.births[name] = await hub.members.add(f"pos|{name}", PHONES[place])

    at_ms, remembered = NOW, dict[int, dict[str, Account]]()
    for _ in range(_COUNT):
        at_ms += chooser.randrange(DAY_MS)
        word, numbers = chooser.choice(WORDS + MORE), [chooser.randrange(13) for _ in range(3)]
        expected = _try_till(till, word, at_ms, numbers)
        assert await _try_hub(hub, word, at_ms, numbers) == expected, (word, numbers)
        remembered[at_ms] = dict(till.accounts)

    for send, done in hub.sent:
        assert await send(graph) == done
    await expire_due(graph, now_ms=at_ms)
    till.tick(at_ms)
    proof = await verify_ledger(graph, now_ms=NOW)
    assert not proof.wrong
    assert proof.entries == len(till.entries)
    hub.members.now_ms = at_ms
    for name in NAMES:
        balance = await hub.members.balance(hub.births[name])
        owned = [till.accounts[other] for other in till.of(till.owner[name])]
        assert balance.available == sum(account.available(at_ms) for account in owned)
        assert balance.owed == sum(account.debt for account in owned)
    await _compare_with_past(hub, remembered)


async def _compare_with_past(hub: Hub, remembered: Mapping[int, Mapping[str, Account]]) -> None:
    """Whatever came later, each account is recalled as it was after each operation, whoever's record it is by now."""
    persons = await fetch_all(hub.members.graph, hub.births.values())
    held = {one.account.key: one for found in persons.values() for one in found.accounts}
    for at_ms, accounts in remembered.items():
        recalled = await recall(hub.members.graph, held.values(), at_ms)
        past = {AccountKey.parse(one.account.key).birth_id: one.account for one in recalled}
        for name, birth in hub.births.items():
            found = past.get(birth, Account(birth))
            assert tell_account(found, at_ms) == tell_account(accounts[name], at_ms)


def _try_till(till: Till, word: str, at_ms: int, numbers: list[int]) -> str | None:
    try:
        if word == "tick":
            till.tick(at_ms)
        else:
            getattr(till, word)(at_ms, *numbers)
    except LedgerRefused as refused:
        return type(refused).__name__
    return None


async def _try_hub(hub: Hub, word: str, at_ms: int, numbers: list[int]) -> str | None:
    try:
        await getattr(hub, word)(at_ms, *numbers)
    except LedgerRefused as refused:
        return type(refused).__name__
    except InvalidInput:
        # A gift to oneself, which the pure ledger does not even try.
        assert word == "transfer"
    return None
