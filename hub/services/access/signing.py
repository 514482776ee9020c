"""The keys that access tokens are signed with: ES256, newest first, sealed in the graph."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from joserfc.jwk import ECKey

from graph import signing_keys
from graph.database import Graph, Transaction
from graph.signing_keys import SigningKey
from hub.core.access_settings import MOST_TOKEN_SECONDS
from hub.core.vault import Vault

ALGORITHM: Final = "ES256"
# No token that an old key signed is still good then, whatever its lifetime is set to.
_KEPT_MS: Final = (MOST_TOKEN_SECONDS + 60) * 1000


@dataclass(frozen=True, slots=True)
class Keys:
    """Keys as a process uses them.

    Attributes:
        stored: what they were made of; equal exactly where the keys are.
        signing: what signs, and its id; None before there is one.
        public: what tokens are verified with, by id.
    """

    stored: tuple[SigningKey, ...] = ()
    signing: tuple[str, ECKey] | None = field(default=None, compare=False, repr=False)
    public: Mapping[str, ECKey] = field(default_factory=dict, compare=False)

    def as_set(self) -> dict[str, list[dict[str, object]]]:
        """The public keys as a JSON Web Key Set (RFC 7517)."""
        return {
            "keys": [
                {**key.as_dict(private=False), "kid": key_id, "use": "sig", "alg": ALGORITHM}
                for key_id, key in self.public.items()
            ]
        }


async def load_keys(graph: Graph, vault: Vault, *, now_ms: int, known: Keys) -> Keys:
    """The keys that sign and verify now; `known` if these are the same.

    Raises:
        InvariantBroken: the one that signs does not open.
    """
    found = await signing_keys.fetch_keys(graph, since_ms=now_ms - _KEPT_MS)
    if tuple(found) == known.stored:
        return known
    signing = next((one for one in found if one.retired_ms is None), None)
    return Keys(
        tuple(found),
        None if signing is None else (signing.id, ECKey.import_key(json.loads(_reveal(vault, signing)))),
        {one.id: ECKey.import_key(json.loads(one.public)) for one in found},
    )


async def ensure_key(graph: Graph, vault: Vault, *, now_ms: int) -> None:
    """Make the first key, if there is none yet; where two processes do that at once, both keys are good."""
    if not any(one.retired_ms is None for one in await signing_keys.fetch_keys(graph, since_ms=now_ms)):
        await graph.write(signing_keys.put_key, _make(vault, now_ms))


async def replace_key(graph: Graph, vault: Vault, *, now_ms: int) -> str:
    """Sign with a new key from now on; the old ones stay public until their tokens have expired. Returns its id."""
    key = _make(vault, now_ms)

    async def change(tx: Transaction) -> None:
        await signing_keys.retire_keys(tx, now_ms=now_ms, forget_before_ms=now_ms - _KEPT_MS)
        await signing_keys.put_key(tx, key)

    await graph.write(change)
    return key.id


async def reseal_keys(tx: Transaction, old: Vault, new: Vault) -> None:
    """Seal all private keys with another identity key; raises InvariantBroken where one does not open."""
    found = await signing_keys.fetch_keys(tx)
    sealed = {one.id: new.seal_text(_reveal(old, one), _place(one.id)) for one in found}
    await signing_keys.reseal_keys(tx, sealed)


def _make(vault: Vault, now_ms: int) -> SigningKey:
    key = ECKey.generate_key("P-256")
    key_id = key.thumbprint()
    private, public = (json.dumps(key.as_dict(private=private)) for private in (True, False))
    return SigningKey(key_id, vault.seal_text(private, _place(key_id)), public, now_ms)


def _reveal(vault: Vault, key: SigningKey) -> str:
    return vault.reveal(key.sealed, _place(key.id))


def _place(key_id: str) -> str:
    return f"signing key {key_id}"
