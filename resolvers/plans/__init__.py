"""Queries made ready once a document: what to read and which shape to fill, for any variables.

A plan runs the same resolvers as ordinary execution, without deciding again for every object what a selection means.
What a plan does not cover, and whatever goes wrong in one, ordinary execution answers.
"""

from resolvers.plans.marks import finds, reads
from resolvers.plans.planner import Planner, Seen

__all__ = ["Planner", "Seen", "finds", "reads"]
