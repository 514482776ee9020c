"""Which records meet: those that share a key, unless the key's value is so common that they would all meet."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

import pyarrow as pa

from hub.services.apart import Progress
from hub.services.similarity.engine import Database
from hub.services.similarity.model import Limits, Skipped
from hub.services.similarity.plans import Key, Plan

_BLOCKS: Final = """
CREATE OR REPLACE TEMP TABLE blocks AS
SELECT value, count(*) AS size, count(*) * (count(*) - 1) // 2 AS pairs FROM keyed GROUP BY value HAVING count(*) > 1
"""
_TOO_MANY: Final = "SELECT count(*), CAST(sum(pairs) AS BIGINT) FROM blocks WHERE pairs > ?"
_MEET: Final = """
INSERT INTO met SELECT l.id, r.id
FROM keyed l JOIN keyed r ON l.value = r.value AND l.id < r.id AND l.person <> r.person
JOIN blocks b ON b.value = l.value AND b.pairs <= ?
"""
_MEET_ALSO: Final = """
INSERT INTO met SELECT least(l.id, r.id), greatest(l.id, r.id)
FROM named JOIN rows l ON l.record = named.one JOIN rows r ON r.record = named.other WHERE l.person <> r.person
"""


def meet(
    database: Database, plan: Plan, limits: Limits, progress: Progress, also: Collection[tuple[str, str]] = ()
) -> tuple[Skipped, ...]:
    """Make the table `pairs` (number, left_id, right_id) of records of different persons; says what was left out.

    `also` are pairs of records that meet whatever they share; unknown ones are left out.
    """
    skipped: list[Skipped] = []
    database.run("CREATE OR REPLACE TABLE met (left_id INTEGER, right_id INTEGER)")
    _meet_also(database, also)
    room = limits.pairs
    for done, key in enumerate(plan.keys):
        progress("block", done, len(plan.keys))
        _key(database, key)
        fitting = database.count("SELECT sum(pairs) FROM blocks WHERE pairs <= ?", limits.block_pairs)
        whole = fitting > room
        blocks, pairs = database.fetch(_TOO_MANY, -1 if whole else limits.block_pairs)[0]
        if blocks:
            skipped.append(Skipped(key.name, blocks, pairs, whole))
        if not whole:
            room -= fitting
            database.run(_MEET, limits.block_pairs)
    database.run(
        "CREATE OR REPLACE TABLE pairs AS SELECT row_number() OVER (ORDER BY left_id, right_id) - 1 AS number, * "
        "FROM (SELECT DISTINCT * FROM met) ORDER BY left_id, right_id"
    )
    database.run("DROP TABLE met")
    progress("block", len(plan.keys), len(plan.keys))
    return tuple(skipped)


def _meet_also(database: Database, also: Collection[tuple[str, str]]) -> None:
    if also:
        ones, others = zip(*also, strict=True)
        named = pa.table({"one": pa.array(ones, pa.string()), "other": pa.array(others, pa.string())})
        database.connection.register("named", named)
        database.run(_MEET_ALSO)
        database.connection.unregister("named")


def _key(database: Database, key: Key) -> None:
    described = database.fetch(f"SELECT typeof({key.expression}) FROM rows LIMIT 1")  # noqa: S608 - a plan's constant
    listed = bool(described) and str(described[0][0]).endswith("[]")
    value = f"unnest({key.expression})" if listed else key.expression
    database.run(
        f"CREATE OR REPLACE TEMP TABLE keyed AS SELECT id, person, {value} AS value FROM rows "  # noqa: S608
        f"WHERE ({key.expression}) IS NOT NULL"
    )
    database.run(_BLOCKS)
