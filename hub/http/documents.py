"""Operations that are sent by an id or a hash instead of their text: trusted documents and automatic ones."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

import orjson
import structlog

from hub.core.api_settings import DocumentMode
from hub.core.errors import AccessDenied, InvalidInput, InvalidSettings
from hub.core.settings import Settings
from hub.http.parameters import Operation
from hub.http.refusals import Refused
from resolvers.schema import find_error

# As many texts as fit are kept, in each process; whoever sends a forgotten hash is asked for the text again.
MAX_REMEMBERED_CHARS: Final = 4_000_000
_SHAPES: Final = "a JSON object of texts by id, nor Apollo's manifest"
_APOLLO: Final = "apollo-persisted-query-manifest"


@dataclass(slots=True)
class Documents:
    """Every document that can be sent without its text.

    Attributes:
        trusted: texts by id, from the manifest.
    """

    mode: DocumentMode
    trusted: Mapping[str, str]
    _by_hash: dict[str, str] = field(init=False)
    _remembered: OrderedDict[str, str] = field(default_factory=OrderedDict)
    _size: int = 0

    def __post_init__(self) -> None:
        self._by_hash = {_hash_of(text): text for text in self.trusted.values()}

    def complete(self, operation: Operation) -> Operation:
        """The operation with its text; raises Refused where there is none or it may not be run."""
        if operation.document_id:
            return operation.with_text(self._find_trusted(operation))
        if operation.sha256 and not operation.query:
            return operation.with_text(self._find_hashed(operation.sha256))
        actual = _hash_of(operation.query) if operation.sha256 or self.mode != "off" else ""
        if operation.sha256 and operation.sha256 != actual:
            raise Refused(400, "`sha256Hash` is not the SHA-256 of `query`.", code="PERSISTED_QUERY_MISMATCH")
        self._check(actual)
        if operation.sha256:
            self._remember(actual, operation.query)
        return operation

    def _find_trusted(self, operation: Operation) -> str:
        text = self.trusted.get(operation.document_id or "")
        if text is None:
            words = "No document has this id. Add its text to the manifest (HUB_GRAPHQL_DOCUMENTS) and restart the API."
            raise Refused(400, words, code="DOCUMENT_NOT_FOUND")
        if operation.query:
            raise InvalidInput("Send `documentId` or `query`, not both.")
        return text

    def _find_hashed(self, digest: str) -> str:
        if digest in self._by_hash:
            return self._by_hash[digest]
        if digest in self._remembered:
            self._remembered.move_to_end(digest)
            return self._remembered[digest]
        self._check(digest)
        words = "No document is known by this hash. Send it once more with its text in `query`: then it is."
        raise Refused(400, words, code="PERSISTED_QUERY_NOT_FOUND", by_form=True)

    def _check(self, digest: str) -> None:
        """Refuse, or log, what the manifest does not hold."""
        if self.mode == "off" or digest in self._by_hash:
            return
        if self.mode == "only":
            words = (
                "Only documents of the manifest are run here. Add this one to it (HUB_GRAPHQL_DOCUMENTS), restart "
                "the API, and send its id as `documentId`."
            )
            raise Refused(403, words, code=AccessDenied.code)
        structlog.get_logger(__name__).warning("document is not in the manifest", sha256=digest)

    def _remember(self, digest: str, text: str) -> None:
        if digest in self._remembered:
            return
        self._remembered[digest] = text
        self._size += len(text)
        while self._size > MAX_REMEMBERED_CHARS:
            self._size -= len(self._remembered.popitem(last=False)[1])


def load_documents(settings: Settings) -> Documents:
    """The documents of the settings' manifest; raises InvalidSettings where it does not hold valid ones."""
    path = settings.graphql_documents
    if path is None:
        if settings.graphql_document_mode != "off":
            raise InvalidSettings(
                f"HUB_GRAPHQL_DOCUMENT_MODE is {settings.graphql_document_mode}, but no HUB_GRAPHQL_DOCUMENTS says "
                "which documents are trusted."
            )
        return Documents("off", {})
    return Documents(settings.graphql_document_mode, _read_manifest(path))


def _read_manifest(path: Path) -> dict[str, str]:
    try:
        texts = _texts_of(orjson.loads(path.read_bytes()))
    except (OSError, ValueError) as error:
        what = error.strerror if isinstance(error, OSError) else f"neither {_SHAPES}"
        raise InvalidSettings(f"HUB_GRAPHQL_DOCUMENTS: {path} cannot be read ({what}).") from None
    for name, text in texts.items():
        if reason := find_error(text):
            raise InvalidSettings(f"HUB_GRAPHQL_DOCUMENTS: the document {name!r} is not valid: {reason}")
    return texts


def _texts_of(manifest: Any) -> dict[str, str]:
    """Texts by id, from `{"ID": "TEXT"}` or Apollo's form; raises ValueError for anything else."""
    if isinstance(manifest, dict) and manifest.get("format") == _APOLLO:
        manifest = _texts_of_apollo(manifest.get("operations"))
    if isinstance(manifest, dict) and all(isinstance(text, str) for text in manifest.values()):
        return manifest
    raise ValueError(_SHAPES)


def _texts_of_apollo(operations: Any) -> Any:
    try:
        return {one["id"]: one["body"] for one in operations}
    except (KeyError, TypeError):
        return None


def _hash_of(text: str) -> str:
    return sha256(text.encode()).hexdigest()
