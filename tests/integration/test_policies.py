"""Published policies: every version is kept, none is lost, the last one is in force."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Final

import pytest

from graph import documents
from graph.database import Graph, Transaction
from graph.documents import IDENTITY, DocumentVersion, digest_of, fetch_versions, find_current, get_version
from graph.migrations.files import shipped
from graph.statement import Statement
from hub.core.errors import Conflict, InvalidInput, InvariantBroken, NotFound
from hub.core.settings import Settings
from hub.services.policy import (
    DEFAULT_POLICY,
    DEFAULT_TEXT,
    Publication,
    load_policy,
    load_text,
    parse_policy,
    publish_policy,
)
from tests.integration.api_process import environ_of
from tests.support.commands import run_hub
from tests.support.contents import read_everything

pytestmark = pytest.mark.anyio

_SPOIL: Final = Statement(
    "tests.spoil_policy", "write", "MATCH (v:DocumentVersion {number: $number}) SET v.text = $text"
)
_PUBLISH_AS_BEFORE: Final = Statement(
    "tests.publish_as_before",
    "write",
    """
    CREATE (:PolicyHead {key: 'identity', number: 2, revision: 5})
    WITH 1 AS one UNWIND [1, 2] AS number
    CREATE (:PolicyVersion {number: number, text: $text + number, digest: 'd', author: 'li', reason: 'r',
                            published_ms: 9})
    """,
)


def limited(records: int) -> str:
    assert "max_records: 15" in DEFAULT_TEXT
    return DEFAULT_TEXT.replace("max_records: 15", f"max_records: {records}")


async def append(tx: Transaction, text: str) -> DocumentVersion:
    return await documents.publish(tx, IDENTITY, text, author="li", reason="test", published_ms=1)


async def spoil(tx: Transaction, number: int, text: str) -> None:
    await tx.run(_SPOIL, number=number, text=text)


async def test_the_shipped_policy_is_in_force_until_one_is_published(graph: Graph) -> None:
    assert await load_policy(graph) == DEFAULT_POLICY
    assert await find_current(graph, IDENTITY) is None
    assert await fetch_versions(graph, IDENTITY) == []
    assert await load_text(graph) == (0, DEFAULT_TEXT)


async def test_a_published_policy_is_in_force_and_knows_its_version(graph: Graph) -> None:
    done = await publish_policy(graph, limited(12), "li", "families share phones")

    policy = await load_policy(graph)
    assert (policy.version, policy.types["phone"].max_records) == (1, 12)
    assert [str(change) for change in done.changes] == ["types.phone.max_records: 15 -> 12"]
    assert done.version.digest == digest_of(limited(12))
    assert (done.version.author, done.version.reason) == ("li", "families share phones")


async def test_every_version_is_kept_as_it_was_written(graph: Graph) -> None:
    texts = [limited(number) for number in (10, 11, 12)]
    for text in texts:
        await publish_policy(graph, text, "li", "again")

    assert [(await get_version(graph, IDENTITY, number)).text for number in (1, 2, 3)] == texts
    assert [version.number for version in await fetch_versions(graph, IDENTITY)] == [3, 2, 1]
    assert [version.number for version in await fetch_versions(graph, IDENTITY, limit=2)] == [3, 2]
    assert await load_text(graph, 2) == (2, texts[1])


async def test_an_old_version_can_be_published_anew(graph: Graph) -> None:
    for text in (limited(10), limited(11), limited(10)):
        await publish_policy(graph, text, "li", "and back")

    assert (await load_policy(graph)).version == 3
    assert (await load_policy(graph)).types["phone"].max_records == 10


async def test_the_text_in_force_is_not_published_twice(graph: Graph) -> None:
    await publish_policy(graph, limited(12), "li", "first")
    before = await read_everything(graph)

    with pytest.raises(Conflict, match="word for word version 1"):
        await publish_policy(graph, limited(12), "li", "second")

    assert await read_everything(graph) == before


async def test_what_ships_can_be_published_to_keep_it_over_upgrades(graph: Graph) -> None:
    done = await publish_policy(graph, DEFAULT_TEXT, "li", "keep it")

    assert (done.version.number, done.changes) == (1, ())


async def test_concurrent_publications_are_all_kept_in_one_order(graph: Graph) -> None:
    texts = [limited(number) for number in range(10, 18)]

    versions = await asyncio.gather(*(graph.write(append, text) for text in texts))

    assert sorted(version.number for version in versions) == list(range(1, 9))
    for version, text in zip(versions, texts, strict=True):
        assert (await get_version(graph, IDENTITY, version.number)).text == text
    current = await find_current(graph, IDENTITY)
    assert current is not None
    assert current.version.number == 8


async def test_concurrent_publications_of_one_text_make_one_version(graph: Graph) -> None:
    results = await asyncio.gather(*(graph.write(append, limited(12)) for _ in range(4)), return_exceptions=True)

    assert sorted(type(result).__name__ for result in results) == ["Conflict"] * 3 + ["DocumentVersion"]
    assert [version.number for version in await fetch_versions(graph, IDENTITY)] == [1]


async def test_of_two_operators_who_compared_with_the_same_version_one_is_told(graph: Graph) -> None:
    async def attempt(records: int) -> Publication | Conflict:
        try:
            return await publish_policy(graph, limited(records), "li", "race")
        except Conflict as conflict:
            return conflict

    results = await asyncio.gather(*(attempt(number) for number in (10, 11)))

    done = [result for result in results if isinstance(result, Publication)]
    refused = [result for result in results if isinstance(result, Conflict)]
    assert [one.version.number for one in done] == list(range(1, len(done) + 1))
    assert len(done) + len(refused) == 2
    assert all("was published meanwhile" in conflict.safe_message for conflict in refused)
    assert len(await fetch_versions(graph, IDENTITY)) == len(done) >= 1


async def test_a_publication_against_another_base_is_refused(graph: Graph) -> None:
    await publish_policy(graph, limited(12), "li", "first")

    async def publish(tx: Transaction) -> DocumentVersion:
        return await documents.publish(tx, IDENTITY, limited(13), author="li", reason="late", published_ms=1, base=0)

    with pytest.raises(Conflict, match=r"Version 1 was published meanwhile, .* compared with version 0"):
        await graph.write(publish)
    assert (await load_policy(graph)).version == 1


@pytest.mark.parametrize(
    ("text", "author", "reason", "message"),
    [
        (limited(1), "li", "why", r"policy, line \d+: types.phone.max_records: expected at least 2"),
        (limited(12), " ", "why", "The author of a publication is one line of 1 to 100 characters"),
        (limited(12), "li", "two\nlines", "The reason of a publication is one line of 1 to 500 characters"),
    ],
)
async def test_what_is_not_valid_is_not_published(
    graph: Graph, text: str, author: str, reason: str, message: str
) -> None:
    with pytest.raises(InvalidInput, match=message):
        await publish_policy(graph, text, author, reason)

    assert await fetch_versions(graph, IDENTITY) == []


async def test_a_version_that_is_not_there_is_not_found(graph: Graph) -> None:
    with pytest.raises(NotFound, match="no version 7"):
        await get_version(graph, IDENTITY, 7)


async def test_a_policy_in_force_that_cannot_be_read_is_loud_and_can_be_replaced(graph: Graph) -> None:
    await publish_policy(graph, limited(12), "li", "first")
    await graph.write(spoil, 1, "format: 9")

    with pytest.raises(InvariantBroken, match="Version 1 of the identity policy"):
        await load_policy(graph)
    await publish_policy(graph, limited(13), "li", "repaired")

    assert (await load_policy(graph)).types["phone"].max_records == 13


async def test_policies_of_an_earlier_release_are_still_in_force(graph: Graph) -> None:
    async def publish(tx: Transaction) -> None:
        await tx.run(_PUBLISH_AS_BEFORE, text=f"{DEFAULT_TEXT}# ")

    await graph.write(publish)
    for _ in range(2):
        for statement in shipped()[6].statements:
            await graph.run_schema(statement)

    assert await load_text(graph) == (2, f"{DEFAULT_TEXT}# 2")
    assert await load_text(graph, 1) == (1, f"{DEFAULT_TEXT}# 1")
    assert (await publish_policy(graph, limited(12), "li", "next")).version.number == 3


async def test_an_operator_publishes_compares_and_looks_back(graph: Graph, settings: Settings, tmp_path: Path) -> None:
    path = tmp_path / "policy.yaml"
    path.write_text(limited(12), encoding="utf-8")
    environ = environ_of(settings)

    none = run_hub(environ, "policy", "history")
    compared = run_hub(environ, "policy", "diff", str(path))
    published = run_hub(environ, "policy", "publish", str(path), "--reason", "families [x]", "--author", "li")
    again = run_hub(environ, "policy", "publish", str(path), "--reason", "twice")
    shown = run_hub(environ, "policy", "show", "--format", "yaml")
    history = run_hub(environ, "policy", "history")
    back = run_hub(environ, "policy", "diff", "1", "0")
    missing = run_hub(environ, "policy", "show", "--version", "9")

    assert none.stdout == "No version was published: the policy that ships is in force.\n"
    assert compared.stdout == "types.phone.max_records: 15 -> 12\n"
    assert published.stdout == "types.phone.max_records: 15 -> 12\nPublished as version 1.\n"
    assert (again.returncode, again.stdout) == (1, "")
    assert again.stderr == "This is word for word version 1, which is in force: there is nothing to publish.\n"
    assert shown.stdout == limited(12)
    assert history.stdout.splitlines()[1].split()[0] == "1"
    assert history.stdout.rstrip().endswith("families [x]")
    assert back.stdout == "types.phone.max_records: 12 -> 15\n"
    assert (missing.returncode, missing.stderr) == (1, "There is no version 9 of the identity policy.\n")
    assert parse_policy(shown.stdout) == parse_policy(limited(12))
