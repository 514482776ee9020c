"""Why records are one person or two, in GraphQL."""

from __future__ import annotations

from dataclasses import replace
from enum import Enum
from typing import TYPE_CHECKING, Annotated, Self

import strawberry

from hub.core.access import Scope
from hub.core.errors import NotFound, TooLarge, Unavailable
from hub.services.components import MOST_AT_ONCE
from hub.services.explain import explain_records
from hub.services.explanation import EvidenceStep, PersonTree
from hub.services.explanation import Explanation as FoundExplanation
from resolvers.access import opened_by
from resolvers.context import Context, Info
from resolvers.decisions import Decision, show_decision
from resolvers.described import described
from resolvers.loaders import MERGED
from resolvers.order import RecordRef
from resolvers.plans.marks import reads
from resolvers.records import IdentifierSource, show_proof
from resolvers.sentences import InLanguage, Language, choose_words, veil_decision
from resolvers.separations import IdentifierRef, Separation
from resolvers.whom import RecordInput

if TYPE_CHECKING:
    from resolvers.person import Person


@strawberry.enum(description="Whether records are one person. / 是否为同一人。")
class Verdict(Enum):
    TOGETHER = strawberry.enum_value("together", description="They are one person. / 同一人。")
    APART = strawberry.enum_value("apart", description="They are two persons. / 两个人。")


def _name_decision(step: ExplanationStep, **_: object) -> tuple[str, ...]:
    return () if step.found.decision is None else (step.found.decision.id,)


@opened_by(Scope.PERSON_READ, decision=Scope.CASES_READ)
@strawberry.type(
    description="Two records of one person, and what joined them: an identifier or a decision. / "
    "同一人的两条记录，以及将其关联的标识或裁定。"
)
class ExplanationStep:
    near: RecordRef = strawberry.field(
        name="from", description="A record that was reached before. / 此前已到达的记录。"
    )
    far: RecordRef = strawberry.field(name="to", description="The record that this step reaches. / 本步到达的记录。")
    identifier: IdentifierRef | None = strawberry.field(
        description="What both claim; null for a decision. / 双方共同声明的标识；裁定则为空。"
    )
    claims: list[IdentifierSource] = strawberry.field(
        description="Both records' claims on the identifier. / 两条记录对该标识的声明。"
    )
    company: list[IdentifierRef] = strawberry.field(
        description="Of a weak identifier: others, without which it would not have joined them. / "
        "弱标识须同时共用的其他标识。"
    )
    found: strawberry.Private[EvidenceStep]

    @described("The decision that they are one. / 判定同人的裁定。")
    @reads("decisions", _name_decision)
    async def decision(self, info: Info) -> Decision | None:
        decision = self.found.decision
        return None if decision is None else await show_decision(info.context, decision.id)

    @described("The same in a sentence. / 以一句话说明。")
    def sentence(self, info: Info, language: InLanguage = Language.EN) -> str:
        decision = veil_decision(info.context, self.found.decision)
        return choose_words(info.context, language).step(replace(self.found, decision=decision))

    @classmethod
    def of(cls, found: EvidenceStep) -> Self:
        """The step as it is shown."""
        return cls(
            near=RecordRef.of(found.near),
            far=RecordRef.of(found.far),
            identifier=None if found.identifier is None else IdentifierRef.of(found.identifier),
            claims=[show_proof(proof) for proof in found.claims],
            company=[IdentifierRef.of(one) for one in found.company],
            found=found,
        )


@opened_by(Scope.PERSON_READ)
@strawberry.type(
    description="Why records are one person or two, computed from the evidence as it is now. / "
    "按现有证据计算的关联解释：为何是同一人，或为何是两个人。"
)
class Explanation:
    verdict: Verdict = strawberry.field(description="Whether they are one person. / 是否为同一人。")
    persons: list[Annotated[Person, strawberry.lazy("resolvers.person")]] = strawberry.field(
        description="Whom the records count to now: one person, or two. / 记录目前所归的顾客：一位或两位。"
    )
    root: RecordRef = strawberry.field(
        description="Where the steps begin: the record that brought the person's id, or the first of two. / "
        "步骤的起点：带来该会员编号的记录，或两条记录中的第一条。"
    )
    steps: list[ExplanationStep] = strawberry.field(
        description="What joins the records: of a person the strongest tree, of two records the path between them. / "
        "将记录关联的步骤：一人为最强证据树，两条记录为其间的路径。"
    )
    separations: list[Separation] = strawberry.field(
        description="What keeps two records apart; empty where nothing connects them. / 分开的原因；毫无关联时为空。"
    )
    policy_version: int = strawberry.field(description="The identity policy's version. / 身份识别策略的版本。")
    settled: bool = strawberry.field(
        description="Whether persons are stored so; if not, a change is still being worked in. / "
        "已存储的归属是否与此一致；否则有变更仍在处理中。"
    )
    found: strawberry.Private[FoundExplanation | PersonTree]

    @described("The verdict in a sentence. / 以一句话说明结论。")
    def sentence(self, info: Info, language: InLanguage = Language.EN) -> str:
        words, found = choose_words(info.context, language), self.found
        return words.headline(found) if isinstance(found, PersonTree) else words.verdict(found)


def show_tree(person: Person, tree: PersonTree | None) -> Explanation:
    """What makes a person one; raises Unavailable for who is no more, and TooLarge."""
    if tree is None:
        raise Unavailable(MERGED)
    if tree.beyond:
        raise _too_large(tree.bound)
    return Explanation(
        verdict=Verdict.TOGETHER,
        persons=[person],
        root=RecordRef.of(tree.root),
        steps=[ExplanationStep.of(step) for step in tree.steps],
        separations=[],
        policy_version=tree.policy_version,
        settled=tree.settled,
        found=tree,
    )


async def explain_pair(context: Context, left: RecordInput, right: RecordInput) -> FoundExplanation | None:
    """Why two records are one person or two; None where the hub does not have both, raises TooLarge."""
    try:
        found = await explain_records(context.graph, context.identity, left.key, right.key, most=MOST_AT_ONCE)
    except NotFound:
        return None
    if found.verdict == "beyond":
        raise _too_large(found.bound)
    return found


def show_pair(persons: list[Person], found: FoundExplanation) -> Explanation:
    """The explanation of two records as it is shown; `persons` are whom they count to."""
    return Explanation(
        verdict=Verdict(found.verdict),
        persons=persons,
        root=RecordRef.of(found.left.record),
        steps=[ExplanationStep.of(step) for step in found.steps],
        separations=[Separation.of(one) for one in found.separations],
        policy_version=found.policy_version,
        settled=found.settled,
        found=found,
    )


def _too_large(bound: int) -> TooLarge:
    return TooLarge(
        f"This is connected to more than {bound} records, too many to be explained while you wait. `hub explain` takes "
        "its time."
    )
