"""What an order earns: rules of a programme, worked out exactly and shared out among the order's lines."""

from rules.earning.honouring import see_buyer
from rules.earning.model import Award, Buyer, Earning, Fixed, PaidLine, PaidOrder, Percent, PerFen, PerItem, Rule
from rules.earning.working_out import work_out

__all__ = [
    "Award",
    "Buyer",
    "Earning",
    "Fixed",
    "PaidLine",
    "PaidOrder",
    "PerFen",
    "PerItem",
    "Percent",
    "Rule",
    "see_buyer",
    "work_out",
]
