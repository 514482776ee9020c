"""Generated exports as the evidence that an import makes of them, in memory, and the truth beside it."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

from connectors.files.mapping import load_mapping
from connectors.files.opening import open_source
from hub.core.clock import now_ms
from hub.core.model import System
from hub.core.vault import Vault
from hub.demo.manifest import read_manifest
from hub.services.claim_counts import count_claims
from hub.services.facts import CustomerFact, make_record, merge_facts
from hub.services.identity import Identity
from hub.services.import_batches import FileReader
from hub.services.policy import DEFAULT_POLICY
from hub.services.programme.shipped import shipped_programme
from hub.services.settle import Change, Picture, draw_picture

_TIMEZONE: Final = "Asia/Shanghai"


@dataclass(frozen=True, slots=True)
class Exported:
    """What exports say, drawn as production draws it, and who each record really is."""

    picture: Picture
    truth: dict[str, str]

    @property
    def persons(self) -> int:
        """True persons of whom some system knows."""
        return len(set(self.truth.values()))


def read_exported(folder: Path) -> Exported:
    """All customers of a folder that `generate` wrote, by the policy that ships."""
    identity = Identity(Vault(bytes(32)), DEFAULT_POLICY, "CN")
    facts = merge_facts(read_facts(folder, identity)).values()
    named = {item.key: item for fact in facts for item in fact.identifiers}
    created = [make_record(fact, now_ms=0) for fact in facts]
    states = count_claims({}, named.values(), {}, {}, created)
    return Exported(draw_picture((), Change(created=created, states=states)), _read_truth(folder))


def read_facts(folder: Path, identity: Identity) -> Iterator[CustomerFact]:
    """What every row of every file of customers says."""
    manifest = read_manifest(folder)
    for file in manifest.files:
        if file.kind == "customers":
            source = open_source(folder / file.path)
            mapping = load_mapping(folder / file.mapping)
            system, programme = System(file.system), shipped_programme(ZoneInfo(_TIMEZONE))
            reader = FileReader(source, mapping, system, identity, _TIMEZONE, now_ms(), programme)
            for batch in reader.read(skip=0, default_ms=0):
                yield from batch.customers
            source.close()


def _read_truth(folder: Path) -> dict[str, str]:
    with (folder / read_manifest(folder).truth).open(encoding="utf-8", newline="") as file:
        return {f"{row['system']}|{row['external_id']}": row["person"] for row in csv.DictReader(file)}
