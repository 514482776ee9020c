"""What a setting must look like beyond its type; each check raises ValueError with what is expected."""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import SplitResult, urlsplit
from zoneinfo import ZoneInfo

from pydantic import SecretStr

_KEY_BYTES: Final = 32
_GRAPH_SCHEMES: Final = frozenset(f"{scheme}{tls}" for scheme in ("bolt", "neo4j") for tls in ("", "+s", "+ssc"))
_GRAPH_URI: Final = "expected bolt://HOST:PORT or neo4j://HOST:PORT, without credentials"
_QUEUE_URI: Final = "expected redis://[:PASSWORD@]HOST:PORT/DB, rediss://... or unix://PATH"
_DATABASE: Final = re.compile(r"/\d{1,4}")
_DATABASE_OPTION: Final = re.compile(r"db=\d{1,4}")


def check_identity_key(key: SecretStr) -> SecretStr:
    """The key as 64 lower-case hexadecimal digits, so that one key has one spelling."""
    try:
        found = bytes.fromhex(key.get_secret_value())
    except ValueError:
        found = b""
    if len(found) != _KEY_BYTES:
        raise ValueError("expected 32 random bytes as 64 hexadecimal digits (`openssl rand -hex 32`)")
    return SecretStr(found.hex())


def check_graph_uri(uri: str) -> str:
    """A URI that the graph's driver accepts; only `neo4j://` may carry a routing context after `?`."""
    parts = _split(uri, _GRAPH_URI)
    routed = parts.scheme.startswith("neo4j")
    if parts.scheme not in _GRAPH_SCHEMES or "@" in uri or parts.path not in ("", "/"):
        raise ValueError(_GRAPH_URI)
    if parts.fragment or (parts.query and not routed):
        raise ValueError(f"{_GRAPH_URI} and with nothing after the port")
    return uri


def check_queue_uri(uri: SecretStr) -> SecretStr:
    """A URI that both redis-py and arq accept."""
    text = uri.get_secret_value()
    if text.startswith("unix://"):
        if not text.startswith("unix:///"):
            raise ValueError(_QUEUE_URI)
        return uri
    parts = _split(text, f"{_QUEUE_URI}, with %2F for a / in the password")
    if parts.scheme not in ("redis", "rediss"):
        raise ValueError(_QUEUE_URI)
    if (parts.path and not _DATABASE.fullmatch(parts.path)) or parts.fragment:
        raise ValueError(f"{_QUEUE_URI}, with a number for DB")
    if parts.query and not _DATABASE_OPTION.fullmatch(parts.query):
        raise ValueError(f"{_QUEUE_URI}, without options")
    return uri


def check_issuer(uri: str) -> str:
    """A URL of which tokens say that it issued them: what RFC 8414 lets one be, without a / at its end."""
    expected = "expected https://HOST or http://HOST:PORT, without a path, a query or credentials"
    parts = _split(uri, expected)
    if parts.scheme not in ("http", "https") or parts.path not in ("", "/") or "@" in uri or parts.query:
        raise ValueError(expected)
    return uri.rstrip("/")


def check_address(uri: str) -> str:
    """Where an API answers over HTTP."""
    return _check_url(uri, "expected https://HOST/graphql or http://HOST:PORT/graphql, without credentials")


def check_collector(uri: str) -> str:
    """Where a collector of OpenTelemetry takes traces over HTTP."""
    return _check_url(uri, "expected https://HOST/v1/traces or http://HOST:PORT/v1/traces, without credentials")


def _check_url(uri: str, expected: str) -> str:
    if _split(uri, expected).scheme not in ("http", "https") or "@" in uri:
        raise ValueError(expected)
    return uri


def check_timezone(name: str) -> str:
    """A zone that this machine knows."""
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise ValueError("expected a zone of the IANA database, such as Asia/Shanghai") from None
    return name


def _split(uri: str, expected: str) -> SplitResult:
    """The URI's parts, with a host and, if there is one, a port between 1 and 65535."""
    try:
        parts = urlsplit(uri)
        sound = bool(parts.hostname) and parts.port != 0 and not re.search(r"\s", uri)
    except ValueError:
        sound = False
    if not sound:
        raise ValueError(f"{expected}; PORT is a number up to 65535")
    return parts
