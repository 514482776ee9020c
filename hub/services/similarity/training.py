"""Learn the parameters from the data at hand, as Splink's documentation recommends.

`u` comes from random pairs of records of different persons; `m` from expectation maximisation on several blocks, each
of which teaches the fields that it was not made by. Records that are already one person's take part in the latter: they
are what matches look like. What cannot be learnt reliably keeps its defaults.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from statistics import median
from typing import Any, Final

from splink.internals.exceptions import EMTrainingException

from hub.services.apart import Progress
from hub.services.similarity.engine import Database
from hub.services.similarity.levels import Field
from hub.services.similarity.parameters import DEFAULT_PRIOR, Parameters
from hub.services.similarity.plans import Lesson, Plan

FEWEST_ROWS: Final = 200
_FEWEST_PAIRS: Final = 50
_RANDOM_PAIRS: Final = 1_000_000
_LESSON_PAIRS: Final = 300_000
_SEED: Final = 1
_FEWEST_MATCHES: Final = 0.005  # of a block's pairs; with fewer, what is learnt are coincidences
_MOST_LIKELY_PRIOR: Final = 1e-3
_DEFAULT_SHARE: Final = 0.02
_FLOOR: Final = 1e-6
_Values = Mapping[str, list[float]]
"""Of a field: a probability for each level."""


def train(database: Database, plan: Plan, progress: Progress) -> Parameters:
    """The parameters of a plan for the table `rows` and its `pairs`, by Splink."""
    steps = len(plan.lessons) + 1
    progress("train", 0, steps)
    if database.rows < FEWEST_ROWS:
        return Parameters()
    strangers = _learn_u(database, plan)
    learnt: dict[str, list[list[float]]] = defaultdict(list)
    for done, lesson in enumerate(plan.lessons, start=1):
        progress("train", done, steps)
        for name, values in _learn_m(database, plan, lesson, strangers).items():
            learnt[name].append(values)
    trained = {
        one.name: tuple(zip(_settle(one, learnt[one.name]), strangers[one.name], strict=True))
        for one in plan.choose(learnt)
    }
    progress("train", steps, steps)
    return Parameters(_estimate_prior(database, plan), trained)


def _learn_u(database: Database, plan: Plan) -> _Values:
    database.run(
        "CREATE OR REPLACE TABLE strangers AS SELECT * FROM rows "
        "QUALIFY row_number() OVER (PARTITION BY person ORDER BY id) = 1 ORDER BY id"
    )
    _, linker = database.link(Parameters().settings(plan.fields, frequencies=False), "strangers")
    linker.training.estimate_u_using_random_sampling(_RANDOM_PAIRS, seed=_SEED, min_count_per_level=None, num_chunks=10)
    return _read(linker.misc.save_model_to_json(), "u_probability")


def _learn_m(database: Database, plan: Plan, lesson: Lesson, strangers: _Values) -> _Values:
    if _count_pairs(database, lesson) < _FEWEST_PAIRS:
        return {}
    fields = plan.choose(lesson.fields)
    known = {
        one.name: tuple((level.m, u) for level, u in zip(one.levels, strangers[one.name], strict=True))
        for one in fields
    }
    settings = Parameters(DEFAULT_PRIOR, known).settings(fields, frequencies=False)
    _, linker = database.link({**settings, "probability_two_random_records_match": 0.1})
    try:
        session = linker.training.estimate_parameters_using_expectation_maximisation(
            lesson.rule, max_pairs=_LESSON_PAIRS, record_sample_proportion=1.0, estimate_without_term_frequencies=True
        )
    except EMTrainingException:  # a sample without pairs
        return {}
    rounds = len(session._core_model_settings_history) - 1  # Splink tells convergence in its log only
    matches = session.core_model_settings.probability_two_random_records_match
    if rounds >= settings["max_iterations"] or matches < _FEWEST_MATCHES:
        return {}
    values = _read(linker.misc.save_model_to_json(), "m_probability")
    start = {one.name: [level.m for level in one.levels] for one in fields}  # is left where no pair states the field
    return {name: m for name, m in values.items() if m != start[name] and _is_sensible(m, strangers[name])}


def _count_pairs(database: Database, lesson: Lesson) -> int:
    columns = ", ".join(lesson.columns)
    stated = " AND ".join(f"{column} IS NOT NULL" for column in lesson.columns)
    return database.count(
        f"SELECT sum(n * (n - 1) // 2) FROM (SELECT count(*) AS n FROM rows WHERE {stated} GROUP BY {columns})"  # noqa: S608
    )


def _is_sensible(m: list[float], u: list[float]) -> bool:
    """Whether full agreement speaks for a match and none against one: otherwise the two classes were mixed up."""
    return m[0] > u[0] and m[-1] < u[-1]


def _settle(one: Field, values: list[list[float]]) -> list[float]:
    """What the lessons agree on, with a share of the defaults: no disagreement is impossible for never having been."""
    middle = [median(level) for level in zip(*values, strict=True)]
    shares = [learnt / sum(middle) for learnt in middle]
    return [
        (1 - _DEFAULT_SHARE) * share + _DEFAULT_SHARE * level.m for share, level in zip(shares, one.levels, strict=True)
    ]


def _read(model: dict[str, Any], kind: str) -> dict[str, list[float]]:
    return {
        one["output_column_name"]: [min(max(_FLOOR, level[kind]), 1 - _FLOOR) for level in one["comparison_levels"][1:]]
        for one in model["comparisons"]
    }


def _estimate_prior(database: Database, plan: Plan) -> float:
    """How likely two records of different persons are one customer's, from the pairs that all but certainly are.

    One more is assumed than was found, and at most one match among a thousand pairs, however few the rows are.
    """
    agree = " AND ".join(f"l.{column} = r.{column}" for column in plan.certain)
    found = database.count(
        "SELECT count(*) FROM pairs p JOIN rows l ON l.id = p.left_id JOIN rows r ON r.id = p.right_id "  # noqa: S608
        f"WHERE {agree}"
    )
    matches = (found + 1) / plan.certain_recall
    return min(_MOST_LIKELY_PRIOR, matches / (database.rows * (database.rows - 1) / 2))
