"""A component as an explanation looks at it, and steps of it as they are shown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

from graph.database import Graph
from graph.evidence import IdentifierState
from hub.core.model import RecordKey
from hub.services.components import Component, is_inert, is_quarantined
from hub.services.explanation import EvidenceStep
from hub.services.settle import Change, Picture, decide, draw_picture
from hub.services.shown import Shown
from rules.explaining import Step, find_company
from rules.obstacles import Given, Inertia
from rules.partition import Resolution
from rules.policy import Policy

_Companies: TypeAlias = Mapping[Step, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class View:
    """A component with the answer that follows from it."""

    policy: Policy
    picture: Picture
    resolution: Resolution
    inert: Mapping[str, Inertia]

    @classmethod
    def of(cls, policy: Policy, found: Component) -> View:
        """The view of what was read; of several components at once where several were."""
        picture = draw_picture(found.members.values(), Change())
        inert = {key: _inertia(policy, state) for key, state in picture.states.items() if is_inert(policy, state)}
        resolution = decide(policy, picture, found.beyond)
        return cls(policy, picture, resolution, {key: why for key, why in inert.items() if why is not None})

    @property
    def given(self) -> Given:
        """What the answer was computed from."""
        releases = {key: state.releases for key, state in self.picture.states.items() if state.releases}
        return Given(self.picture.evidence, self.policy, self.picture.rulings, self.inert, releases)

    def find_companies(self, steps: Sequence[Step]) -> _Companies:
        """The weak identifiers that each step rested on beside its own."""
        if not any(self._is_weak(step) for step in steps):
            return {}
        group = self._group_of(steps[0].near)
        evidence = [one for one in self.picture.evidence if one.record in group]
        # How others were joined says nothing of this group, and would have to be replayed for each step.
        joins = replace(self.resolution, joins=tuple(one for one in self.resolution.joins if one.left in group))
        return {step: find_company(evidence, self.policy, joins, step.join, self.inert) for step in steps}

    def _is_weak(self, step: Step) -> bool:
        kind = self.policy.types.get(step.join.type)
        return kind is not None and kind.power == "weak"

    def _group_of(self, record: str) -> frozenset[str]:
        return next(frozenset(group.records) for group in self.resolution.groups if record in group.records)


async def show_trees(graph: Graph, view: View, trees: Sequence[Sequence[Step]]) -> list[tuple[EvidenceStep, ...]]:
    """Steps with all that they rest on, each tree by itself; the same statements for any number of trees."""
    companies: dict[Step, tuple[str, ...]] = {}
    for steps in trees:
        companies.update(view.find_companies(steps))
    walked = [step for steps in trees for step in steps]
    named = {step.join.by for step in walked}.union(*companies.values())
    shown = await Shown.read(graph, {record for step in walked for record in (step.near, step.far)}, named)
    return [tuple(_show_step(shown, step, companies.get(step, ())) for step in steps) for steps in trees]


def _show_step(shown: Shown, step: Step, company: tuple[str, ...]) -> EvidenceStep:
    return EvidenceStep(
        RecordKey.parse(step.near),
        RecordKey.parse(step.far),
        shown.identifiers.get(step.join.by),
        shown.proofs(step.join.by, (step.near, step.far)),
        tuple(shown.identifiers[key] for key in company if key in shown.identifiers),
        shown.decisions.get(step.join.by) if step.join.type == "ruling" else None,
    )


def _inertia(policy: Policy, state: IdentifierState) -> Inertia | None:
    """Why an identifier of a type that links is inert; None for the other types, which say it themselves."""
    if state.blocked:
        return Inertia("blocked")
    kind = policy.types.get(state.type)
    if kind is None or not is_quarantined(policy, state):
        return None
    return Inertia("quarantined", state.live, max(kind.max_records or 0, state.lifted or 0))
