"""A mapping that no row could satisfy is refused before the first row."""

from __future__ import annotations

from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from connectors.files.mapping import parse_mapping
from connectors.files.opening import open_source
from hub.core.errors import InvalidInput
from hub.core.model import System
from hub.core.vault import Vault
from hub.services.identity import Identity
from hub.services.import_batches import FileReader
from hub.services.policy import DEFAULT_POLICY
from hub.services.programme.shipped import shipped_programme
from tests.support.file_tables import write_csv

PROGRAMME = shipped_programme(ZoneInfo("Asia/Shanghai"))


@pytest.mark.parametrize(
    ("identifier", "message"),
    [
        ("{type: fone, column: x}", "type fone, which does not exist. Known types: card, .*phone"),
        ("{type: ouid, column: x}", "the ouid in column x no `scope`"),
    ],
)
def test_identifiers_that_the_policy_cannot_take_are_refused_at_once(
    tmp_path: Path, identifier: str, message: str
) -> None:
    mapping = parse_mapping(f"version: 1\nkind: customers\nexternal_id: id\nidentifiers: [{identifier}]\n")
    source = open_source(write_csv(tmp_path / "a.csv", ("id", "x"), [("1", "2")]))
    identity = Identity(Vault(bytes(32)), DEFAULT_POLICY, "CN")
    reader = FileReader(source, mapping, System("pos"), identity, "Asia/Shanghai", 0, PROGRAMME)

    with pytest.raises(InvalidInput, match=message):
        reader.check()
    with pytest.raises(InvalidInput, match=message):
        reader.read(skip=0, default_ms=0)


@pytest.mark.parametrize(
    "mapping",
    [
        "version: 1\nkind: customers\nexternal_id: id\nobserved_at: at\n",
        "version: 1\nkind: orders\norder_id: id\nplaced_at: at\nstatus: {always: paid}\n"
        "amount: {column: n, unit: fen}\n",
    ],
)
@pytest.mark.parametrize(
    "now_ms", [1_760_000_000_000, 7_000_000_000_000], ids=["a right clock", "a clock since put back"]
)
def test_a_row_of_the_future_is_rejected_and_no_other_is_lost(tmp_path: Path, mapping: str, now_ms: int) -> None:
    path = write_csv(tmp_path / "a.csv", ("id", "at", "n"), [("1", "2025-01-01", "1"), ("2", "2190-01-01", "1")])
    identity = Identity(Vault(bytes(32)), DEFAULT_POLICY, "CN")
    source = open_source(path)
    reader = FileReader(source, parse_mapping(mapping), System("pos"), identity, "Asia/Shanghai", now_ms, PROGRAMME)

    [batch] = reader.read(skip=0, default_ms=now_ms)

    assert (batch.rows, batch.accepted) == (2, 1)
    [rejected] = batch.rejected
    assert rejected.line == 3
    assert "more than a day ahead of the hub's clock" in rejected.reason
