"""`python -m bench [--only NAME] [--engine neo4j|embedded]`: run the benchmarks."""

from __future__ import annotations

import argparse
import importlib
import pkgutil

from bench import cases
from bench.report import publish


def main() -> None:
    """Run the chosen benchmarks on the chosen engines, one after the other."""
    names = [module.name for module in pkgutil.iter_modules(cases.__path__)]
    parser = argparse.ArgumentParser(prog="bench", description=main.__doc__)
    parser.add_argument("--only", choices=names, help="one benchmark")
    parser.add_argument("--engine", choices=("embedded", "neo4j"), help="one engine")
    chosen = parser.parse_args()
    for name in [chosen.only] if chosen.only else names:
        case = importlib.import_module(f"bench.cases.{name}")
        for engine in [chosen.engine] if chosen.engine else ("embedded", "neo4j"):
            for result in case.run(engine):
                publish(result)


if __name__ == "__main__":
    main()
