"""Putting a rehearsed policy in force, and bringing everybody to where it puts them: in steps, stoppable, resumable.

The policy is published first, so that what arrives meanwhile is decided by it already. Then the records are walked in
the order of their keys; each step is a transaction of its own that notes how far the walk has come. At the end all are
looked at once more.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from dataclasses import dataclass
from itertools import chain
from time import perf_counter
from typing import Final

from graph import component, documents, rehearsals, unsettled
from graph.blocked import mark_blocked
from graph.component import StoredMember
from graph.database import Graph, Transaction
from graph.rehearsals import Rehearsal
from hub.core.clock import now_ms
from hub.core.errors import Conflict, InvalidInput, NotFound
from hub.services.components import Component, lock_component, read_component
from hub.services.identity import Identity
from hub.services.policy.changes import diff_policies
from hub.services.policy.reading import parse_policy
from hub.services.policy.versions import check_policy, load_policy, load_text
from hub.services.rehearse import check_keys_stay, decode_report, hash_evidence, load_marks
from hub.services.replay import Progress, hash_partition, load_members, recompute
from hub.services.settle import Change, find_outdated, plan, settle
from hub.services.settle_large import settle_waiting
from rules.policy import Policy

_STEP: Final = 200
_ROUNDS: Final = 3


@dataclass(frozen=True, slots=True)
class AppliedPolicy:
    """What an application did.

    Attributes:
        version: under which the policy is in force now.
        moved: records that changed persons, over all runs.
        as_rehearsed: whether the partition is exactly the one that was rehearsed.
        arrived: whether evidence or decisions changed since the rehearsal, which is why it may differ.
        new_records: how many records there are more than at the rehearsal.
    """

    version: int
    moved: int
    as_rehearsed: bool
    arrived: bool
    new_records: int


async def get_rehearsal(graph: Graph, rehearsal_id: str) -> Rehearsal:
    """The rehearsal of that id; raises NotFound."""
    found = await rehearsals.find_rehearsal(graph, rehearsal_id)
    if found is None:
        raise NotFound("There is no rehearsal of that id: `hub rehearse --list` shows them.")
    return found


async def drop_rehearsal(graph: Graph, rehearsal_id: str) -> None:
    """Have a rehearsal never applied; raises NotFound, and Conflict where its application has begun."""
    await get_rehearsal(graph, rehearsal_id)
    if not await graph.write(_move_on, rehearsal_id, "dropped", ("ready", "dropped")):
        raise Conflict("The application of this rehearsal has begun: its policy is in force.")


async def apply_rehearsal(
    graph: Graph,
    identity: Identity,
    rehearsal_id: str,
    *,
    progress: Progress,
    records_per_s: float | None = None,
    force: bool = False,
) -> AppliedPolicy:
    """Publish the policy of a rehearsal and move everybody; run again after any interruption, it goes on.

    Args:
        records_per_s: how fast to walk at the most; None: as fast as it goes.
        force: apply a policy that dissolves half of the persons.

    Raises:
        InvalidInput: it would split half of the persons, and `force` was not given.
        Conflict: it was dropped, or another policy is in force than the one it was compared with.
        PolicyChanged: another policy was put in force while this one moved people.
    """
    rehearsal = await get_rehearsal(graph, rehearsal_id)
    report = decode_report(rehearsal.report)
    if report.dissolves and not force:
        raise InvalidInput(
            f"This policy would split {report.split:,} of the {report.several_before:,} persons who have several "
            "records. If that is meant, say so with --force."
        )
    policy = await _put_in_force(graph, identity, rehearsal)
    await _mark_late_comers(graph, identity, rehearsal, policy)
    await _move_everybody(graph, policy, rehearsal, progress, records_per_s)
    members = await _settle_stragglers(graph, policy, progress)
    partition_hash = hash_partition({member.record: member.person for member in members})
    await graph.write(_move_on, rehearsal.id, "applied", ("applying", "applied"), finished_ms=now_ms())
    return AppliedPolicy(
        version=policy.version,
        moved=(await get_rehearsal(graph, rehearsal_id)).moved,
        as_rehearsed=partition_hash == rehearsal.partition_hash,
        arrived=hash_evidence(members) != rehearsal.evidence_hash,
        new_records=len(members) - report.records,
    )


async def _put_in_force(graph: Graph, identity: Identity, rehearsal: Rehearsal) -> Policy:
    if rehearsal.state == "dropped":
        raise Conflict("This rehearsal was dropped: rehearse the policy again.")
    wanted = parse_policy(rehearsal.policy)
    if rehearsal.state == "ready":
        await check_keys_stay(graph, identity.policy, wanted)
        marks = await load_marks(graph, identity, wanted, progress=lambda *_: None)
        await graph.write(_publish, rehearsal, marks)
    policy = await load_policy(graph)
    if diff_policies(wanted, policy):
        raise Conflict(
            f"Version {policy.version} of the identity policy has taken the place of this rehearsal's: "
            "nothing is left to apply."
        )
    return policy


async def _mark_late_comers(graph: Graph, identity: Identity, rehearsal: Rehearsal, policy: Policy) -> None:
    """Mark what is nobody's own among the identifiers that came in while the policy was being published."""
    _, text = await load_text(graph, rehearsal.base)
    before = identity.under(parse_policy(text, name=f"policy version {rehearsal.base}"))
    if marks := await load_marks(graph, before, policy, progress=lambda *_: None):
        await graph.write(mark_blocked, marks.items())


async def _publish(tx: Transaction, rehearsal: Rehearsal, marks: dict[str, bool]) -> None:
    version = await documents.publish(
        tx,
        documents.IDENTITY,
        rehearsal.policy,
        author=rehearsal.author,
        reason=f"rehearsal {rehearsal.id}",
        published_ms=now_ms(),
        base=rehearsal.base,
    )
    await mark_blocked(tx, marks.items())
    if not await rehearsals.change_state(tx, rehearsal.id, "applying", expected=("ready",), version=version.number):
        raise Conflict("This rehearsal is being applied, or was dropped, by somebody else.")


async def _move_everybody(
    graph: Graph, policy: Policy, rehearsal: Rehearsal, progress: Progress, records_per_s: float | None
) -> None:
    total, done = decode_report(rehearsal.report).records, 0
    position = (await get_rehearsal(graph, rehearsal.id)).position
    while page := await component.fetch_page(graph, after=position, limit=_STEP):
        started = perf_counter()
        keys = {member.record for member in page}
        found = await read_component(graph, policy, identifiers=(), records=keys)
        planned = await plan(graph, policy, found, _touching(found))
        changes = (planned.persons, planned.moves, planned.cases.opened, planned.cases.moot)
        wrong = found.members.keys() if any(changes) else ()
        position = page[-1].record
        if not await graph.write(_step, policy, rehearsal.id, set(wrong), keys & found.beyond, position):
            raise Conflict("This rehearsal is no longer being applied.")
        done += len(page)
        progress("apply", done, max(total, done))
        if records_per_s:
            await asyncio.sleep(max(0.0, len(page) / records_per_s - (perf_counter() - started)))


async def _step(
    tx: Transaction, policy: Policy, rehearsal_id: str, wrong: set[str], beyond: set[str], position: str
) -> bool:
    moved = await _bring_home(tx, policy, wrong, beyond)
    return await rehearsals.advance(tx, rehearsal_id, position=position, moved=moved)


async def _bring_home(tx: Transaction, policy: Policy, wrong: set[str], beyond: Collection[str] = ()) -> int:
    """Settle what is connected to some records, and mark what is too large for that; how many records moved."""
    waiting, moved = set(beyond), 0
    if wrong:
        found = await lock_component(tx, policy, identifiers=(), records=wrong)
        resolution = await settle(tx, policy, found, _touching(found))
        place = {record: group.person_id for group in resolution.groups for record in group.records}
        moved = sum(member.person != place[key] for key, member in found.members.items())
        waiting |= wrong & found.beyond
    if waiting:
        await unsettled.mark(tx, waiting, now_ms=now_ms())
    await check_policy(tx, policy)
    return moved


async def _settle_stragglers(graph: Graph, policy: Policy, progress: Progress) -> list[StoredMember]:
    """Look at everybody once more, and move who is not where the policy puts them; gives everybody.

    A writer asks for the policy in force before it commits. One that asked just before the publication may have
    committed behind the walk's back.
    """
    for _ in range(_ROUNDS):
        await settle_waiting(graph, policy)
        members = await load_members(graph, progress=progress)
        picture, resolution = await asyncio.to_thread(recompute, policy, members)
        wrong = sorted(chain.from_iterable(find_outdated(policy, picture, resolution).values()))
        for start in range(0, len(wrong), _STEP):
            await graph.write(_bring_home, policy, set(wrong[start : start + _STEP]))
        if not wrong:
            break
    return members


def _touching(found: Component) -> Change:
    """All identifiers there, as they are: any of them may be quarantined, or freed, by another policy."""
    return Change(states={hold.state.key: hold.state for member in found.members.values() for hold in member.holds})


async def _move_on(
    tx: Transaction, rehearsal_id: str, state: str, expected: tuple[str, ...], finished_ms: int | None = None
) -> bool:
    return await rehearsals.change_state(tx, rehearsal_id, state, expected=expected, finished_ms=finished_ms)
