"""Tiers: which one a person has, since when and why, worked out from what they bought, were granted and paid for.

Nothing is carried along from one computation to the next: a tier's history is a function of its inputs, so that it does
not matter when, how often or in what order they became known.
"""

from rules.tiers.comparing import compare_tiers
from rules.tiers.explaining import Explanation, Ground, Tally, explain_tier
from rules.tiers.history import History, Progress, Stay
from rules.tiers.model import Edition, Grant, Metric, Offer, PaidTerm, Purchase, Qualification, Tier, Tiers
from rules.tiers.offers import Sale, find_term_end, sell_term, split_price
from rules.tiers.qualifying import Counted
from rules.tiers.walking import walk

__all__ = [
    "Counted",
    "Edition",
    "Explanation",
    "Grant",
    "Ground",
    "History",
    "Metric",
    "Offer",
    "PaidTerm",
    "Progress",
    "Purchase",
    "Qualification",
    "Sale",
    "Stay",
    "Tally",
    "Tier",
    "Tiers",
    "compare_tiers",
    "explain_tier",
    "find_term_end",
    "sell_term",
    "split_price",
    "walk",
]
