"""What a programme sees of a buyer where they bought."""

from __future__ import annotations

import pytest

from rules.earning import Buyer, PaidOrder, see_buyer
from rules.sharing import PlaceGroup, Sharing, Thing

SHARING = Sharing(
    (PlaceGroup("direct", "direct"), PlaceGroup("franchises", "franchise", ("F01", "tmall"))),
    "direct",
    {Thing("tier", "gold"): frozenset({"direct"})},
)
GOLD = Buyer("gold", 5, "1990-06-30")


@pytest.mark.parametrize(
    ("system", "store", "tier"),
    [
        ("pos", "S01", "gold"),
        ("pos", "F01", None),
        ("pos", None, "gold"),
        ("tmall:flagship", None, None),
        ("tmall:flagship", "S01", "gold"),
    ],
)
def test_a_tier_counts_where_it_is_honoured_alone(system: str, store: str | None, tier: str | None) -> None:
    seen = see_buyer(SHARING, GOLD, PaidOrder(system, "T1", store, 9, 100))

    assert seen == Buyer(tier, GOLD.joined_ms, GOLD.birthday)


def test_a_tier_that_nobody_switches_counts_everywhere() -> None:
    silver = Buyer("silver")

    assert see_buyer(SHARING, silver, PaidOrder("pos", "T1", "F01", 9, 100)) == silver
    assert see_buyer(Sharing(), GOLD, PaidOrder("pos", "T1", "F01", 9, 100)) == GOLD
