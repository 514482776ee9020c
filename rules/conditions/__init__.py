"""Conditions of a programme: CEL expressions that are true or false, and proven to be so before they are published."""

from rules.conditions.checking import check_condition
from rules.conditions.evaluation import Moment
from rules.conditions.kinds import BOOL, TEXT, Kind, Many, Whole
from rules.conditions.tokens import WrongCondition

__all__ = ["BOOL", "TEXT", "Kind", "Many", "Moment", "Whole", "WrongCondition", "check_condition"]
