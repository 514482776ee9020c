"""Candidates for a steward: pairs of customer records that are probably one customer's."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from importlib.util import find_spec

from hub.core.errors import InvalidInput, NotFound
from hub.services.apart import Progress
from hub.services.similarity.model import Limits, Scoring, SimilarRecord


def score_candidates(
    rows: Iterable[SimilarRecord],
    *,
    threshold: float,
    parameters: str | None = None,
    progress: Progress = lambda _stage, _done, _total: None,
    limits: Limits | None = None,
    also: Collection[tuple[str, str]] = (),
) -> Scoring:
    """Score the pairs of records of different persons that share a birthday, a phone, a name in a city, and so on.

    Runs in the calling thread, minutes for a hundred thousand records: give it a process of its own. An error that
    `progress` raises ends it. The same rows in any order give the same answer.

    Args:
        threshold: the least probability of a pair in the answer, at least 0 and below 1.
        parameters: of an earlier scoring; None trains them on these rows.
        also: pairs of records to be scored whatever they share, with those of the limits' blocks.

    Raises:
        InvalidInput: the threshold cannot be, or a record is there twice.
        UnfitParameters: the parameters are not those of what is compared now.
        NotFound: Splink is not installed.
        Unavailable: the work does not fit into the limits.
    """
    if not 0 <= threshold < 1:
        raise InvalidInput("A threshold is a probability: at least 0, below 1.")
    check_installed()
    # Here, because they load an optional extra, slowly.
    from hub.services.similarity.columns import lay_out
    from hub.services.similarity.plans import RETAIL
    from hub.services.similarity.score import score_table

    progress("prepare", 0, 1)
    table = lay_out(rows)
    progress("prepare", 1, 1)
    return score_table(
        table,
        RETAIL,
        threshold=threshold,
        parameters=parameters,
        progress=progress,
        limits=limits or Limits(),
        also=also,
    )


def check_installed() -> None:
    """Raises NotFound, with what to install, where Splink is not there."""
    if any(find_spec(package) is None for package in ("splink", "duckdb", "pypinyin")):
        raise NotFound("Similarity is not installed. Install it with `pip install 'memberhub[stewardship]'`.")
