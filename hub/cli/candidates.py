"""`hub candidates`: records that share no identifier and are much alike, for stewards to judge."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Final

import anyio
import typer

from graph.case_work import ShownRecord, fetch_records
from hub.cli.bars import show_bars
from hub.cli.case_report import format_score
from hub.cli.output import make_table, print_json, print_plain
from hub.cli.runtime import open_runtime
from hub.core.clock import from_ms
from hub.core.model import RecordKey
from hub.services.candidates import Request, Suggested, suggest_candidates
from hub.services.candidates.choice import Candidate
from hub.services.candidates.scoring import MOST_EACH
from hub.services.similarity import check_installed

_SHOWN: Final = 20
_VERDICTS: Final = {
    "open": "already open / 已有待处理案例",
    "asked": "asked about before, or in another case / 已问过",
    "apart": "kept apart by a decision / 已裁定非同人",
    "judged": "share a strong identifier, which did not join them / 共用强标识而未归并",
    "left_out": "left out: enough is asked about one of the two / 超出每人上限",
}


def candidates(
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Write nothing; print the likeliest pairs.")] = False,
    retrain: Annotated[bool, typer.Option("--retrain", help="Train the parameters anew on the data at hand.")] = False,
    most_each: Annotated[
        int, typer.Option(min=1, max=100, help="How many questions about one person are open at once.")
    ] = MOST_EACH,
    as_json: Annotated[bool, typer.Option("--json", help="Print the result as JSON.")] = False,
) -> None:
    """Compare records that share no identifier, and open a case for each two persons who are much alike.

    Ctrl-C stops it at any moment, and the same command may be run again. It links nobody, unless the policy names
    `link_above`.
    """
    check_installed()
    done, shown = anyio.run(_suggest, Request(retrain=retrain, dry_run=dry_run, most_each=most_each))
    if as_json:
        print_json(_to_plain(done))
        return
    if dry_run:
        print_plain(make_table("Score", "Record", "Record", "Names", "Because", rows=_list_best(done, shown)))
    print_plain(make_table("", "", rows=_sum_up(done, dry_run=dry_run)))
    for line in _remark(done, dry_run=dry_run):
        print_plain(line)


async def _suggest(request: Request) -> tuple[Suggested, dict[str, ShownRecord]]:
    async with open_runtime() as hub:
        with show_bars() as bars:
            done = await suggest_candidates(hub.graph, hub.identity, request, progress=bars.tell_stages())
        best = _pick_best(done) if request.dry_run else []
        return done, await fetch_records(hub.graph, {key for one in best for key in (one.pair.left, one.pair.right)})


def _pick_best(done: Suggested) -> list[Candidate]:
    return sorted((*done.choice.linked, *done.choice.asked), key=lambda one: -one.pair.bits)[:_SHOWN]


def _list_best(done: Suggested, shown: dict[str, ShownRecord]) -> Iterator[tuple[str, ...]]:
    for one in _pick_best(done):
        keys = (one.pair.left, one.pair.right)
        names = " / ".join(_mask_name(shown.get(key)) for key in keys)
        yield format_score(one.pair.probability), *map(_mask_key, keys), names, _explain(one)


def _explain(one: Candidate) -> str:
    """What speaks for a pair, the strongest first."""
    bits: dict[tuple[str, str], float] = {}
    for weight in one.pair.weights:
        if weight.field != "prior" and weight.bits > 0:
            bits[weight.field, weight.level] = weight.bits
    best = sorted(bits, key=lambda at: -bits[at])
    return ", ".join(f"{name} {level} +{bits[name, level]:.1f}" for name, level in best)


def _mask_name(record: ShownRecord | None) -> str:
    name = record.profile.get("name", ("", 0))[0] if record else ""
    return f"{name[:1]}**" if name else "-"


def _mask_key(key: str) -> str:
    """An id that a system gave may be a phone, or something else that tells who it is."""
    record = RecordKey.parse(key)
    shown = record.external_id if len(record.external_id) > 6 else ""
    return f"{record.system}|{shown[:2]}****{shown[-2:]}"


def _sum_up(done: Suggested, *, dry_run: bool) -> Iterator[tuple[str, str]]:
    yield "records read / 已读记录", f"{done.records:,}"
    yield "pairs compared / 已比对", f"{done.compared:,}"
    yield "pairs of persons alike enough / 相似的人", f"{done.alike:,}"
    yield f"cases {'to open' if dry_run else 'opened'} / 新建案例", f"{done.opened:,}"
    for verdict, words in _VERDICTS.items():
        if done.counts[verdict] or verdict == "open":
            yield words, f"{done.counts[verdict]:,}"
    yield "open cases scored anew / 重新评分", f"{done.rescored:,}"
    yield "open cases closed / 自动关闭", f"{done.closed:,}"
    yield f"{'to link' if dry_run else 'linked'} without asking / 自动归并", f"{done.linked:,}"
    yield "seconds / 耗时（秒）", f"{done.seconds:.1f}"


def _remark(done: Suggested, *, dry_run: bool) -> Iterator[str]:
    if done.model is None:
        yield "The parameters that ship were used: there are too few records to train on."
    elif done.trained and dry_run:
        yield f"Trained for this run alone on {done.model.records:,} records."
    else:
        when = from_ms(done.model.trained_ms).date().isoformat()
        used = "Trained now" if done.trained else f"Trained on {when}, under policy version {done.model.policy},"
        yield f"{used} on {done.model.records:,} records: parameters {done.model.id}."
    if done.model is not None and done.records > 2 * done.model.records:
        yield "There are more than twice as many records by now: --retrain trains on them."
    if done.untrained and done.trained:
        yield f"Too few pairs tell of {', '.join(done.untrained)}: the weights that ship are used for it."
    if done.omitted:
        yield f"{done.omitted:,} more pairs were alike enough: answer these first, or raise suggest_above."
    for one in done.skipped:
        yield f"Not compared by {one.key}: {one.blocks:,} values too common, {one.pairs:,} pairs."


def _to_plain(done: Suggested) -> dict[str, object]:
    model = done.model and {
        "id": done.model.id,
        "trained_ms": done.model.trained_ms,
        "records": done.model.records,
        "policy": done.model.policy,
    }
    names = ("records", "compared", "alike", "opened", "linked", "rescored", "closed", "omitted", "trained", "seconds")
    return {
        **{name: getattr(done, name) for name in names},
        "verdicts": dict(done.counts),
        "model": model,
        "untrained": done.untrained,
        "skipped": done.skipped,
    }
