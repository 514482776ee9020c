"""A loyalty programme as its operator lays it down: whose time it keeps, how its assets behave, what earns points."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final, Literal, NamedTuple
from zoneinfo import ZoneInfo

from rules.benefits import Benefits
from rules.earning.model import Earning
from rules.ledger.expiry import Expiry
from rules.ledger.terms import Terms
from rules.orders.terms import OrderTerms
from rules.sharing import Sharing
from rules.tiers import Edition, Tiers

_MOST_CITED: Final = 10


class Worth(NamedTuple):
    """What the retailer reckons an asset at: `fen` for every `amount`."""

    amount: int
    fen: int


@dataclass(frozen=True, slots=True)
class Asset:
    """Something that members hold.

    Attributes:
        unit: what an amount of 1 is: a point, or a fen.
        expiry: how long what is earned lives.
        worth: None where nobody reckons it in money.
    """

    name: str
    unit: Literal["point", "fen"] = "point"
    expiry: Expiry = field(default_factory=Expiry)
    terms: Terms = field(default_factory=Terms)
    worth: Worth | None = None


@dataclass(frozen=True, slots=True)
class Programme:
    """A brand's or banner's programme, in one version; 0 is the one that ships.

    Attributes:
        since_ms: when the version came into force.
        earlier: the tiers of the versions before it, in the order of time.
    """

    name: str
    zone: ZoneInfo
    assets: Mapping[str, Asset]
    earning: Earning = field(default_factory=Earning)
    version: int = 0
    orders: OrderTerms = field(default_factory=OrderTerms)
    tiers: Tiers = field(default_factory=Tiers)
    benefits: Benefits = field(default_factory=Benefits)
    sharing: Sharing = field(default_factory=Sharing)
    since_ms: int = 0
    earlier: tuple[Edition, ...] = ()

    @property
    def editions(self) -> tuple[Edition, ...]:
        """The tiers of all versions until this one, in the order of time."""
        return (*self.earlier, Edition(self.since_ms, self.tiers, self.zone, f"{self.name}@{self.version}"))

    @property
    def count_points(self) -> bool:
        """Whether any tier is, or was, reached by points."""
        return any(edition.tiers.count_points for edition in self.editions)

    def cite(self, rules: Iterable[str]) -> str:
        """Rules of this version in the words that ledger entries name them by, such as `main@3/base+birthday`."""
        listed = list(rules)
        more = [f"{len(listed) - _MOST_CITED} more"] if len(listed) > _MOST_CITED else []
        return f"{self.name}@{self.version}/{'+'.join(listed[:_MOST_CITED] + more)}"
