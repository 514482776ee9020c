"""Accuracy: the persons that the rules find in the demo's exports, against the truth, beside connected components.

Both get the same evidence: the exports, read, normalised and woven by the functions that an import uses. Ours is then
the decision that production takes (`hub.services.settle.decide`), on everything at once, which is what any order of
arrival leads to. Naive connected components (SciPy) join all records that share an identifier which links and is not
blocked; a second reference leaves quarantined ones out.

`bench.showable` defines what the evidence can show and which mistakes are unavoidable. Precision is told raw, and once
more counting only avoidable mistakes. Recall is of the pairs that can be shown; for what it is worth, the recall of all
true pairs is told too. VALUE is our F1 in thousandths of raw precision and that recall; REFERENCE is the naive one's.

Noise (`hub.demo.noise`) multiplies what makes records hard to tell apart. At 1.0 the generator mistypes no name; twice
as noisy one name in fifty has a wrong character.

BENCH_ACCURACY_PERSONS chooses the sizes (`10000,200000`); above 20,000 persons only at the
usual noise, because 200,000 take some four minutes.
"""

from __future__ import annotations

import os
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from bench.connected import chain, connect, list_holders
from bench.exported import Exported, read_exported
from bench.metrics import Fit, Places, count_pairs, fit_pairs, fit_records, list_wrong_pairs
from bench.report import Result
from bench.showable import Objections, show
from hub.demo.generate import generate
from hub.services.components import is_quarantined
from hub.services.policy import DEFAULT_POLICY
from hub.services.replay import place_records
from hub.services.settle import decide
from rules.partition import Resolution
from tests.support.servers import Engine

SIZES: Final = tuple(map(int, os.environ.get("BENCH_ACCURACY_PERSONS", "10000,200000").split(",")))
_SMALL: Final = 20_000
_LEVELS: Final = (0.5, 1.0, 2.0, 3.0)


def run(engine: Engine) -> Iterator[Result]:
    """One result a size and level of noise; no graph takes part."""
    if engine != "embedded":
        return
    for persons in SIZES:
        for noise in _LEVELS if persons <= _SMALL else (1.0,):
            with TemporaryDirectory() as name:
                folder = Path(name)
                generate(folder, persons=persons, seed=1, noise=noise, orders=False)
                exported = read_exported(folder)
            yield _measure(f"accuracy_{persons}_noise_{noise:g}", exported)


def _measure(name: str, exported: Exported) -> Result:
    picture, truth = exported.picture, exported.truth
    started = time.monotonic()
    resolution = decide(DEFAULT_POLICY, picture)
    seconds = time.monotonic() - started
    ours = place_records(resolution)
    holders = list_holders(picture, DEFAULT_POLICY)
    shown = show(picture, truth, holders)
    naive = connect(truth, chain(holders.values()))
    careful = connect(truth, chain(list_holders(picture, DEFAULT_POLICY, quarantine=True).values()))
    wrong = _explain_wrong(exported, ours, shown)
    right = count_pairs(ours, truth)
    facts: dict[str, Any] = {
        "records": f"{len(truth):,} of {exported.persons:,} persons, decided on in {seconds:.1f} s",
        "true pairs": f"{count_pairs(truth):,}, of which the evidence can show {count_pairs(shown):,}",
        "ours": _describe(ours, truth, shown),
        "connected components": _describe(naive, truth, shown),
        "the same without quarantined identifiers": _describe(careful, truth, shown),
        "our precision, avoidable mistakes alone": f"{right / (right + sum(wrong['avoidable'].values())):.5f}",
        "our wrong pairs": f"{sum(map(Counter.total, wrong.values()))} in {count_pairs(ours):,}",
        **{f"  {kind}": dict(counts.most_common()) for kind, counts in wrong.items()},
        "cases per 1,000 persons": _describe_work(exported, resolution),
    }
    return Result(name, "embedded", _judge(ours, truth, shown).f1 * 1000, _judge(naive, truth, shown).f1 * 1000, facts)


def _judge(found: Places, truth: Places, shown: Places) -> Fit:
    return Fit(fit_pairs(found, truth).precision, fit_pairs(found, shown).recall)


def _describe(found: Places, truth: Places, shown: Places) -> str:
    pairs, records = fit_pairs(found, truth), fit_records(found, truth)
    judged, of_shown = _judge(found, truth, shown), fit_records(found, shown)
    return (
        f"precision {judged.precision:.5f}, recall {judged.recall:.5f} of what can be shown "
        f"({pairs.recall:.5f} of all), "
        f"B-cubed {records.precision:.5f} / {of_shown.recall:.5f} ({records.recall:.5f} of all)"
    )


def _explain_wrong(exported: Exported, found: Places, shown: Places) -> dict[str, Counter[str]]:
    """Wrong pairs by what speaks against them, or by what was silent."""
    objections = Objections(exported.picture, shown, DEFAULT_POLICY)
    avoidable: Counter[str] = Counter()
    unavoidable: Counter[str] = Counter()
    for left, right in list_wrong_pairs(found, exported.truth):
        if reasons := objections.find(left, right):
            avoidable[" + ".join(reasons)] += 1
        else:
            unavoidable["one name for both" if objections.agree(left, right) else "one of them tells no name"] += 1
    return {"avoidable": avoidable, "unavoidable": unavoidable}


def _describe_work(exported: Exported, resolution: Resolution) -> str:
    """What a steward has to answer."""
    asked = Counter(refusal.kind for refusal in resolution.refusals if refusal.open)
    asked["blast_radius"] = sum(is_quarantined(DEFAULT_POLICY, state) for state in exported.picture.states.values())
    shares = ", ".join(f"{kind} {1000 * count / exported.persons:.1f}" for kind, count in asked.most_common())
    return f"{1000 * asked.total() / exported.persons:.1f} ({shares})"
