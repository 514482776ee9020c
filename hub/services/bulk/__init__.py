"""The first load: customers of many files resolved in memory and written as they will be, instead of row by row.

All facts are gathered first, packed small (`pool`). A library finds what is connected through them; whole components
are put together into portions (`prepare`), decided on by the same pure functions as an ingest, and each portion is
created in a transaction of its own (`store`). A portion of which the graph knows anything already, or a component that
is too large for a write, goes through `hub.services.ingest` instead. So a load that dies between two portions leaves
whole components, and whatever is run next completes it.
"""

from hub.services.bulk.load import MAX_ROWS, bulk_load, check_load

__all__ = ["MAX_ROWS", "bulk_load", "check_load"]
