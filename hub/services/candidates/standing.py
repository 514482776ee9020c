"""How two records that are alike stand to each other now: may a steward be asked, or was the question dealt with?"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from graph import component, partition, similar_cases
from graph.component import StoredMember
from graph.database import Transaction
from graph.reading import Reader
from graph.similar_cases import SimilarCase
from hub.services.components import is_inert
from hub.services.picture import Change, draw_picture
from rules.component import RecordEvidence
from rules.policy import Policy
from rules.similarity import find_objections

Verdict = Literal["gone", "one", "apart", "judged", "asked", "open", "free"]
Pair = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Standing:
    """Where two records stand.

    Attributes:
        verdict: a record is `gone`, they are `one` person's, a decision keeps their persons `apart`, a strong
            identifier that both hold has been `judged` not to join them, it was `asked` (another case asks about the
            two persons, or a steward has answered one), a case on their likeness is `open`, or they are `free` to be
            asked about.
        persons: whose they are, in the order of the pair; empty where one is gone.
        births: the ids that the records brought.
        objections: see `rules.similarity`.
        undone: somebody took these persons for one and withdrew it.
    """

    verdict: Verdict
    persons: tuple[str, ...] = ()
    births: tuple[str, ...] = ()
    objections: tuple[str, ...] = ()
    undone: bool = False

    @property
    def may_link(self) -> bool:
        """Whether nothing that is known speaks against joining them unasked."""
        return self.verdict in ("free", "open") and not (self.objections or self.undone)


async def read_standings(reader: Reader, policy: Policy, pairs: Sequence[Pair]) -> list[Standing]:
    """Where each of these pairs stands."""
    found = await component.fetch_by_records(reader, {record for pair in pairs for record in pair})
    everybody = await component.fetch_by_persons(reader, {member.person for member in found})
    records = {member.record for member in everybody}
    judge = _Judge(
        policy,
        everybody,
        await similar_cases.fetch_involving(reader, records) if records else [],
        await similar_cases.fetch_withdrawn_links(reader, records) if records else set(),
    )
    return [judge.judge(*pair) for pair in pairs]


async def lock_standings(tx: Transaction, policy: Policy, pairs: Sequence[Pair]) -> list[Standing]:
    """As `read_standings`; nobody else moves, joins or parts the persons until the transaction ends."""
    records = {record for pair in pairs for record in pair}
    locked: set[str] = set()
    while True:
        persons = {member.person for member in await component.fetch_by_records(tx, records)}
        if persons <= locked:
            return await read_standings(tx, policy, pairs)
        await partition.lock_persons(tx, persons - locked)
        locked |= persons


class _Judge:
    def __init__(
        self,
        policy: Policy,
        members: Collection[StoredMember],
        cases: Iterable[SimilarCase],
        undone: Collection[Pair],
    ) -> None:
        self._policy = policy
        self._members = {member.record: member for member in members}
        self._evidence = _list_evidence(members)
        self._strong = {member.record: _list_strong(policy, member) for member in members}
        self._cases = list(cases)
        self._undone = undone

    def judge(self, left: str, right: str) -> Standing:
        one, other = self._members.get(left), self._members.get(right)
        if one is None or other is None:
            return Standing("gone")
        persons, births = (one.person, other.person), (one.birth_id, other.birth_id)
        if one.person == other.person:
            return Standing("one", persons, births)
        mine, theirs = self._evidence[one.person], self._evidence[other.person]
        undone = any(self._lies_between(pair, persons) for pair in self._undone)
        objections = find_objections(self._policy, mine.values(), theirs.values())
        return Standing(self._find_verdict(mine, theirs), persons, births, objections, undone)

    def _find_verdict(self, mine: Mapping[str, RecordEvidence], theirs: Mapping[str, RecordEvidence]) -> Verdict:
        if any(ruling.apart and ruling.other in theirs for key in mine for ruling in self._members[key].rulings):
            return "apart"
        between = [case for case in self._cases if _asks_about(case, mine, theirs)]
        if any(case.kind != "weak_similarity" for case in between):
            return "asked"
        if between:
            return "open" if any(case.state == "open" for case in between) else "asked"
        return "judged" if self._hold_strong(mine) & self._hold_strong(theirs) else "free"

    def _hold_strong(self, records: Iterable[str]) -> set[str]:
        return {key for record in records for key in self._strong[record]}

    def _lies_between(self, pair: Pair, persons: Collection[str]) -> bool:
        held = {self._members[record].person for record in pair if record in self._members}
        return held == set(persons)


def _list_strong(policy: Policy, member: StoredMember) -> frozenset[str]:
    """The identifiers of a record that join whoever shares them, unless more speaks against it."""
    return frozenset(
        hold.state.key
        for hold in member.holds
        if not is_inert(policy, hold.state) and policy.types[hold.state.type].power == "strong"
    )


def _list_evidence(members: Iterable[StoredMember]) -> dict[str, dict[str, RecordEvidence]]:
    """Person to the evidence of their records, by record."""
    picture = draw_picture(members, Change())
    found: dict[str, dict[str, RecordEvidence]] = defaultdict(dict)
    for one in picture.evidence:
        found[picture.places[one.record]][one.record] = one
    return found


def _asks_about(case: SimilarCase, mine: Collection[str], theirs: Collection[str]) -> bool:
    """Whether a case has these two persons on different sides."""
    left = {number for number, side in enumerate(case.sides) if any(record in mine for record in side)}
    right = {number for number, side in enumerate(case.sides) if any(record in theirs for record in side)}
    return bool(left and right) and len(left | right) > 1
