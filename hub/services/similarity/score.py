"""From a table of comparable columns to scored pairs: block, train, score, explain."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator
from typing import Any, Final

import pyarrow as pa

from hub.services.apart import Progress
from hub.services.similarity.blocking import meet
from hub.services.similarity.engine import Database, open_database
from hub.services.similarity.model import Limits, ScoredPair, Scoring, Weight
from hub.services.similarity.parameters import Parameters
from hub.services.similarity.plans import Plan
from hub.services.similarity.training import train

_CHUNK_PAIRS: Final = 250_000
FREQUENCY_ROWS: Final = 1_000
"""From how many rows on a value's frequency among them says how common it is."""


def score_table(
    table: pa.Table,
    plan: Plan,
    *,
    threshold: float,
    parameters: str | None,
    progress: Progress,
    limits: Limits,
    also: Collection[tuple[str, str]] = (),
) -> Scoring:
    """Score the pairs of a table as a plan says. The answer depends on the rows, not on their order."""
    given = Parameters.load(parameters, plan) if parameters is not None else None
    with open_database(table, limits) as database:
        if not database.rows:
            return Scoring((), (given or Parameters()).dump(plan), bool(given and given.trained))
        skipped = meet(database, plan, limits, progress, also)
        model = given or train(database, plan, progress)
        compared = _score(database, plan, model, threshold, progress)
        stated = {one.name for one in plan.fields if _is_stated(database, one.columns)}
        untrained = tuple(one.name for one in plan.fields if one.name in stated and one.name not in model.trained)
        pairs = tuple(_explain(database, plan, model, limits.results))
        omitted = database.count("SELECT count(*) FROM scored") - len(pairs) if pairs else 0
    return Scoring(
        pairs=pairs,
        parameters=model.dump(plan),
        trained=bool(model.trained) and not untrained,
        untrained=untrained,
        skipped=skipped,
        compared=compared,
        omitted=omitted,
        learnt=given is None and bool(model.trained),
    )


def _is_stated(database: Database, columns: tuple[str, ...]) -> bool:
    stated = " OR ".join(f"{column} IS NOT NULL" for column in columns)
    return database.count(f"SELECT count(*) FROM rows WHERE {stated}") > 1  # noqa: S608 - a plan's constants


def _score(database: Database, plan: Plan, model: Parameters, threshold: float, progress: Progress) -> int:
    """Fill the table `scored` with Splink's predictions, chunk by chunk; says how many pairs were compared."""
    count = database.count("SELECT count(*) FROM pairs")
    api, linker = database.link(model.settings(plan.fields, frequencies=database.rows >= FREQUENCY_ROWS))
    chunks = math.ceil(count / _CHUNK_PAIRS)
    for chunk in range(chunks):
        progress("score", chunk, chunks)
        database.run(
            "CREATE OR REPLACE TABLE chunk AS SELECT '0' AS match_key, left_id AS join_key_l, right_id AS join_key_r "
            "FROM pairs WHERE number >= ? AND number < ? ORDER BY number",
            *(chunk * _CHUNK_PAIRS, (chunk + 1) * _CHUNK_PAIRS),
        )
        linker.table_management.register_blocked_pairs_for_predict(api.register("chunk"))
        predicted = linker.inference.predict(threshold_match_probability=threshold or None, warning_mode="never")
        into = "INSERT INTO scored" if chunk else "CREATE OR REPLACE TABLE scored AS"
        database.run(f"{into} SELECT * FROM {predicted.physical_name}")  # noqa: S608 - a name of Splink's
        predicted.drop_table_from_database_and_remove_from_cache()
    progress("score", chunks, chunks)
    return count


def _explain(database: Database, plan: Plan, model: Parameters, most: int) -> Iterator[ScoredPair]:
    if not database.count("SELECT count(*) FROM pairs"):
        return
    found = database.connection.execute(
        "SELECT s.*, l.record AS left_record, r.record AS right_record FROM scored s JOIN rows l ON l.id = s.id_l "
        "JOIN rows r ON r.id = s.id_r ORDER BY match_weight DESC, id_l, id_r LIMIT ?",
        [most],
    )
    names = [column[0] for column in found.description or ()]
    prior = Weight("prior", "", math.log2(model.prior / (1 - model.prior)))
    while rows := found.fetchmany(10_000):
        for values in rows:
            row = dict(zip(names, values, strict=True))
            weights = (prior, *(weight for one in _weigh(plan, row) for weight in one))
            yield ScoredPair(row["left_record"], row["right_record"], row["match_probability"], weights)


def _weigh(plan: Plan, row: dict[str, Any]) -> Iterator[tuple[Weight, ...]]:
    for one in plan.fields:
        gamma = row[f"gamma_{one.name}"]
        label = one.levels[len(one.levels) - 1 - gamma].label if gamma >= 0 else "missing"
        weight = Weight(one.name, label, row[f"mw_{one.name}"])
        adjusted = row.get(f"mw_tf_adj_{one.name}") or 0.0
        yield (weight, Weight(one.name, "frequency", adjusted)) if adjusted else (weight,)
