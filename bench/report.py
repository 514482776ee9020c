"""What a benchmark says, on the terminal and in a file."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final

RESULTS: Final = Path(__file__).parent / "results"


@dataclass(frozen=True, slots=True)
class Result:
    """One figure beside its reference, both in the same unit, where more is better.

    Attributes:
        engine: `embedded` or `neo4j`.
        facts: what else was measured, for the file and for a reader.
    """

    name: str
    engine: str
    value: float
    reference: float
    facts: dict[str, Any] = field(default_factory=dict)

    @property
    def ratio(self) -> float:
        return self.value / self.reference


def publish(result: Result) -> None:
    """Print the line `bench NAME ENGINE VALUE REFERENCE RATIO` and keep it as JSON."""
    print(
        f"bench {result.name} {result.engine} {result.value:.0f} {result.reference:.0f} {result.ratio:.2f}", flush=True
    )
    for fact, value in result.facts.items():
        print(f"      {fact}: {value}", flush=True)
    RESULTS.mkdir(exist_ok=True)
    content = {**asdict(result), "ratio": result.ratio}
    path = RESULTS / f"{result.name}-{result.engine}.json"
    path.write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
