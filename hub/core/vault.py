"""Personal identifiers at rest: found by a keyed hash, kept encrypted.

The hash (BLAKE2b with a key, RFC 7693) lets the graph find an identifier without holding it; the value itself is sealed
with AES-256-GCM, bound to that hash, so that a sealed value moved to another node does not open. A sealed text begins
with the id of its key, which tells during a rotation what is done.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from hub.core.errors import InvariantBroken
from hub.core.model import Identifier

# What every sealed text began with before keys had ids of their own: whoever holds the key opens it.
_UNNAMED_KEY: Final = "1"
_NONCE_BYTES: Final = 12
_DIGEST_BYTES: Final = 16


class Vault:
    """Hashes and seals with keys derived from one 32-byte key of the settings.

    Attributes:
        key_id: 8 hexadecimal digits, the same for the same key; they do not tell the key.
    """

    def __init__(self, key: bytes) -> None:
        self._key = key
        self.key_id = _derive(key, b"memberhub key id").hex()[:8]
        self._hash_key = _derive(key, b"memberhub identifier hash")
        self._request_key = _derive(key, b"memberhub request hash")
        self._cipher = AESGCM(_derive(key, b"memberhub identifier seal"))

    def __reduce__(self) -> tuple[type[Vault], tuple[bytes]]:
        # Ciphers cannot be handed to another process, the key can.
        return Vault, (self._key,)

    def key_of(self, identifier: Identifier) -> str:
        """32 hexadecimal digits, the same for the same identifier and key for ever."""
        text = f"{identifier.type}\x1f{identifier.scope}\x1f{identifier.value}"
        return hashlib.blake2b(text.encode(), key=self._hash_key, digest_size=_DIGEST_BYTES).hexdigest()

    def hash_request(self, text: bytes) -> str:
        """`KEYID.` and 64 hexadecimal digits (HMAC with SHA-256): who has not the key cannot try what a text was."""
        return f"{self.key_id}.{hmac.digest(self._request_key, text, 'sha256').hex()}"

    def seal(self, identifier: Identifier, key: str) -> str:
        """The encrypted value as `KEYID.BASE64`; another text at each call. `key` is what `key_of` gave."""
        return self.seal_text(identifier.value, key)

    def seal_text(self, text: str, place: str) -> str:
        """Any text sealed as `seal` does it; it opens only with the same `place`."""
        nonce = os.urandom(_NONCE_BYTES)
        sealed = self._cipher.encrypt(nonce, text.encode(), place.encode())
        return f"{self.key_id}.{base64.b64encode(nonce + sealed).decode()}"

    def reveal(self, sealed: str, key: str) -> str:
        """The value behind `seal`; raises InvariantBroken where it does not fit this key or this identifier."""
        key_id, _, text = sealed.partition(".")
        if key_id not in (self.key_id, _UNNAMED_KEY):
            raise InvariantBroken(
                "A stored identifier is sealed with another key than HUB_IDENTITY_KEY.", key_id=key_id
            )
        try:
            raw = base64.b64decode(text)
            return self._cipher.decrypt(raw[:_NONCE_BYTES], raw[_NONCE_BYTES:], key.encode()).decode()
        except (InvalidTag, ValueError):
            raise InvariantBroken("A stored identifier does not open with HUB_IDENTITY_KEY.") from None

    @property
    def fingerprint(self) -> str:
        """The same for the same key and for no other: tells whether a graph was made with this one."""
        return self.key_of(Identifier("fingerprint", "", ""))


def hash_text(secret: str, text: str) -> str:
    """32 hexadecimal digits that only the holder of the secret (64 hexadecimal digits) can compute from the text."""
    return hashlib.blake2b(text.encode(), key=bytes.fromhex(secret), digest_size=_DIGEST_BYTES).hexdigest()


def _derive(key: bytes, purpose: bytes) -> bytes:
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=purpose).derive(key)
