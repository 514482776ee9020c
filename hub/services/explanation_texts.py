"""The phrases of explanations: each in English and in Chinese."""

from __future__ import annotations

from typing import Final

TYPES: Final = {
    "phone": ("phone", "手机号"),
    "masked_phone": ("partly hidden phone", "脱敏手机号"),
    "email": ("email", "邮箱"),
    "card": ("member card", "会员卡号"),
    "erp_code": ("ERP code", "ERP 编码"),
    "national_id": ("national id", "身份证号"),
    "external_userid": ("WeCom external_userid", "企业微信客户 ID"),
    "household": ("household", "家庭编号"),
}
FIELDS: Final = {"name": ("name", "姓名"), "birthday": ("birthday", "生日"), "gender": ("gender", "性别")}
PHRASES: Final = {
    "comma": (", ", "，"),
    "semicolon": ("; ", "；"),
    "scope": (" ({scope})", "（{scope}）"),
    "identifier": ("{type}{scope} {masked}", "{type}{scope} {masked}"),
    "proof": ("{record} since {day} ({extras})", "{record} 自 {day} 起（{extras}）"),
    "last_stated": ("last stated {day}", "最近一次 {day}"),
    "until": ("until {day}", "至 {day} 止"),
    "verified": ("verified", "已验证"),
    "unverified": ("not verified", "未验证"),
    "source": ("from {source}", "来源 {source}"),
    "more_claims": ("and {count} more", "另有 {count} 条"),
    "more_records": ("{count} more records", "另外 {count} 条记录"),
    "company": (" together with the {others}", "，并同时共用 {others}"),
    "decision_id": ("decision {id}", "决定 {id}"),
    "author": ("by {author}", "{author} 作出"),
    "decided": ("on {day}", "时间 {day}"),
    "reason": ("because: {reason}", "理由：{reason}"),
    "same": (
        "{left} is one record of the person {person} (policy version {version}).",
        "{left} 是同一条记录，属于自然人 {person}（策略版本 {version}）。",
    ),
    "together": (
        "{left} and {right} are one person, {person} (policy version {version}).",
        "{left} 与 {right} 是同一个人，编号 {person}（策略版本 {version}）。",
    ),
    "apart": (
        "{left} and {right} are two persons (policy version {version}).",
        "{left} 与 {right} 是两个人（策略版本 {version}）。",
    ),
    "apart_nothing": (
        "{left} and {right} are two persons: no identifier and no decision connects them (policy version {version}).",
        "{left} 与 {right} 是两个人：没有任何共同的标识或人工决定将其关联（策略版本 {version}）。",
    ),
    "beyond_together": (
        "{left} and {right} count to one person, {person}, but are connected to more than {bound} records, too many to "
        "be explained at once (policy version {version}).",
        "{left} 与 {right} 归于同一个人 {person}，但关联的记录超过 {bound} 条，无法一次性解释（策略版本 {version}）。",
    ),
    "beyond_apart": (
        "{left} and {right} count to two persons, but are connected to more than {bound} records, too many to be "
        "explained at once (policy version {version}).",
        "{left} 与 {right} 归于两个人，但关联的记录超过 {bound} 条，无法一次性解释（策略版本 {version}）。",
    ),
    "tree": (
        "The person {person} has {records} records, joined to {root} (policy version {version}).",
        "自然人 {person} 有 {records} 条记录，均关联到 {root}（策略版本 {version}）。",
    ),
    "tree_alone": (
        "The person {person} has one record, {root} (policy version {version}).",
        "自然人 {person} 只有一条记录 {root}（策略版本 {version}）。",
    ),
    "tree_beyond": (
        "The person {person} has {records} records and is connected to more than {bound}, too many to be explained at "
        "once (policy version {version}).",
        "自然人 {person} 有 {records} 条记录，关联的记录超过 {bound} 条，无法一次性解释（策略版本 {version}）。",
    ),
    "unsettled": (
        "The stored persons do not say so yet: a change is still being worked in.",
        "已存储的归属尚未与此一致：有变更仍在处理中。",
    ),
    "step": (
        "{left} and {right} share the {identifier}{company}: {proofs}.",
        "{left} 与 {right} 共用{identifier}{company}：{proofs}。",
    ),
    "step_decision": (
        "A steward decided that {left} and {right} are one person ({decision}).",
        "数据管家认定 {left} 与 {right} 是同一个人（{decision}）。",
    ),
    "decision": (
        "A steward decided that {left} and {right} are two persons ({decision}).",
        "数据管家认定 {left} 与 {right} 是两个人（{decision}）。",
    ),
    "conflict": (
        "A steward decided that {left} and {right} are one person, which contradicts other decisions ({decision}).",
        "数据管家认定 {left} 与 {right} 是同一个人，但与其他决定相矛盾（{decision}）。",
    ),
    "overruled": (
        "{left} and {right} share the {identifier}, but a steward's decision outranks it: {proofs}.",
        "{left} 与 {right} 共用{identifier}，但人工决定优先：{proofs}。",
    ),
    "limit": (
        "{left} and {right} share the {identifier}, but the person would hold {count} values of {limited} where at "
        "most {limit} are allowed: {proofs}.",
        "{left} 与 {right} 共用{identifier}，但合并后{limited}会有 {count} 个，上限为 {limit} 个：{proofs}。",
    ),
    "contradicted": (
        "{left} and {right} share the {identifier}, but their profiles contradict each other ({fields}): {proofs}.",
        "{left} 与 {right} 共用{identifier}，但客户资料相互矛盾（{fields}）：{proofs}。",
    ),
    "contradicting": (
        ", and their profiles contradict each other ({fields})",
        "，且客户资料相互矛盾（{fields}）",
    ),
    "recycled": (
        "{left} and {right} both hold the {identifier}, but it was given up on {day} between the one and the other"
        "{contradicting}: {proofs}.",
        "{left} 与 {right} 都持有{identifier}，但该标识在两者之间于 {day} 被放弃{contradicting}：{proofs}。",
    ),
    "idle": (
        "{left} and {right} both hold the {identifier}, but it lay idle from {day} until the other got it"
        "{contradicting}: {proofs}.",
        "{left} 与 {right} 都持有{identifier}，但自 {day} 起长期闲置后才由另一方使用{contradicting}：{proofs}。",
    ),
    "undecided": (
        "{left} and {right} share the {identifier} with people whose profiles contradict each other ({fields}), and "
        "nothing tells which of them these two are: {proofs}.",
        "{left} 与 {right} 共用{identifier}，但该标识由资料相互矛盾（{fields}）的多人共用，尚无法判断归属：{proofs}。",
    ),
    "undecided_limited": (
        "{left} and {right} share the {identifier} with others, together {count} values of {limited} where a person "
        "may hold at most {limit}, and nothing tells which of these people they are: {proofs}.",
        "{left} 与 {right} 和他人共用{identifier}，合计有 {count} 个{limited}，而一个人最多 {limit} 个，"
        "尚无法判断归属：{proofs}。",
    ),
    "undecided_ruled": (
        "{left} and {right} share the {identifier} with records that a steward keeps apart, and nothing tells which of "
        "these people they are: {proofs}.",
        "{left} 与 {right} 共用{identifier}，但人工已决定将其他共用者分开，尚无法判断归属：{proofs}。",
    ),
    "undecided_barely": (
        "{left} and {right} share the {identifier}, but the evidence does not decide whether they are one: {proofs}.",
        "{left} 与 {right} 共用{identifier}，但现有证据不足以判断是否同一个人：{proofs}。",
    ),
    "quarantined": (
        "{left} and {right} share the {identifier}, which is quarantined: {count} records claim it where at most "
        "{limit} may: {proofs}.",
        "{left} 与 {right} 共用{identifier}，但该标识已被隔离：有 {count} 条记录声明，上限为 {limit} 条：{proofs}。",
    ),
    "blocked": (
        "{left} and {right} share the {identifier}, a blocked value that is nobody's own: {proofs}.",
        "{left} 与 {right} 共用{identifier}，但该值已被屏蔽，不属于任何个人：{proofs}。",
    ),
    "weak_few": (
        "{left} and {right} share the {identifier}, which is weak: {count} types of weak identifiers are shared where "
        "{limit} are needed: {proofs}.",
        "{left} 与 {right} 共用{identifier}，但属于弱标识：共用 {count} 类，需要 {limit} 类：{proofs}。",
    ),
    "weak_never": (
        "{left} and {right} share the {identifier}, which is weak, and weak identifiers join nobody by this policy: "
        "{proofs}.",
        "{left} 与 {right} 共用{identifier}，但属于弱标识，按当前策略弱标识不合并客户：{proofs}。",
    ),
    "household": (
        "{left} and {right} share the {identifier}, which makes them one household and not one person: {proofs}.",
        "{left} 与 {right} 共用{identifier}，只表示同一家庭，不表示同一个人：{proofs}。",
    ),
    "never": (
        "{left} and {right} share the {identifier}, of a type that never links people: {proofs}.",
        "{left} 与 {right} 共用{identifier}，但该类型的标识从不用于关联客户：{proofs}。",
    ),
    "disabled": (
        "{left} and {right} share the {identifier}, of a type that the policy does not use: {proofs}.",
        "{left} 与 {right} 共用{identifier}，但当前策略未启用该类型的标识：{proofs}。",
    ),
    "ended": (
        "{left} and {right} both claimed the {identifier}, but not any more since {day}: {proofs}.",
        "{left} 与 {right} 都曾声明{identifier}，但自 {day} 起不再共用：{proofs}。",
    ),
}
