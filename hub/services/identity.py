"""How this installation identifies people: its policy, its key, its country."""

from __future__ import annotations

from typing import Final

from graph.database import Graph
from graph.documents import IDENTITY, find_number
from graph.evidence import NewIdentifier
from graph.installation import Erasures
from hub.core.model import Identifier, RawIdentifier
from hub.core.settings import Settings
from hub.core.vault import Vault
from hub.services.policy import DEFAULT_POLICY, load_policy
from rules.identifiers import is_blocked, mask, normalise
from rules.policy import Policy

_HIDDEN: Final = "****"


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

    @classmethod
    async def load(cls, graph: Graph, settings: Settings) -> Identity:
        """By the policy that is in force; raises as `from_settings`, and InvariantBroken as `load_policy`."""
        return cls.from_settings(settings, await load_policy(graph))

    @classmethod
    def from_settings(cls, settings: Settings, policy: Policy = DEFAULT_POLICY) -> Identity:
        """Raises InvalidSettings where the key is missing."""
        return cls(Vault(settings.require_identity_key()), policy, settings.region)

    async def renewed(self, graph: Graph, settings: Settings) -> Identity:
        """This one, or if another policy was put in force meanwhile one by it; one small look-up. Raises as `load`."""
        if await find_number(graph, IDENTITY) == self.policy.version:
            return self
        return await Identity.load(graph, settings)

    def under(self, policy: Policy) -> Identity:
        """The same installation by another policy."""
        return Identity(self.vault, policy, self._region)

    def normalise(self, raw: RawIdentifier) -> Identifier | None:
        """As `rules.identifiers.normalise`, under this installation's policy and country."""
        return normalise(raw, self.policy, region=self._region)

    def is_blocked(self, identifier: Identifier) -> bool:
        """As `rules.identifiers.is_blocked`: known by the value only, of which the graph keeps no more than the key."""
        return is_blocked(identifier, self.policy)

    def key_of(self, identifier: Identifier) -> str:
        """The key under which the graph keeps it."""
        return self.vault.key_of(identifier)

    def prepare(self, identifier: Identifier) -> NewIdentifier:
        """What the graph stores of it: key, masked form, sealed value; of a type whose values are not kept the key."""
        key = self.vault.key_of(identifier)
        if not self.policy.types[identifier.type].store_value:
            return NewIdentifier(key, identifier.type, identifier.scope, _HIDDEN, "", self.is_blocked(identifier))
        sealed = self.vault.seal(identifier, key)
        blocked = self.is_blocked(identifier)
        return NewIdentifier(key, identifier.type, identifier.scope, mask(identifier), sealed, blocked)

    @property
    def fingerprint(self) -> str:
        """The same for the same key and for no other: tells whether a graph was made with this one."""
        return self.vault.fingerprint

    def identifies(self, identifier: Identifier) -> bool:
        """Whether a holder of this identifier can be asked for by it."""
        kind = self.policy.types.get(identifier.type)
        return kind is not None and kind.power in ("strong", "weak") and not self.is_blocked(identifier)

    def reveal(self, sealed: str, key: str) -> str:
        """The value of a stored identifier; raises InvariantBroken where it does not open with this key."""
        return self.vault.reveal(sealed, key)
