"""The model's numbers, and their way to Splink's settings, to text and back."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from hub.services.similarity.levels import Field, Level
from hub.services.similarity.model import UnfitParameters
from hub.services.similarity.plans import Plan

DEFAULT_PRIOR: Final = 1e-4
_RAREST: Final = 1e-6  # no value is held to be rarer, however rare it is in the data at hand
_Pair = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Parameters:
    """The chance that two records of different persons are one customer's, and (m, u) of each trained field's levels.

    Fields that are not in `trained` have their levels' defaults.
    """

    prior: float = DEFAULT_PRIOR
    trained: Mapping[str, tuple[_Pair, ...]] = field(default_factory=dict)

    def probabilities(self, one: Field) -> tuple[_Pair, ...]:
        """(m, u) of each of the field's levels."""
        return self.trained.get(one.name) or tuple((level.m, level.u) for level in one.levels)

    def settings(self, fields: Iterable[Field], *, frequencies: bool) -> dict[str, Any]:
        """Splink's settings, each level with its probabilities.

        Args:
            frequencies: whether common values count for less, which takes enough rows to know what is common.
        """
        comparisons = [_comparison(one, self.probabilities(one), frequencies=frequencies) for one in fields]
        return _settings(self.prior, comparisons)

    def dump(self, plan: Plan) -> str:
        """Splink's model as JSON; what is not trained has no probabilities there."""
        comparisons = [_comparison(one, self.trained.get(one.name), frequencies=True) for one in plan.fields]
        return json.dumps(_settings(self.prior, comparisons), ensure_ascii=False)

    @classmethod
    def load(cls, text: str, plan: Plan) -> Parameters:
        """What `dump` wrote.

        Only numbers are taken from the text, never its SQL.

        Raises:
            UnfitParameters: it is not a model of this plan.
        """
        try:
            model = json.loads(text)
            found = {one["output_column_name"]: one["comparison_levels"][1:] for one in model["comparisons"]}
            fields = {one.name: _read(one, found[one.name]) for one in plan.fields}
            prior = _probability(model["probability_two_random_records_match"])
        except (ValueError, TypeError, KeyError, IndexError, AttributeError) as error:
            raise UnfitParameters(
                "These parameters do not fit what is compared now. Leave them out to train new ones."
            ) from error
        return cls(prior, {name: pairs for name, pairs in fields.items() if pairs})


def _read(one: Field, levels: list[dict[str, Any]]) -> tuple[_Pair, ...]:
    if [level["label_for_charts"] for level in levels] != [level.label for level in one.levels]:
        raise ValueError(one.name)
    if not any("m_probability" in level for level in levels):
        return ()
    return tuple((_probability(level["m_probability"]), _probability(level["u_probability"])) for level in levels)


def _probability(value: object) -> float:
    if not isinstance(value, float) or not 0 < value < 1:
        raise ValueError(value)
    return value


def _settings(prior: float, comparisons: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "link_type": "dedupe_only",
        "unique_id_column_name": "id",
        "linker_uid": "memberhub",
        "probability_two_random_records_match": prior,
        "comparisons": comparisons,
        "blocking_rules_to_generate_predictions": [],
        "retain_matching_columns": True,
        "retain_intermediate_calculation_columns": True,
        "em_convergence": 1e-4,
        "max_iterations": 100,
    }


def _comparison(one: Field, pairs: tuple[_Pair, ...] | None, *, frequencies: bool) -> dict[str, Any]:
    missing = {"sql_condition": one.missing, "label_for_charts": "missing", "is_null_level": True}
    levels = [_level(level, frequencies=frequencies) for level in one.levels]
    for level, (m, u) in zip(levels, pairs or (), strict=bool(pairs)):
        level.update(m_probability=m, u_probability=u)
    return {"output_column_name": one.name, "comparison_levels": [missing, *levels]}


def _level(level: Level, *, frequencies: bool) -> dict[str, Any]:
    shown: dict[str, Any] = {"sql_condition": level.condition, "label_for_charts": level.label}
    if level.frequency and frequencies:
        shown |= {"tf_adjustment_column": level.frequency, "tf_minimum_u_value": _RAREST}
    return shown
