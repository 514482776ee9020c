"""Rehearsal: the whole graph under another policy, nothing written but the report.

What an application will do is known before anybody is moved: the exact splits, merges and quarantines, and a hash of
the partition that will come of it.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Final

import orjson
from ulid import ULID

from graph import blocked, rehearsals
from graph.blocked import SealedIdentifier
from graph.component import StoredMember
from graph.database import Graph
from graph.evidence import IdentifierState
from graph.rehearsals import Rehearsal
from hub.core.clock import now_ms
from hub.core.errors import InvalidInput
from hub.core.model import Identifier
from hub.services.components import is_quarantined
from hub.services.identity import Identity
from hub.services.policy.reading import parse_policy
from hub.services.replay import Progress, hash_partition, load_members, place_records
from hub.services.settle import Change, Picture, decide, draw_picture
from rules.identifiers import is_blocked
from rules.partition import Resolution
from rules.policy import Policy

_EXAMPLES: Final = 20
_PAGE: Final = 5000


@dataclass(frozen=True, slots=True)
class Example:
    """One person's change: the stored ids before, the ids after, and some of the records, sorted."""

    before: tuple[str, ...]
    after: tuple[str, ...]
    records: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Report:
    """What a policy would change.

    Attributes:
        persons_before, persons_after: live persons.
        several_before: persons of more than one record, as stored.
        split: stored persons whose records would part; merged: persons to be who are several today.
        moved: records that would change persons.
        quarantined, freed: identifiers that would no longer link, and that would again.
        questions_before, questions_after: what stewards are asked under each policy.
    """

    records: int
    persons_before: int
    persons_after: int
    several_before: int
    split: int
    merged: int
    moved: int
    quarantined: int
    freed: int
    questions_before: int
    questions_after: int
    split_examples: tuple[Example, ...] = ()
    merged_examples: tuple[Example, ...] = ()

    @property
    def dissolves(self) -> bool:
        """Whether at least half of the persons of several records would be split."""
        return self.several_before >= 2 and self.split * 2 >= self.several_before

    def encode(self) -> str:
        """JSON."""
        return orjson.dumps(asdict(self)).decode()


def decode_report(text: str) -> Report:
    """The report behind `Report.encode`."""
    raw = orjson.loads(text)
    for name in ("split_examples", "merged_examples"):
        raw[name] = tuple(
            Example(tuple(one["before"]), tuple(one["after"]), tuple(one["records"])) for one in raw[name]
        )
    return Report(**raw)


async def rehearse(
    graph: Graph, identity: Identity, text: str, *, author: str, name: str = "policy", progress: Progress
) -> tuple[Rehearsal, Report]:
    """Compute what a policy would change, and keep the result to be applied or dropped.

    Args:
        text: the policy's document; `name` stands for it in messages.

    Raises:
        InvalidInput: the document is not valid, or stored identifiers would have other keys by it.
    """
    policy = identity.under(parse_policy(text, name=name)).policy
    await check_keys_stay(graph, identity.policy, policy)
    members = await load_members(graph, progress=progress)
    marks = await load_marks(graph, identity, policy, progress=progress)
    progress("resolve", 0, len(members))
    report, places = await asyncio.to_thread(_compute, identity.policy, policy, members, marks)
    progress("resolve", len(members), len(members))
    rehearsal = Rehearsal(
        id=str(ULID()),
        policy=text,
        base=identity.policy.version,
        author=author,
        created_ms=now_ms(),
        evidence_hash=hash_evidence(members),
        partition_hash=hash_partition(places),
        report=report.encode(),
    )
    await rehearsals.create_rehearsal(graph, rehearsal)
    return rehearsal, report


async def check_keys_stay(graph: Graph, old: Policy, new: Policy) -> None:
    """Refuse a policy by which stored identifiers would have other keys; they would not find each other any more.

    Raises:
        InvalidInput: a type of which there are identifiers gets another normaliser, or a scope, or loses it.
    """
    for name in sorted(old.types.keys() & new.types.keys()):
        before, after = old.types[name], new.types[name]
        if (before.normaliser, before.scoped) == (after.normaliser, after.scoped):
            continue
        if await blocked.fetch_page(graph, [name], after="", limit=1):
            raise InvalidInput(
                f"types.{name}: the graph holds identifiers of this type, stored by the normaliser {before.normaliser},"
                f" {'with' if before.scoped else 'without'} scopes. Leave `normaliser` and `scoped` as they are; values"
                " that are read in another way need a type of another name."
            )


async def load_marks(graph: Graph, identity: Identity, policy: Policy, *, progress: Progress) -> dict[str, bool]:
    """The identifiers whose mark as nobody's own the policy changes, with the new mark; opens their values."""
    types = [
        kind.name
        for kind in policy.types.values()
        if (old := identity.policy.types.get(kind.name)) is None
        or (old.blocked, old.blocked_patterns) != (kind.blocked, kind.blocked_patterns)
    ]
    marks: dict[str, bool] = {}
    after, seen = "", 0
    while types and (page := await blocked.fetch_page(graph, types, after=after, limit=_PAGE)):
        after, seen = page[-1].key, seen + len(page)
        for one in page:
            if (mark := _mark(identity, policy, one)) != one.blocked:
                marks[one.key] = mark
        progress("identifiers", seen, seen)
    return marks


def _mark(identity: Identity, policy: Policy, one: SealedIdentifier) -> bool:
    if not one.sealed:
        return one.blocked
    return is_blocked(Identifier(one.type, one.scope, identity.reveal(one.sealed, one.key)), policy)


def hash_evidence(members: Iterable[StoredMember]) -> str:
    """The same for the same evidence, decisions and stewards' words, whoever the records are counted to."""
    digest = hashlib.sha256()
    for member in sorted(members, key=lambda member: member.record):
        holds = sorted((one.state.key, one.from_ms, one.observed_ms, one.verified) for one in member.holds)
        lifted = sorted((one.state.key, one.state.lifted) for one in member.holds if one.state.lifted)
        said = (member.record, holds, lifted, sorted(member.profile.items()), sorted(member.rulings), member.pins)
        digest.update(repr(said).encode())
    return digest.hexdigest()


def _compute(
    current: Policy, policy: Policy, members: list[StoredMember], marks: Mapping[str, bool]
) -> tuple[Report, dict[str, str]]:
    picture = draw_picture(members, Change())
    states = {key: state._replace(blocked=marks.get(key, state.blocked)) for key, state in picture.states.items()}
    before, after = decide(current, picture), decide(policy, replace(picture, states=states))
    places = place_records(after)
    return _report(current, policy, picture, states, before, after, places), places


def _report(
    current: Policy,
    policy: Policy,
    picture: Picture,
    states: Mapping[str, IdentifierState],
    before: Resolution,
    after: Resolution,
    places: Mapping[str, str],
) -> Report:
    stored: dict[str, list[str]] = defaultdict(list)
    for record, person in picture.places.items():
        stored[person].append(record)
    splits = [_example([person], records, places) for person, records in stored.items() if _parts(records, places)]
    merges = [
        _example({picture.places[record] for record in group.records}, group.records, places)
        for group in after.groups
        if _parts(group.records, picture.places)
    ]
    was = {key for key, state in picture.states.items() if is_quarantined(current, state)}
    will = {key for key, state in states.items() if is_quarantined(policy, state)}
    return Report(
        records=len(places),
        persons_before=len(stored),
        persons_after=len(after.groups),
        several_before=sum(len(records) > 1 for records in stored.values()),
        split=len(splits),
        merged=len(merges),
        moved=sum(picture.places[record] != person for record, person in places.items()),
        quarantined=len(will - was),
        freed=len(was - will),
        questions_before=len(was) + sum(refusal.open for refusal in before.refusals),
        questions_after=len(will) + sum(refusal.open for refusal in after.refusals),
        split_examples=tuple(sorted(splits, key=lambda one: one.before)[:_EXAMPLES]),
        merged_examples=tuple(sorted(merges, key=lambda one: one.before)[:_EXAMPLES]),
    )


def _parts(records: Iterable[str], places: Mapping[str, str]) -> bool:
    return len({places[record] for record in records}) > 1


def _example(before: Collection[str], records: Iterable[str], places: Mapping[str, str]) -> Example:
    keys = sorted(records)
    return Example(tuple(sorted(before)), tuple(sorted({places[key] for key in keys})), tuple(keys[:_EXAMPLES]))
