"""Programmes as documents: what ships, what is refused with its line, what examples prove, what differs."""

from __future__ import annotations

import json
from importlib import import_module
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import yaml

from hub.core.errors import InvalidInput
from hub.services.programme.document import json_schema
from hub.services.programme.reading import parse_document, parse_programme, read_programme_file
from hub.services.programme.shipped import DEFAULT_TEXT, shipped_programme
from hub.services.programme.trying import check_programme, try_programme
from hub.services.programme.versions import diff_documents
from rules.earning import Fixed, Percent, PerFen, PerItem, Rule
from rules.ledger.expiry import Expiry
from rules.ledger.terms import Terms
from rules.programme import Asset, Worth

pytestmark = pytest.mark.anyio

ZONE = ZoneInfo("Asia/Shanghai")
SMALL = """\
format: 1
name: tea
timezone: Asia/Tokyo
assets:
  points: {unit: point, expiry: {kind: days, count: 365}}
  beans: {unit: point, claw_back: cap, transfers: true, worth: {amount: 10, fen: 3}}
earning:
  most_per_order: 5000
  rules:
    base: {points: 1, per_fen: 100, each: line, when: line.sku != 'CARD'}
    gold:
      when: |
        buyer.tier == 'gold'
        && order.hour < 12
      percent: 150
    tea: {each: line, when: "line.sku == 'TEA'", points: 5, per_item: 2, best_of: gift}
    cup: {points: 20, best_of: gift, most_per_order: 10}
examples:
  - name: a morning
    order: {paid: 2026-06-18T09:00, amount_fen: 10000, lines: [{sku: CARD, amount_fen: 4000}, {amount_fen: 6000}]}
    buyer: {tier: gold, joined: 2026-01-01, birthday: 1990-06-01}
    points: 100
    by_line: {1: 4, 2: 96}
"""


def refusal(text: str) -> list[str]:
    with pytest.raises(InvalidInput) as refused:
        parse_document(text, name="tea.yaml")
    return refused.value.safe_message.splitlines()


def test_what_ships_has_points_to_the_end_of_next_year_and_stored_value() -> None:
    programme = shipped_programme(ZONE)

    assert (programme.name, programme.version, programme.zone) == ("main", 0, ZONE)
    assert programme.assets == {
        "points": Asset("points", "point", Expiry("year", 1), Terms("debt", grace_days=7), Worth(100, 100)),
        "stored_value": Asset("stored_value", "fen", Expiry("never"), Terms("refuse")),
    }
    assert programme.earning.rules[0] == Rule("base", PerFen(1, 100))


async def test_the_examples_of_what_ships_hold() -> None:
    assert (await check_programme(DEFAULT_TEXT, ZONE))[1] == 4


def test_a_document_becomes_a_programme() -> None:
    programme = parse_programme(SMALL, ZONE)

    assert programme.zone == ZoneInfo("Asia/Tokyo")
    assert programme.assets["beans"] == Asset("beans", "point", Expiry("never"), Terms("cap", 0, True), Worth(10, 3))
    assert programme.earning.most_per_order == 5000
    assert programme.earning.rules == (
        Rule("base", PerFen(1, 100), "line", "line.sku != 'CARD'"),
        Rule("gold", Percent(150), "order", "buyer.tier == 'gold'\n&& order.hour < 12"),
        Rule("tea", PerItem(5, 2), "line", "line.sku == 'TEA'", "gift"),
        Rule("cup", Fixed(20), best_of="gift", most_per_order=10),
    )


def test_entries_are_told_the_version_and_the_rules_that_made_them() -> None:
    programme = shipped_programme(ZONE)

    assert programme.cite(("base", "birthday")) == "main@0/base+birthday"
    assert programme.cite([f"r{number}" for number in range(12)]).endswith("+r9+2 more")


def test_an_expression_that_is_too_long_is_told_once() -> None:
    [told] = refusal(SMALL.replace("order.hour < 12", "order.hour < 12 && " * 120 + "true", 1))

    assert "an expression has at most 2,048 bytes" in told


@pytest.mark.parametrize(
    ("wrong", "right", "message"),
    [
        ("line.skew", "line.sku", "line 10: earning.rules.base.when: at character 1: there is no input line.skew (d"),
        ("buyer.teir", "buyer.tier", "line 12: earning.rules.gold.when: at character 1: there is no input buyer.teir"),
        ("order.hour < noon", "order.hour < 12", "line 12: earning.rules.gold.when: at character 38: there is no in"),
        ("each: order", "each: line", "base.when: at character 1: an order has many lines: write `each: line`"),
        ("per_fen: 0", "per_fen: 100", "line 10: earning.rules.base.per_fen: expected a whole number of at least 1"),
        ("per_fen: 99999999999999999999", "per_fen: 100", "per_fen: expected a whole number of at most 1000000, found"),
        ("per_fen: -99999999999999999999", "per_fen: 100", "per_fen: expected a whole number of at least 1, found"),
        ("per_fen: 0.5", "per_fen: 100", "line 10: earning.rules.base.per_fen: expected a whole number"),
        ("points: 1, per_fem: 100", "points: 1, per_fen: 100", "base.per_fem: there is no such key (did you mean pe"),
        ("percent: 150\n      points: 1", "percent: 150", "line 11: earning.rules.gold: a rule gives either `points"),
        ("each: order", "percent: 150", "line 11: earning.rules.gold: a rule gives either `points` or `percent`"),
        ("percent: 150\n      per_fen: 100", "percent: 150", "gold.per_fen: a percentage is of all points per fen: "),
        ("per_item: 2, per_fen: 100", "per_item: 2", "line 16: earning.rules.tea.per_item: points are per fen or pe"),
        ("points: 20, per_fen: 1,", "points: 20,", "line 17: earning.rules.cup.best_of: the group gift mixes rules "),
        ("Gold:", "gold:", "line 11: earning.rules.Gold: a name has 2 to 32 small letters"),
        ("tea:", "cup:", "line 17: earning.rules.tea: this key occurs twice"),
        ("asia", "Asia/Tokyo", "line 3: timezone: there is no such time zone"),
        ("  punkte:", "  points:", "line 4: assets: the asset points, of the unit point, is missing"),
        ("{unit: fen}", "{unit: point, expiry: {kind: days, count: 365}}", "line 4: assets: the asset points, of the "),
        ("kind: day", "kind: days", "line 5: assets.points.expiry.kind: expected never, days, month or year, found "),
        ("kind: year, count: 101", "kind: days, count: 365", "points.expiry.count: expected at most 100 for year"),
        ("claw_back: keep", "claw_back: cap", "line 6: assets.beans.claw_back: expected debt, cap or refuse"),
        ("fen: 3, per: 1", "fen: 3", "line 6: assets.beans.worth.per: there is no such key: expected one of amount,"),
        ("2026-06-18T09:00Z", "2026-06-18T09:00", "line 20: examples.0.order.paid: expected a date or a time in the"),
        ("1990-02-30", "1990-06-01", "line 21: examples.0.buyer.birthday: expected a day such as 2026-01-31"),
        ("amount_fen: 1e4", "amount_fen: 10000", "line 20: examples.0.order.amount_fen: expected a whole number"),
        ("name: tea@1", "name: tea", "line 2: name: a name has 2 to 32 small letters"),
        ("erning:", "earning:", "line 7: erning: there is no such key (did you mean earning?)"),
    ],
)
def test_a_mistake_is_named_with_its_line_key_and_what_is_expected(wrong: str, right: str, message: str) -> None:
    assert right in SMALL

    told = refusal(SMALL.replace(right, wrong, 1))

    assert all(line.startswith("tea.yaml, line ") for line in told)
    assert any(message in line for line in told), told


def test_a_mistake_elsewhere_does_not_hide_a_wrong_condition() -> None:
    text = SMALL.replace("line.sku != 'CARD'", "line.sku = 'CARD'").replace("claw_back: cap", "claw_back: keep")

    assert [line.partition(": ")[0] for line in refusal(text)] == ["tea.yaml, line 6", "tea.yaml, line 10"]


def test_a_text_that_is_no_programme_is_refused() -> None:
    assert "a programme starts with `format: 1`" in refusal("- 1")[0]
    assert "this is not YAML that a programme can be" in refusal("a: [")[0]


async def test_an_example_that_fails_is_told_with_what_was_found() -> None:
    text = SMALL.replace("points: 100\n", "points: 101\n")

    with pytest.raises(InvalidInput) as refused:
        await check_programme(text, ZONE, name="tea.yaml")

    assert refused.value.safe_message.startswith(
        "tea.yaml, line 22: examples.0.points: expected 101, found 100 (base, gold, cup; by line {"
    )


async def test_examples_are_tried_even_where_some_fail() -> None:
    text = SMALL.replace("by_line: {1: 4", "by_line: {1: 5")

    [trial] = await try_programme(text, ZONE)

    assert (trial.fits, trial.found.amount, trial.found.by_line) == (False, 100, {"1": 4, "2": 96})


def test_differences_are_lines_and_examples_are_none() -> None:
    new = (
        SMALL.replace("points: 1, per_fen: 100", "points: 1, per_fen: 200")
        .replace("    cup: {points: 20, best_of: gift, most_per_order: 10}\n", "    mug: {points: 9}\n")
        .replace("worth: {amount: 10, fen: 3}", "worth: null")
        .replace("points: 100\n", "points: 101\n")
    )

    assert [str(change) for change in diff_documents(parse_document(SMALL), parse_document(new))] == [
        "assets.beans.worth: {amount: 10, fen: 3} -> null",
        "earning.rules.base.per_fen: 100 -> 200",
        "earning.rules.cup: removed {each: order, points: 20, best_of: gift, most_per_order: 10}",
        "earning.rules.mug: added {each: order, points: 9}",
    ]


def test_the_schema_takes_what_ships_and_refuses_what_does_not_fit() -> None:
    schema = json.loads(json.dumps(json_schema()))
    document: dict[str, Any] = yaml.safe_load(SMALL.replace("2026-06-18T09:00", "'2026-06-18T09:00'"))
    for key in ("joined", "birthday"):
        document["examples"][0]["buyer"][key] = str(document["examples"][0]["buyer"][key])
    document["examples"][0]["by_line"] = {"1": 4, "2": 96}
    draft: Any = import_module("jsonschema").Draft202012Validator  # without types
    draft.check_schema(schema)
    validator = draft(schema)

    assert list(validator.iter_errors(document)) == []
    for wrong in (
        {**document, "format": 2},
        {**document, "name": "Tea"},
        {**document, "earning": {"rules": {"base": {"points": 0}}}},
        {**document, "assets": {"points": {"unit": "yuan"}}},
    ):
        assert list(validator.iter_errors(wrong)), wrong


def test_a_file_that_is_no_text_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "tea.yaml"
    path.write_bytes("# 茶".encode("gb18030"))

    with pytest.raises(InvalidInput, match="save the programme as UTF-8"):
        read_programme_file(path)


def test_what_ships_explains_each_key_in_both_languages() -> None:
    comments = "\n".join(line.partition("#")[2] for line in DEFAULT_TEXT.splitlines())

    rules = json_schema()["$defs"]["RulePart"]["properties"]
    assert [key for key in rules if key not in comments] == []
    assert "积分获取规则" in comments


async def test_rule_that_the_guide_adds_keeps_the_shipped_examples() -> None:
    guide = (Path(__file__).parents[3] / "docs" / "rules.md").read_text(encoding="utf-8")
    rule = guide.partition("```yaml\n")[2].partition("```")[0]

    programme, _ = await check_programme(
        DEFAULT_TEXT.replace("    birthday:", f"{rule}    birthday:"), ZONE, name="main.yaml"
    )

    assert len(programme.earning.rules) == len(shipped_programme(ZONE).earning.rules) + 1
