"""Secrets of clients, kept as scrypt hashes (RFC 7914)."""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
import secrets
from collections.abc import Iterable
from typing import Final

_COST: Final = 2**14
_BLOCK: Final = 8
_SALT_BYTES: Final = 16
_PREFIX: Final = "scrypt"
_DUMMY: Final = f"{_PREFIX}${base64.b64encode(bytes(_SALT_BYTES)).decode()}${base64.b64encode(bytes(32)).decode()}"
MOST_LIVE: Final = 2
"""Secrets that a client has at once, while it changes from one to the next."""


def make_secret() -> str:
    """A new secret of 256 random bits."""
    return secrets.token_urlsafe(32)


def hash_secret(secret: str) -> str:
    """What is kept of a secret; another text at each call. Takes some 50 ms."""
    salt = os.urandom(_SALT_BYTES)
    return f"{_PREFIX}${_encode(salt)}${_encode(_derive(secret, salt))}"


def fits(secret: str, hashes: Iterable[str]) -> bool:
    """Whether a secret is one of those that were hashed.

    Always works out `MOST_LIVE` hashes, so that its time tells neither how many there are nor which one fits.
    """
    kept = [*hashes][:MOST_LIVE]
    kept += [_DUMMY] * (MOST_LIVE - len(kept))
    found = False
    for one in kept:
        _, salt, digest = one.split("$")
        found |= hmac.compare_digest(_derive(secret, base64.b64decode(salt)), base64.b64decode(digest))
    return found


def _derive(secret: str, salt: bytes) -> bytes:
    return hashlib.scrypt(secret.encode(), salt=salt, n=_COST, r=_BLOCK, p=1, dklen=32, maxmem=2**26)


def _encode(raw: bytes) -> str:
    return base64.b64encode(raw).decode()
