from __future__ import annotations

from importlib.machinery import ModuleSpec

import pytest

from hub.core.errors import NotFound
from hub.demo import history
from hub.demo.history import read_history


def test_every_line_of_the_households_is_in_exactly_one_basket() -> None:
    found = read_history(seed=3, households=20)

    lines = sorted(line for rank in range(20) for basket in found.baskets(rank) for line in basket.lines)

    assert lines == list(range(len(found.sku)))


def test_a_household_is_the_same_however_many_are_read() -> None:
    few, more = read_history(seed=3, households=2), read_history(seed=3, households=30)

    assert [(b.id, b.store, b.second, len(b.lines)) for b in few.baskets(1)] == [
        (b.id, b.store, b.second, len(b.lines)) for b in more.baskets(1)
    ]


def test_baskets_are_in_order_of_time_and_begin_within_the_year() -> None:
    found = read_history(seed=3, households=5)

    seconds = [basket.second for basket in found.baskets(0)]

    assert seconds == sorted(seconds)
    assert 0 <= seconds[0] <= seconds[-1] < 366 * 86400


def test_every_product_sold_has_a_name() -> None:
    found = read_history(seed=3, households=2500)

    assert found.households == 2469
    assert all(found.products[sku] for sku in set(found.sku))


def test_a_missing_package_is_named_with_how_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    def find_nothing(name: str) -> ModuleSpec | None:
        return None

    monkeypatch.setattr(history, "find_spec", find_nothing)

    with pytest.raises(NotFound, match=r"memberhub\[demo\]"):
        read_history(seed=3, households=1)
