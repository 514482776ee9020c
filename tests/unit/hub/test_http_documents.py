"""Operations sent by an id or a hash."""

from __future__ import annotations

import json
from hashlib import sha256
from pathlib import Path
from typing import Any

import httpx
import pytest
from structlog.testing import capture_logs

from hub.core.errors import InvalidSettings
from hub.core.settings import Settings
from hub.http import documents
from hub.http.documents import Documents, load_documents
from hub.http.parameters import Operation
from hub.http.refusals import Refused
from tests.support.served import make_app

pytestmark = pytest.mark.anyio

TRUSTED = "query Trusted { trusted: __typename }"
OTHER = "query Other { other: __typename }"


def digest_of(text: str) -> str:
    return sha256(text.encode()).hexdigest()


def persisted(digest: str) -> dict[str, Any]:
    return {"persistedQuery": {"version": 1, "sha256Hash": digest}}


def settings_with(folder: Path, manifest: object, mode: str = "off") -> Settings:
    path = folder / "manifest.json"
    path.write_text(json.dumps(manifest))
    return Settings.model_validate({"graphql_documents": path, "graphql_document_mode": mode})


async def send(settings: Settings, *bodies: dict[str, Any], accept: str = "application/json") -> list[httpx.Response]:
    transport = httpx.ASGITransport(make_app(settings))
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
        return [await client.post("/graphql", json=body, headers={"Accept": accept}) for body in bodies]


@pytest.mark.parametrize(
    "manifest",
    [
        {"trusted-1": TRUSTED},
        {
            "format": "apollo-persisted-query-manifest",
            "version": 1,
            "operations": [{"id": "trusted-1", "body": TRUSTED}],
        },
    ],
)
@pytest.mark.parametrize("mode", ["off", "audit", "only"])
async def test_a_document_of_the_manifest_runs_by_its_id_text_or_hash(
    tmp_path: Path, manifest: object, mode: str
) -> None:
    bodies: list[dict[str, Any]] = [
        {"documentId": "trusted-1"},
        {"query": TRUSTED},
        {"extensions": persisted(digest_of(TRUSTED))},
    ]

    for response in await send(settings_with(tmp_path, manifest, mode), *bodies):
        assert response.json()["data"] == {"trusted": "Query"}


async def test_an_unknown_id_is_told_how_to_register(tmp_path: Path) -> None:
    [response] = await send(settings_with(tmp_path, {}), {"documentId": "none"})

    [error] = response.json()["errors"]
    assert (response.status_code, error["extensions"]["code"]) == (400, "DOCUMENT_NOT_FOUND")
    assert "manifest (HUB_GRAPHQL_DOCUMENTS)" in error["message"]


async def test_only_the_manifests_documents_run_where_nothing_else_is_trusted(tmp_path: Path) -> None:
    bodies: list[dict[str, Any]] = [{"query": OTHER}, {"extensions": persisted(digest_of(OTHER))}]

    for response in await send(settings_with(tmp_path, {"trusted-1": TRUSTED}, "only"), *bodies):
        [error] = response.json()["errors"]
        assert (response.status_code, error["extensions"]["code"]) == (403, "ACCESS_DENIED")
        assert "send its id as `documentId`" in error["message"]


async def test_other_documents_run_and_are_logged_by_hash_while_they_are_audited(tmp_path: Path) -> None:
    with capture_logs() as logged:
        [response] = await send(settings_with(tmp_path, {"trusted-1": TRUSTED}, "audit"), {"query": OTHER})

    assert response.json()["data"] == {"other": "Query"}
    [foreign] = [entry for entry in logged if "manifest" in entry["event"]]
    assert foreign["sha256"] == digest_of(OTHER)
    assert OTHER not in str(logged)


@pytest.mark.parametrize(("accept", "status"), [("application/json", 200), ("application/graphql-response+json", 400)])
async def test_a_hash_stands_for_its_text_once_both_were_sent(accept: str, status: int) -> None:
    by_hash = {"extensions": persisted(digest_of(OTHER))}

    unknown, taught, known = await send(Settings(), by_hash, {"query": OTHER, **by_hash}, by_hash, accept=accept)

    [error] = unknown.json()["errors"]
    assert (unknown.status_code, error["extensions"]["code"]) == (status, "PERSISTED_QUERY_NOT_FOUND")
    assert "with its text in `query`" in error["message"]
    assert taught.json()["data"] == known.json()["data"] == {"other": "Query"}


async def test_a_text_is_not_taken_for_another_hash() -> None:
    [response] = await send(Settings(), {"query": OTHER, "extensions": persisted(digest_of(TRUSTED))})

    assert response.status_code == 400
    assert response.json()["errors"][0]["extensions"]["code"] == "PERSISTED_QUERY_MISMATCH"


@pytest.mark.parametrize(
    "body",
    [
        {"documentId": 1},
        {"documentId": "trusted-1", "query": OTHER},
        {"extensions": {"persistedQuery": 1}},
        {"extensions": {"persistedQuery": {"version": 2, "sha256Hash": "0" * 64}}},
        {"extensions": {"persistedQuery": {"version": 1, "sha256Hash": "0"}}},
    ],
)
async def test_ids_and_hashes_of_the_wrong_shape_are_refused(tmp_path: Path, body: dict[str, Any]) -> None:
    [response] = await send(settings_with(tmp_path, {"trusted-1": TRUSTED}), body)

    assert (response.status_code, response.json()["errors"][0]["extensions"]["code"]) == (400, "INVALID_INPUT")


def test_what_was_used_longest_ago_is_forgotten_when_there_is_no_room(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(documents, "MAX_REMEMBERED_CHARS", 25)
    known = Documents("off", {})
    texts = ["{ one_12 }", "{ two_12 }", "{ three }"]

    for text in texts[:2]:
        known.complete(Operation(text, None, None, sha256=digest_of(text)))
    known.complete(Operation("", None, None, sha256=digest_of(texts[0])))
    known.complete(Operation(texts[2], None, None, sha256=digest_of(texts[2])))

    assert known.complete(Operation("", None, None, sha256=digest_of(texts[0]))).query == texts[0]
    with pytest.raises(Refused):
        known.complete(Operation("", None, None, sha256=digest_of(texts[1])))


@pytest.mark.parametrize("manifest", [[], {"a": 1}, {"format": "apollo-persisted-query-manifest", "operations": [{}]}])
def test_a_manifest_of_another_shape_is_refused_at_the_start(tmp_path: Path, manifest: object) -> None:
    with pytest.raises(InvalidSettings, match="cannot be read"):
        load_documents(settings_with(tmp_path, manifest))


def test_a_document_that_does_not_fit_the_schema_is_refused_at_the_start(tmp_path: Path) -> None:
    with pytest.raises(InvalidSettings, match="document 'wrong' is not valid: Cannot query field 'nothing'"):
        load_documents(settings_with(tmp_path, {"wrong": "{ nothing }"}))


def test_a_manifest_that_is_missing_is_told(tmp_path: Path) -> None:
    with pytest.raises(InvalidSettings, match="No such file"):
        load_documents(Settings(graphql_documents=tmp_path / "none.json"))
    with pytest.raises(InvalidSettings, match="no HUB_GRAPHQL_DOCUMENTS"):
        load_documents(Settings(graphql_document_mode="only"))
