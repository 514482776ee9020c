"""In which language sentences are, and what of them a caller may read."""

from __future__ import annotations

from enum import Enum
from typing import Annotated

import strawberry

from graph.explaining import ShownDecision
from hub.core.access import Scope
from hub.services.explanation_words import Words
from resolvers.context import Context


@strawberry.enum(description="The language of a sentence. / 语句的语言。")
class Language(Enum):
    EN = strawberry.enum_value("en", description="English. / 英文。")
    ZH = strawberry.enum_value("zh", description="Chinese. / 中文。")


InLanguage = Annotated[Language, strawberry.argument(description="In which language. / 语言。")]


def choose_words(context: Context, language: Language) -> Words:
    """The sentences of a language, with days of the hub's timezone."""
    return Words("zh" if language is Language.ZH else "en", context.zone)


def veil_decision(context: Context, decision: ShownDecision | None) -> ShownDecision | None:
    """A decision as a sentence may tell it: who decided and why is for those who may read decisions."""
    if decision is None or Scope.CASES_READ in context.grant.scopes:
        return decision
    return ShownDecision(decision.id)
