"""The words that the whole hub speaks: systems, records, identifiers, claims, orders.

Everything here is an immutable value. Instants are epoch milliseconds in UTC (`_ms`), the form in which they are
stored (temporal values cost the driver dearly); calendar dates are ISO strings; money is integer fen (`_fen`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Final, NamedTuple

from hub.core.course import ORDER_STATUSES as ORDER_STATUSES
from hub.core.course import Course, Exchange, Refund, sum_refunds
from hub.core.errors import InvalidInput

_SYSTEM: Final = re.compile(r"[a-z][a-z0-9_-]{0,31}(:[a-z0-9][a-z0-9_.-]{0,63})?")
MAX_EXTERNAL_ID_CHARS: Final = 256
DAY_MS: Final = 86_400_000


@dataclass(frozen=True, slots=True)
class System:
    """A connected source, written `kind` or `kind:name`: `pos`, `tmall:flagship`."""

    key: str

    def __post_init__(self) -> None:
        if not is_system(self.key):
            raise InvalidInput(
                f"{self.key[:50]!r} is not a system's name. Write a kind, or a kind and a name, in lower case, "
                "such as pos or tmall:flagship."
            )

    @property
    def kind(self) -> str:
        """What sort of system it is: the part before the colon."""
        return self.key.partition(":")[0]


def is_system(name: str) -> bool:
    """Whether a system may be called this."""
    # The keys of erased records begin with this word.
    return name != "erased" and _SYSTEM.fullmatch(name) is not None


@dataclass(frozen=True, slots=True, order=True)
class RecordKey:
    """One customer record in one system."""

    system: str
    external_id: str

    def __str__(self) -> str:
        return f"{self.system}|{self.external_id}"

    @classmethod
    def parse(cls, key: str) -> RecordKey:
        """The record behind `str`. No system's name has a bar, an external id may."""
        system, _, external_id = key.partition("|")
        return cls(system, external_id)

    @classmethod
    def read(cls, text: str) -> RecordKey:
        """The record that somebody wrote; raises InvalidInput where it cannot be one."""
        one = cls.parse(text.strip())
        if not 0 < len(one.external_id) <= MAX_EXTERNAL_ID_CHARS:
            raise InvalidInput("A record is written system|external_id, in quotes where a shell reads it: 'pos|C1001'.")
        return cls(System(one.system).key, one.external_id)


class Identifier(NamedTuple):
    """A value that points at a customer, in canonical form. A tuple, because there are millions.

    `scope` is where the value is unique: the app of an openid, the shop of an ouid, empty for a phone.
    """

    type: str
    scope: str
    value: str


class RawIdentifier(NamedTuple):
    """An identifier as a source wrote it, before normalisation. A tuple, because there are millions.

    Attributes:
        column: names the cell for error messages.
        verified: whether the source has proof that it is the customer's, such as a code sent to the phone.
    """

    type: str
    scope: str
    raw: str
    column: str = ""
    verified: bool = False


class Stated(NamedTuple):
    """One time that a source stated something: when, in which delivery, and whether it had proof.

    A tuple, as a claim is: there are millions.
    """

    at_ms: int
    source: str = ""
    verified: bool = False


class Claim(NamedTuple):
    """A record's hold on one identifier, from when it was first stated until another value took its place.

    Attributes:
        type, scope: the identifier's; values of one type and scope succeed each other on a record.
        identifier: the key under which the graph finds it.
        stated: every time that it was stated without another value in between; by instant, never empty.
        valid_to_ms: when another value was stated instead; None while the claim is live.
    """

    type: str
    scope: str
    identifier: str
    stated: tuple[Stated, ...]
    valid_to_ms: int | None = None

    @property
    def valid_from_ms(self) -> int:
        """When it was first stated."""
        return self.stated[0].at_ms

    @property
    def observed_ms(self) -> int:
        """When it was last stated."""
        return self.stated[-1].at_ms

    @property
    def source(self) -> str:
        """The delivery that stated it first."""
        return self.stated[0].source

    @property
    def verified(self) -> bool:
        """Whether any of its sources had proof."""
        return any(stated.verified for stated in self.stated)

    @property
    def live(self) -> bool:
        """Whether it still holds."""
        return self.valid_to_ms is None


class StatedBalance(NamedTuple):
    """What a system says that one of its customers holds of an asset, in its unit.

    `expires_ms`: it can be spent before then; None where the system does not say, so that the programme does.
    """

    asset: str
    amount: int
    expires_ms: int | None = None


class StatedTier(NamedTuple):
    """The tier that a system says that one of its customers has; `to_ms`: until before; None for no end.

    `column` names the cell for error messages.
    """

    tier: str
    to_ms: int | None = None
    column: str = ""


@dataclass(frozen=True, slots=True)
class CustomerEvent:
    """What one system says of one of its customers.

    Attributes:
        observed_ms: when the source says that this was true; None where the source has no such column, and then
            the caller's own clock of the delivery counts.
        profile: golden-record fields (`name`, `gender`, `birthday`, `city`, ...) with non-empty values only.
    """

    record: RecordKey
    observed_ms: int | None = None
    identifiers: tuple[RawIdentifier, ...] = ()
    profile: dict[str, str] = field(default_factory=dict)
    balances: tuple[StatedBalance, ...] = ()
    tier: StatedTier | None = None


class OrderLine(NamedTuple):
    """One line of an order; `line_id` is unique within it. `amount_fen` is what was paid for the whole line.

    `sku` is empty where the source has none, `amount_fen` 0 where only the order states an amount.
    """

    line_id: str
    sku: str
    name: str
    quantity: int
    amount_fen: int


@dataclass(frozen=True, slots=True)
class OrderEvent:
    """What one system says of one order.

    Attributes:
        external_id: the buyer's id in that system; None for a guest.
        placed_ms, status: one of `ORDER_STATUSES`; None in an event that speaks of something else, such as a refund.
        amount_fen: the order's total as its system states it; None where only the lines are known.
        phone: the buyer's, of a guest who left one, as the source wrote it.
        deposit_fen: what is paid down for a presale.
        reached: stages with the instants at which the order came to them, where the source says so.
    """

    system: str
    order_id: str
    external_id: str | None
    placed_ms: int | None
    status: str | None
    amount_fen: int | None = None
    store: str | None = None
    observed_ms: int | None = None
    lines: tuple[OrderLine, ...] = ()
    phone: str | None = None
    deposit_fen: int | None = None
    reached: tuple[tuple[str, int], ...] = ()
    refunds: tuple[Refund, ...] = ()
    exchanges: tuple[Exchange, ...] = ()


class StatedLine(NamedTuple):
    """A line as stated at one instant."""

    observed_ms: int
    line: OrderLine


@dataclass(frozen=True, slots=True)
class OrderHeader:
    """What is known of an order besides its lines; each field with the instant at which it was stated last.

    A system that is silent about a field says nothing of it: a refund that names no store leaves the store as it was.
    None: never stated; what has to be there and was never stated counts as stated at 0. `customer` is the buyer's
    external id, `total_fen` the total as the system states it.
    """

    placed_ms: tuple[int, int]
    status: tuple[str, int]
    customer: tuple[str, int] | None = None
    total_fen: tuple[int, int] | None = None
    store: tuple[str, int] | None = None
    course: Course = field(default_factory=Course)


@dataclass(frozen=True, slots=True)
class OrderState:
    """An order as far as it is known; `lines` by line id."""

    system: str
    order_id: str
    header: OrderHeader
    lines: tuple[StatedLine, ...] = ()

    @property
    def key(self) -> str:
        """What the graph finds it by."""
        return f"{self.system}|{self.order_id}"

    @property
    def buyer(self) -> RecordKey | None:
        """The customer's record; None for a guest."""
        return None if self.header.customer is None else RecordKey(self.system, self.header.customer[0])

    @property
    def standing(self) -> tuple[OrderLine, ...]:
        """The lines without those that were exchanged for others, if these are known."""
        known = {line.line_id for _, line in self.lines}
        gone = {one.line_id for _, one in self.header.course.exchanges if one.by_line_id in known}
        standing = tuple([line for _, line in self.lines if line.line_id not in gone])
        return standing or tuple([line for _, line in self.lines])  # exchanges in a circle say nothing

    @property
    def amount_fen(self) -> int:
        """The total: as stated, else the sum of the lines. What is stated is of the lines that were ordered."""
        ordered = sum([line.amount_fen for _, line in self.lines])
        if not self.header.course.exchanges:
            return ordered if self.header.total_fen is None else self.header.total_fen[0]
        given = {one.by_line_id for _, one in self.header.course.exchanges}
        standing = sum([line.amount_fen for line in self.standing])
        if self.header.total_fen is None:
            return standing
        ordered = sum([line.amount_fen for _, line in self.lines if line.line_id not in given])
        return self.header.total_fen[0] + standing - ordered

    @property
    def replaced(self) -> frozenset[str]:
        """The lines that were exchanged for others: what is refunded of them is part of the exchange."""
        return frozenset(line.line_id for _, line in self.lines) - {line.line_id for line in self.standing}

    @property
    def refunded_fen(self) -> int:
        """How much of the total was paid back by lines and amounts; a closed or refunded order says no amount."""
        if not self.header.course.refunds:
            return 0
        lines, replaced = {line.line_id: line for line in self.standing}, self.replaced

        def value(refund: Refund) -> Fraction:
            return Fraction(0) if refund.line_id in replaced else _value(lines.get(refund.line_id), refund)

        return max(0, min(int(sum(sum_refunds(self.header.course, value).values())), self.amount_fen))


def _value(line: OrderLine | None, refund: Refund) -> Fraction:
    """Money as stated, else the share of the line's that so many pieces are."""
    if refund.amount_fen or line is None or line.quantity <= 0:
        return Fraction(refund.amount_fen)
    return Fraction(line.amount_fen * min(refund.quantity, line.quantity), line.quantity)


GUEST: Final = "guest:"
"""How the external ids of records begin that stand for guests who left a phone."""
GENDERS: Final = ("male", "female")
PROFILE_FIELDS: Final = (
    *("name", "nickname", "gender", "birthday", "province", "city", "address"),
    # A member's part in a household, and ISO dates separated by `;`.
    *("household_role", "children_birthdays"),
)
