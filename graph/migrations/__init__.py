"""Numbered changes of the graph's schema, each applied once, recorded in the graph itself.

A migration is a file `NNNN_name.cypher` of statements that end in a semicolon and may each be repeated (`IF NOT
EXISTS`), because a process can die after any of them. One process migrates at a time, under a lease.
"""

from graph.migrations.run import Pending, check_migrated, fetch_pending, migrate

__all__ = ["Pending", "check_migrated", "fetch_pending", "migrate"]
