"""The YAML document of an identity policy: its keys, what each may be, and what it becomes.

`default.yaml` shows every key with an explanation.
"""

from __future__ import annotations

import re
from typing import Annotated, Any, Final

from pydantic import AfterValidator, BeforeValidator, Field

from hub.core.model import MAX_EXTERNAL_ID_CHARS, PROFILE_FIELDS, System
from hub.services.documents.values import (
    Count,
    Days,
    FormatOne,
    Name,
    Nullable,
    Part,
    Switch,
    Whole,
    as_value_error,
    check_once,
    describe,
)
from rules.patterns import MAX_PATTERN_CHARS, check_pattern
from rules.policy import (
    Contradiction,
    Criterion,
    FieldPolicy,
    IdentifierType,
    Normaliser,
    PiiClass,
    Policy,
    Power,
)

FORMAT: Final = 1


def _share(value: object) -> float:
    text = str(value)
    if not re.fullmatch(r"[0-9]{1,3}(\.[0-9]{1,12})?", text) or float(text) > 1:
        raise ValueError(f"expected a number from 0 to 1, found {describe(value)}")
    return float(text)


def _pattern(text: str) -> str:
    return as_value_error(check_pattern, text)


def _system(text: str) -> str:
    return as_value_error(System, text)


def _profile_field(name: str) -> str:
    if name not in PROFILE_FIELDS:
        raise ValueError(f"there is no such field of a profile: expected one of {', '.join(PROFILE_FIELDS)}")
    return name


Share = Annotated[float, Field(ge=0, le=1), BeforeValidator(_share)]
Value = Annotated[str, Field(min_length=1, max_length=MAX_EXTERNAL_ID_CHARS)]
Pattern = Annotated[str, Field(min_length=1, max_length=MAX_PATTERN_CHARS), AfterValidator(_pattern)]
ProfileField = Annotated[str, AfterValidator(_profile_field)]
SystemName = Annotated[str, Field(max_length=97), AfterValidator(_system)]


class TypePart(Part):
    """What the hub knows of one type of identifier. / 一种标识的规则。"""

    normaliser: Normaliser = Field(description="How its writings become one value. / 如何把各种写法归为同一个值。")
    power: Power = Field(
        description="strong: one shared value joins records; weak: several together (linking.weak_needed); "
        "never: does not link; household: makes members of one household. / 关联强度。"
    )
    priority: Annotated[int, Field(ge=1, le=10_000), BeforeValidator(Whole(1, 10_000))] = Field(
        description="The order in which types are walked, lowest first; types of one priority go by name. "
        "/ 归并次序，小者优先。"
    )
    scoped: Switch = Field(
        False, description="A value means something in its scope only: an app, a corp, a shop. / 仅在作用域内有意义。"
    )
    max_per_person: Annotated[Count | None, Nullable] = Field(
        None, description="Most values, in one scope, of a person; null: any number. / 每人最多持有个数。"
    )
    max_records: Annotated[Count | None, Nullable] = Field(
        None, description="Most records that may share a value; null: any number. / 同一值最多可被多少条记录共用。"
    )
    contradictions: Annotated[tuple[Contradiction, ...], AfterValidator(check_once)] = Field(
        (), description="Profile fields that speak against a join where they differ. / 不一致时反对归并的资料字段。"
    )
    idle_days: Annotated[Days | None, Nullable] = Field(
        None,
        description="Days without a statement after which a new holder is presumed. / 闲置多少天后视为换了持有人。",
    )
    pii: PiiClass = Field("pseudonym", description="Class of personal data. / 个人信息等级。")
    enabled: Switch = Field(True, description="false: refused at ingest. / 为 false 时拒收。")
    store_value: Switch = Field(True, description="false: only the hash is kept. / 为 false 时只保存哈希。")
    blocked: Annotated[tuple[Value, ...], Field(max_length=5000)] = Field(
        (), description="Values, as they are stored, that are nobody's. / 屏蔽值（规范形式）。"
    )
    blocked_patterns: Annotated[tuple[Pattern, ...], Field(max_length=50)] = Field(
        (), description="Regular expressions of whole values that are nobody's. / 屏蔽值的正则表达式（整体匹配）。"
    )


class LinkingPart(Part):
    """How identifiers work together. / 标识如何共同起作用。"""

    weak_needed: Annotated[int, Field(ge=0, le=10), BeforeValidator(Whole(0, 10))] = Field(
        0,
        description="Weak identifiers of different types that join together; 0: never. / 几个不同类型的弱标识可归并。",
    )
    max_component: Annotated[int, Field(ge=10, le=1_000_000), BeforeValidator(Whole(10, 1_000_000))] = Field(
        2000, description="Most connected records resolved inside of a write. / 写入时即时计算的最大连通记录数。"
    )
    suggest_above: Share = Field(
        0.9, description="Probability from which a steward is asked. / 概率达到多少时请数据管家判断。"
    )
    link_above: Annotated[Share | None, Nullable] = Field(
        None, description="Probability from which records are joined; null: never. / 概率达到多少时自动归并。"
    )


class FieldPart(Part):
    """How a field's surviving value is chosen, after a steward's pin. / 如何选出某一资料字段的值。"""

    criteria: Annotated[tuple[Criterion, ...], Field(min_length=1), AfterValidator(check_once)] = Field(
        ("source", "verified", "recent"), description="Compared in this order. / 依次比较的准则。"
    )
    sources: Annotated[tuple[SystemName, ...], Field(max_length=200), AfterValidator(check_once)] = Field(
        (), description="Systems or kinds of them, the most trusted first. / 系统或系统种类，最可信者在前。"
    )


class SurvivorshipPart(Part):
    """The golden record. / 黄金记录。"""

    default: FieldPart = Field(FieldPart(criteria=("recent",)), description="For all other fields. / 其余字段。")
    fields: dict[ProfileField, FieldPart] = Field(
        default_factory=dict,
        description="Rules for single fields, by name. / 各字段自己的规则。",
        json_schema_extra={"propertyNames": {"enum": [*PROFILE_FIELDS]}},
    )


class PolicyDocument(Part):
    """An identity policy of memberhub. / memberhub 身份识别策略。"""

    format: FormatOne = Field(description="The version of this format, not of the policy. / 文档格式的版本。")
    linking: LinkingPart = LinkingPart()
    survivorship: SurvivorshipPart = SurvivorshipPart()
    types: Annotated[dict[Name, TypePart], Field(min_length=1, max_length=100)] = Field(
        description="The types of identifiers, by name. / 各种标识。",
        json_schema_extra={"additionalProperties": False},
    )

    def to_policy(self) -> Policy:
        """The policy as the rules read it, as version 0."""
        return Policy(
            types={name: make_type(name, part) for name, part in self.types.items()},
            **self.linking.model_dump(),
            default_field=_make_field(self.survivorship.default),
            fields={name: _make_field(part) for name, part in self.survivorship.fields.items()},
        )


def make_type(name: str, part: TypePart) -> IdentifierType:
    """One type as the rules read it."""
    values: dict[str, Any] = {key: getattr(part, key) for key in TypePart.model_fields}
    return IdentifierType(name, **{**values, "blocked": frozenset(part.blocked)})


def _make_field(part: FieldPart) -> FieldPolicy:
    return FieldPolicy(part.criteria, part.sources)


def json_schema() -> dict[str, Any]:
    """The JSON Schema (2020-12) of the document, for editors; `parse_policy` checks more than it can say."""
    schema = PolicyDocument.model_json_schema()
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}
