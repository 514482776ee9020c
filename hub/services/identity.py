"""How this installation identifies people: its policy, its key, its country."""

from __future__ import annotations

from graph.evidence import NewIdentifier
from graph.installation import Erasures
from hub.core.errors import InvalidInput, InvalidSettings
from hub.core.model import Identifier, RawIdentifier
from hub.core.settings import Settings
from hub.core.vault import Vault
from rules.identifiers import mask, normalise
from rules.policy import DEFAULT_POLICY, Policy


class Identity:
    """Turns what people and sources write into identifiers that the graph can find.

    Attributes:
        erasures: what this process knows of erasures; `hub.services.personal_data.barred` keeps it up to date.
    """

    def __init__(self, vault: Vault, policy: Policy, region: str) -> None:
        self.policy = policy
        self.vault = vault
        self.erasures = Erasures()
        self._region = region
        self.blocked_keys = frozenset(
            vault.key_of(Identifier(kind.name, "", value)) for kind in policy.types.values() for value in kind.blocked
        )

    @classmethod
    def from_settings(cls, settings: Settings) -> Identity:
        """Raises InvalidSettings where the key is missing or a blocked phone is not a phone."""
        blocked = frozenset(_blocked_phone(phone, settings.region) for phone in settings.blocked_phones)
        policy = DEFAULT_POLICY.with_blocked("phone", blocked - {""})
        return cls(Vault(settings.require_identity_key()), policy, settings.region)

    def normalise(self, raw: RawIdentifier) -> Identifier | None:
        """As `rules.identifiers.normalise`, under this installation's policy and country."""
        return normalise(raw, region=self._region, policy=self.policy)

    def key_of(self, identifier: Identifier) -> str:
        """The key under which the graph keeps it."""
        return self.vault.key_of(identifier)

    def prepare(self, identifier: Identifier) -> NewIdentifier:
        """What the graph stores of it: key, masked form, sealed value."""
        key = self.vault.key_of(identifier)
        sealed = self.vault.seal(identifier, key)
        blocked = key in self.blocked_keys
        return NewIdentifier(key, identifier.type, identifier.scope, mask(identifier), sealed, blocked)

    @property
    def fingerprint(self) -> str:
        """The same for the same key and for no other: tells whether a graph was made with this one."""
        return self.vault.fingerprint

    def identifies(self, type_name: str, key: str) -> bool:
        """Whether a holder of this identifier can be asked for by it."""
        return self.policy.types[type_name].power != "never" and key not in self.blocked_keys

    def links(self, type_name: str, key: str) -> bool:
        """Whether sharing this identifier makes two records one person."""
        return self.policy.links(type_name) and key not in self.blocked_keys


def _blocked_phone(phone: str, region: str) -> str:
    try:
        identifier = normalise(RawIdentifier("phone", "", phone), region=region)
    except InvalidInput as error:
        raise InvalidSettings(f"HUB_BLOCKED_PHONES: {phone!r} is not a phone: {error.safe_message}.") from None
    return identifier.value if identifier else ""
