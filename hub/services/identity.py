"""How this installation identifies people: its policy, its key, its country."""

from __future__ import annotations

from typing import Final

from graph.evidence import NewIdentifier
from hub.core.errors import InvalidInput, InvalidSettings
from hub.core.model import Identifier, RawIdentifier
from hub.core.settings import Settings
from hub.core.vault import Vault
from hub.services.policy import DEFAULT_POLICY
from rules.identifiers import is_blocked, mask, normalise
from rules.policy import Policy

_HIDDEN: Final = "****"


class Identity:
    """Turns what people and sources write into identifiers that the graph can find."""

    def __init__(self, vault: Vault, policy: Policy, region: str) -> None:
        self.policy = policy
        self._vault = vault
        self._region = region
        self.blocked_keys = frozenset(
            vault.key_of(Identifier(kind.name, "", value)) for kind in policy.types.values() for value in kind.blocked
        )

    @classmethod
    def from_settings(cls, settings: Settings, policy: Policy = DEFAULT_POLICY) -> Identity:
        """Raises InvalidSettings where the key is missing or a blocked phone is not a phone."""
        if policy.types["phone"].enabled:
            blocked = frozenset(_blocked_phone(phone, settings.region, policy) for phone in settings.blocked_phones)
            policy = policy.with_blocked("phone", blocked - {""})
        return cls(Vault(settings.require_identity_key()), policy, settings.region)

    def normalise(self, raw: RawIdentifier) -> Identifier | None:
        """As `rules.identifiers.normalise`, under this installation's policy and country."""
        return normalise(raw, self.policy, region=self._region)

    def is_blocked(self, identifier: Identifier) -> bool:
        """As `rules.identifiers.is_blocked`: known by the value only, of which the graph keeps no more than the key."""
        return is_blocked(identifier, self.policy)

    def key_of(self, identifier: Identifier) -> str:
        """The key under which the graph keeps it."""
        return self._vault.key_of(identifier)

    def prepare(self, identifier: Identifier) -> NewIdentifier:
        """What the graph stores of it: key, masked form, sealed value; of a type whose values are not kept the key."""
        key = self._vault.key_of(identifier)
        if not self.policy.types[identifier.type].store_value:
            return NewIdentifier(key, identifier.type, identifier.scope, _HIDDEN, "")
        sealed = self._vault.seal(identifier, key)
        return NewIdentifier(key, identifier.type, identifier.scope, mask(identifier), sealed)

    @property
    def fingerprint(self) -> str:
        """The same for the same key and for no other: tells whether a graph was made with this one."""
        return self._vault.key_of(Identifier("fingerprint", "", ""))

    def identifies(self, type_name: str, key: str) -> bool:
        """Whether a holder of this identifier can be asked for by it."""
        kind = self.policy.types.get(type_name)
        return kind is not None and kind.power in ("strong", "weak") and key not in self.blocked_keys

    def links(self, type_name: str, key: str) -> bool:
        """Whether sharing this identifier makes two records one person."""
        return self.policy.links(type_name) and key not in self.blocked_keys


def _blocked_phone(phone: str, region: str, policy: Policy) -> str:
    try:
        identifier = normalise(RawIdentifier("phone", "", phone), policy, region=region)
    except InvalidInput as error:
        raise InvalidSettings(f"HUB_BLOCKED_PHONES: {phone!r} is not a phone: {error.safe_message}.") from None
    return identifier.value if identifier else ""
