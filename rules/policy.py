"""The identity policy as the rules read it: what each type of identifier is worth, and which value of a field survives.

A policy is data. It is written as a YAML document (`hub/services/policy`), checked and versioned there; here is only
what a checked document says.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

Power = Literal["strong", "weak", "never", "household"]
Normaliser = Literal["phone", "masked_phone", "opaque", "folded", "email", "national_id"]
PiiClass = Literal["direct", "pseudonym", "none"]
Contradiction = Literal["name", "birthday", "gender"]
Criterion = Literal["source", "verified", "recent"]


@dataclass(frozen=True, slots=True)
class IdentifierType:
    """What the hub knows of one type of identifier.

    Attributes:
        normaliser: the name of a function in `rules.identifiers`.
        power: a strong value joins the records that share it, weak ones do so together (`Policy.weak_needed`), a
            household value makes its holders members of one household, and one that never links does nothing.
        priority: strongest first is lowest first; the order in which a component's identifiers are walked.
        scoped: whether a value means anything only together with its scope (an app, a shop).
        max_per_person: how many different values (of one scope) a person may hold; None: any number. A join that would
            break it is refused.
        max_records: how many records may share one value before it is quarantined; None: any number.
        contradictions: fields of a profile that speak against a join by this type where they differ. Such a type may
            be shared by several people (a family's phone): once it is, it joins only those whose fields agree.
        idle_days: after how long without a statement a new holder of the value is presumed; None: never. A type with
            a number also takes a rebind for the end of its holder's tenure.
        enabled: a disabled type is refused at ingest.
        store_value: False keeps the hash alone: the value cannot be shown or given back.
        blocked: canonical values that are nobody's, such as the shop's own hotline.
        blocked_patterns: regular expressions; a canonical value that one of them matches as a whole is nobody's.
    """

    name: str
    normaliser: Normaliser
    power: Power
    priority: int
    scoped: bool = False
    max_per_person: int | None = None
    max_records: int | None = None
    contradictions: tuple[Contradiction, ...] = ()
    idle_days: int | None = None
    pii: PiiClass = "pseudonym"
    enabled: bool = True
    store_value: bool = True
    blocked: frozenset[str] = frozenset()
    blocked_patterns: tuple[str, ...] = ()

    @property
    def links(self) -> bool:
        """Whether values may join records into persons."""
        return self.enabled and self.power in ("strong", "weak")


@dataclass(frozen=True, slots=True)
class FieldPolicy:
    """How the surviving value of one profile field is chosen, after a steward's pin.

    Attributes:
        criteria: compared in this order; ties go to the record whose key sorts first.
        sources: system kinds or keys (`pos`, `tmall:flagship`), the most trusted first; others come after them.
    """

    criteria: tuple[Criterion, ...] = ("source", "verified", "recent")
    sources: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Policy:
    """A checked policy document.

    Attributes:
        version: counts the published documents; 0 is the one that ships.
        weak_needed: how many weak identifiers of different types together join two groups; 0: they never do.
        max_component: records of one component that are resolved inside of a write; larger ones in the background.
        suggest_above, link_above: probabilities of weak similarity: from the first a steward is asked, from the second
            (None: never) records are joined.
        default_field, fields: survivorship.
    """

    types: Mapping[str, IdentifierType]
    version: int = 0
    weak_needed: int = 0
    max_component: int = 2000
    suggest_above: float = 0.9
    link_above: float | None = None
    default_field: FieldPolicy = FieldPolicy(criteria=("recent",))
    fields: Mapping[str, FieldPolicy] = field(default_factory=dict)

    def links(self, type_name: str) -> bool:
        """Whether sharing a value of this type may make two records one person, unless that value is blocked."""
        kind = self.types.get(type_name)
        return kind is not None and kind.links

    def field_policy(self, name: str) -> FieldPolicy:
        """How this field's value is chosen."""
        return self.fields.get(name, self.default_field)

    def with_blocked(self, type_name: str, values: frozenset[str]) -> Policy:
        """The same policy with more blocked values of one type."""
        kind = self.types[type_name]
        return replace(self, types={**self.types, type_name: replace(kind, blocked=kind.blocked | values)})
