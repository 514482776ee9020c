"""Generated exports as the evidence that an import makes of them, in memory, and the truth beside it."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from connectors.files.mapping import load_mapping
from connectors.files.opening import open_source
from graph.partition import NewRecord
from hub.core.clock import now_ms
from hub.core.model import System
from hub.core.vault import Vault
from hub.demo.manifest import read_manifest
from hub.services.claim_counts import count_claims
from hub.services.facts import CustomerFact
from hub.services.identity import Identity
from hub.services.import_batches import FileReader
from hub.services.policy import DEFAULT_POLICY
from hub.services.settle import Change, Picture, draw_picture
from rules.evidence import merge_profile, weave

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
    facts = merge_facts(read_facts(folder, identity))
    named = {item.key: item for fact in facts for item in fact.identifiers}
    created = [
        NewRecord(fact.record, fact.birth_id, 0, dict(fact.profile), weave((), fact.assertions)) for fact in facts
    ]
    states = count_claims({}, named.values(), {}, {}, created)
    return Exported(draw_picture((), Change(created=created, states=states)), _read_truth(folder))


def read_facts(folder: Path, identity: Identity) -> Iterator[CustomerFact]:
    """What every row of every file of customers says."""
    manifest = read_manifest(folder)
    for file in manifest.files:
        if file.kind == "customers":
            source = open_source(folder / file.path)
            mapping = load_mapping(folder / file.mapping)
            reader = FileReader(source, mapping, System(file.system), identity, _TIMEZONE, now_ms())
            for batch in reader.read(skip=0, default_ms=0):
                yield from batch.customers
            source.close()


def merge_facts(facts: Iterable[CustomerFact]) -> list[CustomerFact]:
    """One fact a record, with all that was said of it."""
    merged: dict[str, CustomerFact] = {}
    for fact in facts:
        key = str(fact.record)
        held = merged.get(key)
        merged[key] = fact if held is None else _add(held, fact)
    return list(merged.values())


def _add(held: CustomerFact, fact: CustomerFact) -> CustomerFact:
    return replace(
        held,
        identifiers=held.identifiers + fact.identifiers,
        assertions=held.assertions + fact.assertions,
        profile=merge_profile(held.profile, fact.profile),
    )


def _read_truth(folder: Path) -> dict[str, str]:
    with (folder / read_manifest(folder).truth).open(encoding="utf-8", newline="") as file:
        return {f"{row['system']}|{row['external_id']}": row["person"] for row in csv.DictReader(file)}
