"""The identity policy: what each type of identifier is worth, as data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Final, Literal

Power = Literal["strong", "weak", "never"]


@dataclass(frozen=True, slots=True)
class IdentifierType:
    """What the hub knows of one type of identifier.

    Attributes:
        normaliser: the name of a function in `rules.identifiers`.
        power: strong values join the records that share them; weak and never do not.
        priority: strongest first is lowest first; the order in which a component's identifiers are walked.
        scoped: whether a value means anything only together with its scope (an app, a shop).
    """

    name: str
    normaliser: Literal["phone", "masked_phone", "opaque", "folded", "email"]
    power: Power
    priority: int
    scoped: bool = False


@dataclass(frozen=True, slots=True)
class Policy:
    """Identifier types by name, and the values that never link anyone.

    Attributes:
        blocked: canonical values by type, for types without scope: the shop's own hotline is nobody's phone.
    """

    types: Mapping[str, IdentifierType]
    blocked: Mapping[str, frozenset[str]] = field(default_factory=dict)

    def links(self, type_name: str) -> bool:
        """Whether sharing a value of this type makes two records one person, unless that value is blocked."""
        kind = self.types.get(type_name)
        return kind is not None and kind.power == "strong"

    def with_blocked(self, type_name: str, values: frozenset[str]) -> Policy:
        """The same policy with more blocked values of one type."""
        merged = {**self.blocked, type_name: self.blocked.get(type_name, frozenset()) | values}
        return replace(self, blocked=merged)


_TYPES: Final = (
    IdentifierType("unionid", "opaque", "strong", 10, scoped=True),
    IdentifierType("omid", "opaque", "strong", 20, scoped=True),
    IdentifierType("external_userid", "opaque", "strong", 30, scoped=True),
    IdentifierType("openid", "opaque", "strong", 40, scoped=True),
    IdentifierType("ouid", "opaque", "strong", 50, scoped=True),
    IdentifierType("jd_pin", "opaque", "strong", 60, scoped=True),
    IdentifierType("douyin_union_id", "opaque", "strong", 70, scoped=True),
    IdentifierType("douyin_open_id", "opaque", "strong", 80, scoped=True),
    IdentifierType("yz_open_id", "opaque", "strong", 90, scoped=True),
    IdentifierType("erp_code", "folded", "strong", 100, scoped=True),
    IdentifierType("card", "folded", "strong", 110, scoped=True),
    IdentifierType("phone", "phone", "strong", 200),
    IdentifierType("email", "email", "weak", 300),
    IdentifierType("masked_phone", "masked_phone", "never", 900),
    IdentifierType("oaid", "opaque", "never", 900, scoped=True),
)

DEFAULT_POLICY: Final = Policy(types={kind.name: kind for kind in _TYPES})
