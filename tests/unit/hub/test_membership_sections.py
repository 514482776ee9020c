"""The sections `tiers`, `benefits` and `sharing` of a programme, from YAML text to what rules read."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import pytest

from hub.core.errors import InvalidInput
from hub.services.programme.reading import parse_programme
from hub.services.programme.shipped import shipped_programme
from hub.services.programme.switches import preview_sharing
from rules.benefits import Benefit, CouponKind, PriceList
from rules.ledger.expiry import Expiry
from rules.sharing import Thing, is_honoured
from rules.tiers import Offer, Qualification, Tier, Tiers

ZONE = ZoneInfo("Asia/Shanghai")
HEAD = """
format: 1
name: main
assets:
  points: {unit: point}
"""


def test_tiers_are_read_in_the_order_of_the_ladder() -> None:
    programme = parse_programme(
        HEAD
        + """
tiers:
  downgrade: one_step
  notice_days: 7
  ladder:
    member: {}
    silver: {qualify: [{metric: visits, least: 3, days: 30}, {metric: orders, least: 9, calendar: year}]}
    card: {offer: {price_fen: 9900, months: 12}}
""",
        ZONE,
    )

    silver = (Qualification("visits", 3, Expiry("days", 29)), Qualification("orders", 9, Expiry("year", 0)))
    ladder = (Tier("member"), Tier("silver", silver), Tier("card", (), Offer(9900, months=12)))
    assert programme.tiers == Tiers(ladder, "one_step", 7)


def test_benefits_coupons_and_lists_are_read() -> None:
    benefits = parse_programme(
        HEAD
        + """
tiers: {ladder: {member: {}, silver: {}}}
benefits:
  entitlements: {cake: {tiers: [silver], per: birthday_month, quota: 2}}
  coupons: {ten: {worth_fen: 1000, valid_days: 7, funding_fen: {brand: 400, bakery: 600}}}
  price_lists: {tea: {places: [S01, tmall], prices_fen: {TEA-1: 9900}}}
  code_lists: {tea: {articles: {"0690": {tmall: T-1, bakery: B-1}}}}
""",
        ZONE,
    ).benefits

    assert benefits.benefits == {"cake": Benefit("cake", ("silver",), "birthday_month", 2)}
    assert benefits.coupons["ten"] == CouponKind(
        "ten", 1000, valid=Expiry("days", 7), funding={"brand": 400, "bakery": 600}, funded_in="fen"
    )
    assert benefits.price_lists == {"tea": PriceList(frozenset({"S01", "tmall"}), {"TEA-1": 9900})}
    assert benefits.code_lists["tea"].articles["0690"]["bakery"] == "B-1"


def test_the_shipped_programme_keeps_stored_value_in_direct_stores_and_sells_a_black_card() -> None:
    programme = shipped_programme(ZONE)

    franchised = parse_programme(
        HEAD
        + """
  stored_value: {unit: fen}
sharing:
  groups: {direct_stores: {kind: direct}, franchises: {kind: franchise, places: [F01]}}
  elsewhere: direct_stores
  assets: {stored_value: [direct_stores]}
""",
        ZONE,
    )

    assert [tier.name for tier in programme.tiers.ladder] == ["member", "silver", "gold", "black_gold"]
    assert programme.tiers.ladder[-1].offer == Offer(29900, months=12)
    assert programme.benefits.benefits["monthly_service"].per == "month"
    assert is_honoured(programme.sharing, Thing("asset", "stored_value"), "S01").honoured
    assert not is_honoured(franchised.sharing, Thing("asset", "stored_value"), "F01").honoured
    [switch] = [one for one in preview_sharing(programme, franchised) if one.place == "F01"]
    assert (switch.thing.name, switch.on) == ("stored_value", False)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("tiers: {ladder: {member: {offer: {price_fen: 1, days: 3}}}}", "the first tier is everybody's"),
        ("tiers: {downgrade: one_step}", "tiers.notice_days: one step at a time takes days"),
        (
            "tiers: {ladder: {member: {}, gold: {qualify: [{metric: spend, least: 5, days: 3, calendar: year}]}}}",
            "a window is of days or of the calendar",
        ),
        ("tiers: {ladder: {member: {}, gold: {offer: {price_fen: 5}}}}", "either `days` or `months`"),
        ("tiers: {ladder: {member: {}, gold: {qualify: [{metric: spent, least: 5}]}}}", "expected spend"),
        ("benefits: {entitlements: {cake: {tiers: [gold]}}}", "there is no tier gold"),
        ("benefits: {coupons: {ten: {}}}", "either `worth_fen` or `percent`"),
        ("benefits: {coupons: {ten: {worth_fen: 5, most_fen: 3}}}", "only a percentage needs a limit"),
        ("benefits: {coupons: {ten: {percent: 5, funding_percent: {a1: 50, b1: 40}}}}", "add up to 90, expected 100"),
        ("benefits: {coupons: {ten: {worth_fen: 5, funding_fen: {a1: 3}}}}", "add up to 3, expected worth_fen: 5"),
        ("sharing: {place_required: true}", "there is no group: say which places"),
        ("sharing: {elsewhere: shops}", "there is no group shops"),
        ("sharing: {groups: {shops: {kind: direct}}, assets: {money: [shops]}}", "no such thing among its assets"),
        ("sharing: {groups: {shops: {kind: direct}}, assets: {points: [shop]}}", "there is no group shop"),
        (
            "sharing: {groups: {shops: {kind: direct, places: [S1]}, others: {kind: franchise, places: [S1]}}}",
            "S1 is in the group shops already",
        ),
    ],
)
def test_what_does_not_fit_is_told_with_its_line(text: str, told: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        parse_programme(HEAD + text, ZONE)

    assert "programme, line 6: " in refused.value.safe_message
    assert told in refused.value.safe_message
