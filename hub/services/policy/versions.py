"""Published policies: each a version that is kept for ever, the last one in force, the shipped one before the first."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from graph import documents
from graph.counts import fetch_counts
from graph.database import Graph, Transaction
from graph.documents import IDENTITY, DocumentVersion, PublishedDocument
from hub.core.clock import now_ms
from hub.core.errors import Conflict, InvalidInput, InvariantBroken, PolicyChanged
from hub.services.documents.changes import Change
from hub.services.documents.signing import sign
from hub.services.policy.changes import diff_policies
from hub.services.policy.reading import parse_policy
from hub.services.policy.shipped import DEFAULT_POLICY, DEFAULT_TEXT
from rules.policy import Policy

SHIPPED: Final = 0
"""The number of the version that ships: it is not stored, and changes with the code."""


@dataclass(frozen=True, slots=True)
class Publication:
    """What publishing did: the new version, and what it changes in how people are identified."""

    version: DocumentVersion
    changes: tuple[Change, ...]


async def publish_policy(graph: Graph, text: str, author: str, reason: str, *, name: str = "policy") -> Publication:
    """Check a document and put it in force as the next version; `name` stands for it in messages.

    Raises:
        InvalidInput: the document is not valid, or author or reason are missing or too long.
        Conflict: it is word for word the version in force, another one was published at the same moment, or it may
            change persons that are there, which has to be rehearsed.
    """
    signed = sign(author, reason)
    policy = parse_policy(text, name=name)
    current = await _load_to_compare(graph)
    await _check_rehearsed(graph, current, policy)
    version = await graph.write(
        documents.publish, IDENTITY, text, **signed._asdict(), published_ms=now_ms(), base=current.version
    )
    return Publication(version, tuple(diff_policies(current, policy)))


async def _check_rehearsed(graph: Graph, current: Policy, policy: Policy) -> None:
    """Refuse to publish at once what may move people: that is rehearsed first, and applied from the rehearsal."""
    if diff_policies(current, policy) and (records := (await fetch_counts(graph)).records):
        raise Conflict(
            f"The graph holds {records:,} records, whose persons may change with the policy. See how with "
            "`hub rehearse --policy FILE`; then `hub rehearse --apply ID` publishes it and moves them."
        )


async def load_policy(graph: Graph) -> Policy:
    """The policy in force.

    Raises:
        InvariantBroken: its text cannot be read by this code, which is stricter than the one that published it.
    """
    current = await documents.find_current(graph, IDENTITY)
    return DEFAULT_POLICY if current is None else read_published(current)


async def check_policy(tx: Transaction, policy: Policy) -> None:
    """Raise PolicyChanged where another version is in force than the one that this process works by."""
    number = await documents.find_number(tx, IDENTITY)
    if number != policy.version:
        raise PolicyChanged(
            f"Version {number} of the identity policy was put in force meanwhile. What is committed stays: run the "
            "same command again to go on by it."
        )


async def _load_to_compare(graph: Graph) -> Policy:
    """The policy in force; the shipped one under its number where it cannot be read, so that it can be replaced."""
    current = await documents.find_current(graph, IDENTITY)
    if current is None:
        return DEFAULT_POLICY
    try:
        return read_published(current)
    except InvariantBroken:
        return replace(DEFAULT_POLICY, version=current.version.number)


async def load_text(graph: Graph, number: int | None = None) -> tuple[int, str]:
    """A version's number and its text with all comments; None: of the one in force. Raises NotFound."""
    if number == SHIPPED:
        return SHIPPED, DEFAULT_TEXT
    found = await documents.find_published(graph, IDENTITY, number)
    return (SHIPPED, DEFAULT_TEXT) if found is None else (found.version.number, found.text)


def read_published(published: PublishedDocument) -> Policy:
    """The policy of a version, with its number; raises InvariantBroken as `load_policy`."""
    number = published.version.number
    try:
        policy = parse_policy(published.text, name=f"policy version {number}")
    except InvalidInput as error:
        raise InvariantBroken(
            f"Version {number} of the identity policy, which is published, cannot be read: `hub policy show` prints "
            "it, `hub policy check` names what is wrong. Publish it corrected, or start the memberhub that published "
            "it.",
            problems=error.safe_message,
        ) from None
    return replace(policy, version=number)
