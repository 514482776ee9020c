"""What a caller asks of the ledger, checked as far as it can be without looking at the graph."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Final, TypeAlias

import orjson

from hub.core.errors import InvalidInput
from hub.core.ledger import MAX_AMOUNT, KeyReused, NotHonoured, Operation, Slice
from rules.programme import Asset, Programme
from rules.sharing import Thing, is_honoured

MOST_KEY_CHARS: Final = 200
_MOST_TEXT_CHARS: Final = 500
_MOST_PLACE_CHARS: Final = 64
_SAID: Final = ("caller", "key", "cause", "rule", "author", "reason")
Detail: TypeAlias = int | str | bool | None
Details: TypeAlias = Mapping[str, Detail]


HashRequest: TypeAlias = Callable[[bytes], str]


def _hash_openly(text: bytes) -> str:
    return hashlib.sha256(text).hexdigest()


@dataclass(frozen=True, slots=True)
class Call:
    """Who asks, and for what.

    Attributes:
        caller: the system or client that asks; its keys are its own.
        key: idempotency key: a repeat with the same request gets the first answer.
        cause: what it is for, such as an order: `tmall:flagship|T1`.
        rule: the version of the rule that worked out the amount.
        author, reason: of an adjustment by a person.
        hash: tells requests apart without telling anyone what they were; of calls that the hub makes up itself, whose
            requests name nobody, it needs no key.
    """

    caller: str
    key: str
    cause: str = ""
    rule: str = ""
    author: str = ""
    reason: str = ""
    hash: HashRequest = _hash_openly

    def __post_init__(self) -> None:
        _check(self.caller, "The caller", MOST_KEY_CHARS, required=True)
        _check(self.key, "The idempotency key", MOST_KEY_CHARS, required=True)
        if "|" in self.caller:
            raise InvalidInput("A caller's name has no | in it.")
        for text, what in (
            (self.cause, "The cause"),
            (self.rule, "The rule"),
            (self.author, "The author"),
            (self.reason, "The reason"),
        ):
            _check(text, what, _MOST_TEXT_CHARS)

    @property
    def operation(self) -> str:
        """The key under which what is done for it is kept."""
        return f"{self.caller}|{self.key}"


@dataclass(frozen=True, slots=True)
class Request:
    """An operation to be done, in words that can be compared with an earlier request's.

    Attributes:
        asset: its name; empty where it is the one of an earlier operation.
        subject: whom or what it is on: a person's id, a record, or the key of an earlier operation.
        details: what else tells it from another request.
        said: how the caller named the subject, where those words may mean another one by the time of a repeat.
        where: the place at which something is used, if the caller says so; the switchboard has to honour it there.
    """

    kind: str
    call: Call
    programme: Programme
    asset: str
    amount: int
    subject: str
    details: Details = field(default_factory=dict[str, Detail])
    said: str | None = None
    where: str | None = None

    def __post_init__(self) -> None:
        _check(self.where or "", "The place", _MOST_PLACE_CHARS)

    @property
    def digest(self) -> str:
        """A hash of all that was asked, the same for the same request and key."""
        said = [
            self.kind,
            {name: getattr(self.call, name) for name in _SAID},
            self.programme.name,
            self.asset,
            self.amount,
            self.said or self.subject,
            sorted(self.details.items()),
            *([] if self.where is None else [self.where]),
        ]
        return self.call.hash(orjson.dumps(said))

    def to_operation(
        self, person: str, at_ms: int, slices: tuple[Slice, ...], original: Operation | None = None
    ) -> Operation:
        """What was done for it, to be kept; `original` is the earlier operation that it is about."""
        return Operation(
            self.call.operation,
            self.digest,
            self.kind,
            self.programme.name,
            original.asset if original else self.asset,
            self.amount,
            person,
            at_ms,
            slices,
            self.call.cause,
            self.call.rule,
            self.call.author,
            self.call.reason,
            original.key if original else None,
        )

    def repeat(self, done: Operation) -> Operation:
        """The first answer, whatever was refunded or captured of it since.

        Raises:
            KeyReused: it was done for another request than this; with both hashes.
        """
        this = self.digest
        if done.digest != this and not (_is_of_another_key(done.digest, this) and self._is_like(done)):
            raise KeyReused(done.digest, this)
        return replace(done, used=0)

    def _is_like(self, done: Operation) -> bool:
        """As far as can be said of one whose hash cannot be compared: it was made with the key before a rotation."""
        alike = (done.kind, done.programme) == (self.kind, self.programme.name)
        return alike and self.amount in (0, done.amount)

    def check_honoured(self, thing: Thing) -> None:
        """Raise NotHonoured where a thing is not honoured at the request's place, or the programme asks for one."""
        verdict = is_honoured(self.programme.sharing, thing, self.where)
        if not verdict.honoured:
            raise NotHonoured(verdict.why)


def _is_of_another_key(first: str, this: str) -> bool:
    return first.rpartition(".")[0] != this.rpartition(".")[0]


def check_amount(amount: int) -> int:
    """An amount that can be moved; raises InvalidInput."""
    if isinstance(amount, bool) or not 0 < amount <= MAX_AMOUNT:
        raise InvalidInput(f"An amount is a whole number from 1 to {MAX_AMOUNT}.")
    return amount


def check_signed(call: Call) -> None:
    """Raise InvalidInput where what a person decides names no author or no reason."""
    if not (call.author.strip() and call.reason.strip()):
        raise InvalidInput("What is done by hand names its author and its reason.")


def find_asset(programme: Programme, name: str) -> Asset:
    """An asset of a programme; raises InvalidInput for one that it has not."""
    asset = programme.assets.get(name)
    if asset is None:
        raise InvalidInput(
            f"The programme {programme.name} has no asset {name[:50]!r}. Assets: {', '.join(sorted(programme.assets))}."
        )
    return asset


def _check(text: str, what: str, most: int, *, required: bool = False) -> None:
    if len(text) > most or (text and not text.isprintable()) or (required and not text.strip()):
        raise InvalidInput(f"{what} is one line of {'1 to' if required else 'at most'} {most} characters.")
