"""`hub ledger`: what happened to a person's points and stored value, the nightly work, and the proof."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Annotated
from zoneinfo import ZoneInfo

import anyio
import typer
from rich.table import Table

from graph.ledger_history import TracedEntry
from hub.cli.bars import show_bars
from hub.cli.exit_codes import EXIT_FAILED
from hub.cli.output import make_table, print_json, print_plain
from hub.cli.points import Asset, ProgrammeName, Whom
from hub.cli.runtime import open_runtime
from hub.cli.steward import AsJson
from hub.cli.whom import AsOf, find_living, read_instant_ms
from hub.core.clock import from_ms, now_ms
from hub.core.ledger import FOREVER_MS, Entry
from hub.services.ledger.expire import Expired, expire_due
from hub.services.ledger.history import MOST_LISTED, History, fetch_history
from hub.services.ledger.past import check_past
from hub.services.ledger.verify import Proof, verify_ledger
from hub.services.programme.shipped import DEFAULT_NAME


def show(
    whom: Whom,
    asset: Asset = "points",
    as_of: AsOf = "",
    limit: Annotated[int, typer.Option(min=1, max=MOST_LISTED, help="How many entries, at most.")] = 50,
    programme_name: ProgrammeName = DEFAULT_NAME,
    as_json: AsJson = False,
) -> None:
    """Show a person's entries, newest first."""
    found, zone = anyio.run(_fetch, whom, programme_name, asset, as_of, limit)
    if as_json:
        print_json(found)
        return
    print_plain(found.person)
    print_plain(table_entries(found.entries, found.records, zone))
    if found.before:
        print_plain("There are older ones: ask for more with --limit.")


def verify(as_json: AsJson = False) -> None:
    """Add up every account again from its entries; exit 1 if anything does not fit. Writes nothing."""
    proof = anyio.run(_verify)
    if as_json:
        typer.echo(json.dumps(_to_json(proof), indent=2))
    else:
        _print_proof(proof)
    raise typer.Exit(EXIT_FAILED if proof.faults else 0)


def expire() -> None:
    """Write what expired and which holds lapsed, as the worker does twice an hour. Balances do not wait for it."""
    done = anyio.run(_expire)
    typer.echo(f"{done.accounts:,} accounts, {done.entries:,} entries written.")
    if done.spoilt:
        typer.echo(
            f"{len(done.spoilt):,} accounts do not add up and were left: `hub ledger verify` says why.", err=True
        )
    raise typer.Exit(EXIT_FAILED if done.spoilt else 0)


async def _fetch(whom: str, name: str, asset: str, as_of: str, limit: int) -> tuple[History, ZoneInfo]:
    async with open_runtime() as hub:
        programme = await hub.load_programme(name)
        until_ms = check_past(read_instant_ms(as_of, programme.zone), now_ms()) if as_of else FOREVER_MS
        person = await find_living(hub, whom)
        found = await fetch_history(hub.graph, programme, person, asset, limit=limit, until_ms=until_ms)
        return found, programme.zone


async def _verify() -> Proof:
    async with open_runtime() as hub:
        with show_bars() as bars:
            return await verify_ledger(hub.graph, now_ms=now_ms(), progress=bars.begin("accounts"))


async def _expire() -> Expired:
    async with open_runtime() as hub:
        with show_bars() as bars:
            return await expire_due(hub.graph, now_ms=now_ms(), progress=bars.begin("accounts"))


def table_entries(entries: Iterable[TracedEntry], records: Mapping[str, str], zone: ZoneInfo) -> Table:
    """Entries as they are listed; `records` by account."""
    rows = [_row(one, records[one.entry.account], zone) for one in entries]
    return make_table("When", "What", "Amount", "Record", "Cause", "Operation", rows=rows)


def _row(one: TracedEntry, record: str, zone: ZoneInfo) -> tuple[str | None, ...]:
    when, why = from_ms(one.entry.at_ms).astimezone(zone), one.cause or one.reason or None
    return f"{when:%Y-%m-%d %H:%M}", one.entry.kind.value, _amount(one.entry), record, why, one.operation


def _amount(entry: Entry) -> str:
    """What the account's worth changes by; else what is held, or owed, from then on or no longer."""
    if entry.amount:
        return f"{entry.amount:+,}"
    if entry.debt:
        return f"{entry.debt:+,} owed"
    return f"{sum(move.held for move in entry.moves):+,} held"


def _to_json(proof: Proof) -> dict[str, object]:
    totals: dict[str, dict[str, dict[str, int]]] = {}
    for (programme, asset, part), amount in sorted(proof.totals.items()):
        totals.setdefault(programme, {}).setdefault(asset, {})[part] = amount
    wrong = [{"account": account, "what": what} for account, what in proof.wrong]
    counts = {"accounts": proof.accounts, "entries": proof.entries, "lots": proof.lots, "faults": proof.faults}
    return {**counts, "totals": totals, "wrong": wrong}


def _print_proof(proof: Proof) -> None:
    print_plain(f"{proof.accounts:,} accounts, {proof.entries:,} entries, {proof.lots:,} lots")
    rows = [(*where, f"{amount:+,}") for where, amount in sorted(proof.totals.items())]
    if rows:
        print_plain(make_table("Programme", "Asset", "Entries of the kind", "Add up to", rows=rows))
    for account, what in proof.wrong:
        print_plain(f"{account}: {what}")
    if proof.faults > len(proof.wrong):
        print_plain(f"... and {proof.faults - len(proof.wrong):,} more")
    print_plain(f"{proof.faults:,} things do not fit." if proof.faults else "Everything adds up.")
