"""What is stored of a person's membership, in the rules' words: the sum of what hangs on their records."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from graph import earned_days, membership
from graph.member_facts import Label
from graph.membership import MemberRecord
from graph.reading import Reader
from hub.services.golden import find_birthday
from rules.benefits import Entitlement, Use
from rules.programme import Programme
from rules.tiers import Explanation, Grant, History, PaidTerm, Purchase, explain_tier, walk

_LABELS: Final[tuple[Label, ...]] = ("TierGrant", "PaidTerm", "Entitlement", "BenefitUse", "Coupon")


@dataclass(frozen=True, slots=True)
class Enrolment:
    """That a record joined the programme.

    Attributes:
        channel: where, such as `tmall` or a store; referrer: by whom.
        consent_ms: when the customer agreed to it; None where nobody recorded that.
        withdrawn_ms: when they withdrew that; None while it stands.
    """

    key: str
    record: str
    joined_ms: int
    channel: str = ""
    referrer: str = ""
    consent_ms: int | None = None
    withdrawn_ms: int | None = None

    @property
    def consents(self) -> bool:
        """Whether a consent stands."""
        return self.consent_ms is not None and self.withdrawn_ms is None

    def as_of(self, at_ms: int) -> Enrolment:
        """The enrolment as it stood at an instant."""
        later = self.withdrawn_ms is not None and self.withdrawn_ms > at_ms
        return replace(self, withdrawn_ms=None) if later else self


@dataclass(frozen=True, slots=True)
class Member:
    """All that a person's standing in a programme follows from.

    Attributes:
        begins_ms: when they first bought, were given or sold a tier, or the first of their records joined; where
            there is nothing of that, when they were first seen. Who enrols keeps what they had before.
        grants, terms, uses, coupons: by the keys of the operations that brought them.
        homes: the birth ids of the records on which entitlements hang, by the same keys.
    """

    person: str
    begins_ms: int
    birthday: str | None
    enrolments: tuple[Enrolment, ...]
    purchases: tuple[Purchase, ...]
    grants: Mapping[str, Grant]
    terms: Mapping[str, PaidTerm]
    entitlements: tuple[Entitlement, ...]
    uses: Mapping[str, Use]
    coupons: Mapping[str, Mapping[str, Any]]
    homes: Mapping[str, str]

    def list_enrolments(self, at_ms: int) -> tuple[Enrolment, ...]:
        """Those of until then, as they stood."""
        return tuple(one.as_of(at_ms) for one in self.enrolments if one.joined_ms <= at_ms)

    def count_purchases(self, at_ms: int) -> int:
        """How many the tier of an instant is worked out from."""
        return sum(one.at_ms <= at_ms for one in self.purchases)

    def as_of(self, at_ms: int) -> Member:
        """The member by what had been done until an instant; what was bought is cut where it is walked through."""
        return replace(
            self,
            enrolments=self.list_enrolments(at_ms),
            grants={key: one.as_of(at_ms) for key, one in self.grants.items() if one.from_ms <= at_ms},
            terms={key: one.as_of(at_ms) for key, one in self.terms.items() if one.sold_ms <= at_ms},
            uses={key: one.as_of(at_ms) for key, one in self.uses.items() if one.at_ms <= at_ms},
            coupons={key: one for key, one in self.coupons.items() if one["issued_ms"] <= at_ms},
        )

    def explain(self, programme: Programme, now_ms: int) -> Explanation | None:
        """Why they have their tier at an instant, by what had happened until then; None before they begin."""
        if now_ms < self.begins_ms:
            return None
        known = self.as_of(now_ms)
        bought = [one for one in known.purchases if one.at_ms <= now_ms]
        return explain_tier(programme.editions, bought, known.grants, known.terms, now_ms=now_ms)

    def walk(self, programme: Programme, now_ms: int) -> History:
        """The history of their tier, by what had happened until an instant."""
        return walk(
            programme.editions,
            [one for one in self.purchases if one.at_ms <= now_ms],
            self.grants.values(),
            self.terms.values(),
            joined_ms=self.begins_ms,
            now_ms=now_ms,
        )


async def fetch_earnings(
    reader: Reader, programme: Programme, records: Iterable[MemberRecord]
) -> dict[str, list[Purchase]]:
    """What each record (by birth id) earned in points; asks only where a tier is reached by points."""
    if not programme.count_points:
        return {}
    accounts = {account: record.birth_id for record in records for account in record.accounts}
    earned = await earned_days.fetch_earned(reader, accounts)
    return {
        accounts[account]: [Purchase(at_ms, 0, None, amount) for at_ms, amount in sorted(told.items())]
        for account, told in earned.items()
    }


async def fetch_members(reader: Reader, programme: Programme, persons: Iterable[str]) -> list[Member]:
    """Who lives of these persons, by id; one statement, and one more where a tier is reached by points."""
    records = await membership.fetch_by_persons(reader, programme.name, list(persons))
    earned = await fetch_earnings(reader, programme, records)
    own: dict[str, list[MemberRecord]] = {}
    for record in records:
        own.setdefault(record.person, []).append(record)
    return [gather(person, own[person], earned) for person in sorted(own)]


def gather(person: str, records: Sequence[MemberRecord], earned: Mapping[str, Iterable[Purchase]]) -> Member:
    """A person of these records, whoever's they are now; there is at least one."""
    facts = [(record.record, fact) for record in records for fact in record.facts]
    bought = [Purchase(*one) for record in records for one in record.bought]
    bought += [one for record in records for one in earned.get(record.birth_id, ())]
    enrolments = sorted(
        (_read_enrolment(record, fact.properties) for record, fact in facts if fact.label == "Enrolment"),
        key=lambda one: (one.joined_ms, one.key),
    )
    told = {label: [fact.properties for _, fact in facts if fact.label == label] for label in _LABELS}
    grants = {one["key"]: _read_grant(one) for one in told["TierGrant"]}
    terms = {one["key"]: _read_term(one) for one in told["PaidTerm"]}
    return Member(
        person,
        _find_beginning(enrolments, records, [*bought, *grants.values(), *terms.values()]),
        find_birthday(records[0].golden),
        tuple(enrolments),
        tuple(bought),
        grants,
        terms,
        tuple(
            Entitlement(one["key"], one["benefit"], one["count"], one["from_ms"], one["to_ms"])
            for one in told["Entitlement"]
        ),
        {
            one["key"]: Use(one["benefit"], one["at_ms"], one["source"], one.get("restored_ms"))
            for one in told["BenefitUse"]
        },
        {one["key"]: one for one in told["Coupon"]},
        {
            fact.properties["key"]: record.birth_id
            for record in records
            for fact in record.facts
            if fact.label == "Entitlement"
        },
    )


def _read_term(stored: Mapping[str, Any]) -> PaidTerm:
    said = (stored["tier"], stored["from_ms"], stored["to_ms"], stored["price_fen"], stored.get("cancelled_ms"))
    return PaidTerm(*said, stored.get("sold_ms", stored["from_ms"]))


def _read_grant(stored: Mapping[str, Any]) -> Grant:
    said = (stored["tier"], stored["from_ms"], stored.get("to_ms"), stored["author"], stored["reason"])
    return Grant(*said, stored.get("ended_ms"), stored.get("planned_ms"))


def _read_enrolment(record: str, stored: Mapping[str, Any]) -> Enrolment:
    said = (stored["joined_ms"], stored["channel"], stored["referrer"])
    return Enrolment(stored["key"], record, *said, stored.get("consent_ms"), stored.get("withdrawn_ms"))


def _find_beginning(
    enrolments: Iterable[Enrolment], records: Iterable[MemberRecord], deeds: Iterable[Purchase | Grant | PaidTerm]
) -> int:
    acted = [one.at_ms if isinstance(one, Purchase) else one.from_ms for one in deeds]
    acted += [one.joined_ms for one in enrolments]
    return min(acted or [record.created_ms for record in records])
