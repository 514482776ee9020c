"""Explanations in sentences, English or Chinese, for the people who decide by them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, tzinfo
from typing import Any, Final, Literal

from graph.explaining import ShownDecision, ShownIdentifier
from hub.core.clock import from_ms
from hub.core.model import RecordKey
from hub.services.explanation import EvidenceStep, Explanation, PersonTree, Proof, Separation
from hub.services.explanation_texts import FIELDS, PHRASES, TYPES

Language = Literal["en", "zh"]

_MOST_NAMED: Final = 3


def explain_in_words(
    explained: Explanation | PersonTree, language: Language = "en", zone: tzinfo = UTC
) -> tuple[str, ...]:
    """One sentence for the verdict, then one for each step or reason, then what else has to be known.

    Days are those of `zone`. Identifiers are masked; records are named by system and external id.
    """
    words = Words(language, zone)
    if isinstance(explained, PersonTree):
        return words.tree(explained)
    return words.explanation(explained)


class Words:
    """The sentences of one language."""

    def __init__(self, language: Language, zone: tzinfo) -> None:
        self._language = language
        self._zone = zone

    def explanation(self, explained: Explanation) -> tuple[str, ...]:
        """All sentences on two records."""
        return (self.verdict(explained), *self.details(explained), *self.afterthoughts(explained.settled))

    def tree(self, tree: PersonTree) -> tuple[str, ...]:
        """All sentences on a person."""
        return (self.headline(tree), *map(self.step, tree.steps), *self.afterthoughts(tree.settled))

    def verdict(self, explained: Explanation) -> str:
        """Whether two records are one person."""
        left, right = explained.left, explained.right
        kind: str = explained.verdict
        if left.record == right.record:
            kind = "same"
        elif kind == "beyond":
            kind = "beyond_together" if left.person_id == right.person_id else "beyond_apart"
        elif kind == "apart" and not explained.separations:
            kind = "apart_nothing"
        return self._say(
            kind,
            left=self._record(left.record),
            right=self._record(right.record),
            person=left.person_id,
            version=explained.policy_version,
            bound=explained.bound,
        )

    def details(self, explained: Explanation) -> list[str]:
        """A sentence for each step or reason."""
        return [*map(self.step, explained.steps), *map(self.separation, explained.separations)]

    def headline(self, tree: PersonTree) -> str:
        """Who the person is, and how many records make them up."""
        kind = "tree_beyond" if tree.beyond else "tree" if tree.records > 1 else "tree_alone"
        return self._say(
            kind,
            person=tree.person_id,
            records=tree.records,
            root=self._record(tree.root),
            version=tree.policy_version,
            bound=tree.bound,
        )

    def step(self, step: EvidenceStep) -> str:
        """What joined two records."""
        sides = {"left": self._record(step.near), "right": self._record(step.far)}
        if step.identifier is None:
            return self._say("step_decision", **sides, decision=self._decision(step.decision))
        company = ""
        if step.company:
            company = self._say("company", others=self._list(map(self._identifier, step.company)))
        shared = self._identifier(step.identifier)
        return self._say("step", **sides, identifier=shared, company=company, proofs=self._proofs(step.claims))

    def separation(self, found: Separation) -> str:
        """One reason why two records are two persons."""
        return self._say(
            _phrase(found),
            left=self._records(found.left),
            right=self._records(found.right),
            identifier=self._identifier(found.identifier) if found.identifier else "",
            proofs=self._proofs(found.claims),
            decision=self._decision(found.decision),
            fields=self._list(self._word(FIELDS, name) for name in found.reasons),
            contradicting=self._contradicting(found),
            limited=self._list(self._word(TYPES, name) for name in found.reasons),
            count=found.count,
            limit=found.limit,
            day=self._day(found.at_ms) if found.at_ms is not None else "",
        )

    def _contradicting(self, found: Separation) -> str:
        """For a value that changed hands: that the profiles differ as well, if they do."""
        fields = self._list(self._word(FIELDS, name) for name in found.reasons)
        return self._say("contradicting", fields=fields) if fields else ""

    def proof(self, proof: Proof) -> str:
        """What one record says of an identifier."""
        extras = [
            self._say("last_stated", day=self._day(proof.observed_ms))
            if proof.observed_ms > proof.valid_from_ms
            else "",
            self._say("until", day=self._day(proof.valid_to_ms)) if proof.valid_to_ms is not None else "",
            self._say("verified" if proof.verified else "unverified"),
            self._say("source", source=proof.source) if proof.source else "",
        ]
        return self._say(
            "proof",
            record=self._record(proof.record),
            day=self._day(proof.valid_from_ms),
            extras=self._list(extra for extra in extras if extra),
        )

    def _proofs(self, proofs: tuple[Proof, ...]) -> str:
        shown = [self.proof(proof) for proof in proofs[: 2 * _MOST_NAMED]]
        rest = len(proofs) - len(shown)
        return self._say("semicolon").join([*shown, *([self._say("more_claims", count=rest)] if rest else [])])

    def _records(self, records: tuple[RecordKey, ...]) -> str:
        shown = [self._record(record) for record in records[:_MOST_NAMED]]
        rest = len(records) - len(shown)
        return self._list([*shown, *([self._say("more_records", count=rest)] if rest else [])])

    def _record(self, record: RecordKey) -> str:
        return f"{record.system} {record.external_id}"

    def _identifier(self, shown: ShownIdentifier) -> str:
        scope = self._say("scope", scope=shown.scope) if shown.scope else ""
        return self._say("identifier", type=self._word(TYPES, shown.type), scope=scope, masked=shown.masked)

    def _decision(self, decision: ShownDecision | None) -> str:
        if decision is None:
            return ""
        parts = [
            self._say("decision_id", id=decision.id),
            self._say("author", author=decision.author) if decision.author else "",
            self._say("decided", day=self._day(decision.decided_ms)) if decision.decided_ms is not None else "",
            self._say("reason", reason=decision.reason) if decision.reason else "",
        ]
        return self._list(part for part in parts if part)

    def afterthoughts(self, settled: bool) -> list[str]:
        """What else has to be known."""
        return [] if settled else [self._say("unsettled")]

    def _list(self, words: Iterable[str]) -> str:
        return self._say("comma").join(words)

    def _word(self, words: dict[str, tuple[str, str]], name: str) -> str:
        english, chinese = words.get(name, (name, name))
        return chinese if self._language == "zh" else english

    def _day(self, instant_ms: int) -> str:
        return from_ms(instant_ms).astimezone(self._zone).date().isoformat()

    def _say(self, phrase: str, **values: Any) -> str:
        english, chinese = PHRASES[phrase]
        return (chinese if self._language == "zh" else english).format(**values)


def _phrase(found: Separation) -> str:
    """The name of the phrase for a reason."""
    if found.kind == "weak":
        return "weak_few" if found.limit else "weak_never"
    if found.kind != "undecided" or not set(found.reasons).isdisjoint(FIELDS):
        return found.kind
    if found.limit is not None:
        return "undecided_limited"
    return "undecided_ruled" if found.reasons else "undecided_barely"
