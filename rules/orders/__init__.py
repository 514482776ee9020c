"""Orders: one from all that was said of it, the stages that it came to, and what it earns. Amounts are fen of CNY."""

from rules.orders.merging import merge_order
from rules.orders.terms import OrderTerms

__all__ = ["OrderTerms", "merge_order"]
