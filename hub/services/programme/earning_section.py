"""`earning`: the rules by which orders earn points."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Final, Literal

from pydantic import BeforeValidator, Field

from hub.services.documents.mistakes import Problem
from hub.services.documents.values import Count, Name, Nullable, Part, Whole
from rules.conditions import WrongCondition, check_condition
from rules.earning import Earning, Fixed, Percent, PerFen, PerItem, Rule
from rules.earning.inputs import LINE_INPUTS, ORDER_INPUTS
from rules.earning.model import Effect

MOST_RULES: Final = 50

Cap = Annotated[int, Field(ge=0, le=1_000_000_000), BeforeValidator(Whole(0, 1_000_000_000))]


class RulePart(Part):
    """One rule: what it gives, and when. / 一条规则。"""

    each: Literal["order", "line"] = Field(
        "order", description="Asked for the order once, or for each of its lines. / 按整单还是按行判断。"
    )
    when: str = Field("", description="A CEL condition; left out: always. / CEL 条件，留空则总是生效。")
    points: Count | None = Field(None, description="So many points ... / 给多少积分 ...")
    per_fen: Count | None = Field(None, description="... for every so many fen paid. / ... 每消费多少分。")
    per_item: Count | None = Field(None, description="... for every so many pieces. / ... 每多少件。")
    percent: Annotated[int, Field(ge=0, le=10_000), BeforeValidator(Whole(0, 10_000))] | None = Field(
        None,
        description="The points per fen become so many percent. / 按金额所得积分的百分比，150 即 1.5 倍。",
    )
    best_of: Name | None = Field(
        None, description="Of the rules with one word here, the one that gives most counts. / 同组规则取最优。"
    )
    most_per_order: Annotated[Cap | None, Nullable] = Field(
        None, description="The most that it gives for an order. / 单笔订单上限。"
    )

    def to_rule(self, name: str) -> Rule:
        """The rule as it is worked out; its parts must fit together (`check_rule`)."""
        return Rule(name, self._effect(), self.each, self.when.strip(), self.best_of or "", self.most_per_order)

    def _effect(self) -> Effect:
        if self.percent is not None:
            return Percent(self.percent)
        points = self.points or 0
        if self.per_fen is not None:
            return PerFen(points, self.per_fen)
        return Fixed(points) if self.per_item is None else PerItem(points, self.per_item)


class EarningPart(Part):
    """How orders earn points. / 积分获取规则。"""

    most_per_order: Annotated[Cap | None, Nullable] = Field(
        None, description="The most points of an order; null: no limit. / 单笔订单积分上限。"
    )
    most_per_day: Annotated[Cap | None, Nullable] = Field(
        None, description="The most points of a member's orders of one day. / 每人每日积分上限。"
    )
    rules: Annotated[dict[Name, RulePart], Field(max_length=MOST_RULES)] = Field(
        default_factory=dict,
        description="The rules, by name. / 各条规则。",
        json_schema_extra={"additionalProperties": False},
    )

    def to_earning(self) -> Earning:
        """The rules as they are worked out."""
        rules = tuple(rule.to_rule(name) for name, rule in self.rules.items())
        return Earning(rules, self.most_per_order, self.most_per_day)


def check_earning(part: EarningPart) -> Iterator[Problem]:
    """What is wrong with rules whose values are each allowed by themselves."""
    for name, rule in part.rules.items():
        for path, problem in check_rule(rule):
            yield ("earning", "rules", name, *path), problem
    for name, rule in part.rules.items():
        others = [one for one in part.rules.values() if one.best_of and one.best_of == rule.best_of]
        if any((one.per_fen is None) != (rule.per_fen is None) for one in others):
            yield (
                ("earning", "rules", name, "best_of"),
                f"the group {rule.best_of} mixes rules per fen, which percentages are of, with others: make two groups",
            )


def check_rule(rule: RulePart) -> Iterator[Problem]:
    """What is wrong with one rule, by paths within it."""
    if (rule.points is None) is (rule.percent is None):
        yield (), "a rule gives either `points` or `percent`"
    if rule.per_fen is not None and rule.per_item is not None:
        yield ("per_item",), "points are per fen or per item, not both"
    for key in ("per_fen", "per_item"):
        if rule.percent is not None and getattr(rule, key) is not None:
            yield (key,), "a percentage is of all points per fen: leave this out"
    if rule.when:
        yield from check_when(rule.when, on_line=rule.each == "line")


def check_when(when: str, *, on_line: bool) -> Iterator[Problem]:
    """What is wrong with a rule's condition."""
    try:
        check_condition(when, LINE_INPUTS if on_line else ORDER_INPUTS)
    except WrongCondition as error:
        if not on_line and "no input line." in str(error):
            yield ("when",), f"at character {error.at}: an order has many lines: write `each: line` to speak of one"
        else:
            yield ("when",), f"at {error}"
