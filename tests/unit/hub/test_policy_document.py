"""Policies as documents: what ships, what is refused with its line, what survives a round trip, what differs."""

from __future__ import annotations

import json
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from hub.core.errors import InvalidInput
from hub.core.model import PROFILE_FIELDS
from hub.services.policy import (
    DEFAULT_POLICY,
    DEFAULT_TEXT,
    diff_policies,
    dump_policy,
    json_schema,
    parse_policy,
    read_policy_file,
)
from rules.policy import FieldPolicy, IdentifierType, Policy

SMALL = """\
format: 1
linking:
  weak_needed: 1
  suggest_above: 0.9
survivorship:
  fields:
    name: {criteria: [source, recent], sources: [erp, "tmall:flagship"]}
types:
  phone:
    normaliser: phone
    power: strong
    priority: 200
    max_records: 15
    blocked: [+8613800138000]
    blocked_patterns: ['\\+861[3-9](\\d)\\1{8}']
  masked_phone: {normaliser: masked_phone, power: never, priority: 900}
  card:
    normaliser: folded
    power: weak
    priority: 110
    scoped: true
    max_per_person: 5
"""


def refusal(text: str) -> list[str]:
    with pytest.raises(InvalidInput) as refused:
        parse_policy(text, name="policy.yaml")
    return refused.value.safe_message.splitlines()


def test_every_type_of_a_chinese_retailer_ships() -> None:
    powers = {name: kind.power for name, kind in DEFAULT_POLICY.types.items()}

    strong = {name for name, power in powers.items() if power == "strong"}
    assert strong == {
        "phone", "unionid", "openid", "external_userid", "ouid", "omid", "jd_pin", "jd_open_pin", "douyin_open_id",
        "douyin_union_id", "yz_open_id", "card", "erp_code", "national_id",
    }  # fmt: skip
    assert {name: power for name, power in powers.items() if name not in strong} == {
        "email": "weak",
        "oaid": "never",
        "masked_phone": "never",
        "household": "household",
    }


def test_values_that_mean_something_in_one_place_only_are_scoped() -> None:
    unscoped = {name for name, kind in DEFAULT_POLICY.types.items() if not kind.scoped}

    assert unscoped == {"phone", "masked_phone", "email", "national_id"}


def test_a_national_id_is_off_and_would_be_kept_as_a_hash_only() -> None:
    kind = DEFAULT_POLICY.types["national_id"]

    assert (kind.enabled, kind.store_value, kind.links) == (False, False, False)


def test_a_phone_may_be_recycled_and_its_limits_leave_room_for_a_family() -> None:
    kind = DEFAULT_POLICY.types["phone"]

    assert (kind.max_per_person, kind.max_records, kind.idle_days) == (4, 15, 1095)
    assert kind.contradictions == ("name", "birthday", "gender")


def test_what_ships_explains_each_key_in_both_languages() -> None:
    comments = "\n".join(line.partition("#")[2] for line in DEFAULT_TEXT.splitlines())

    assert all(key in comments for key in json_schema()["$defs"]["TypePart"]["properties"])
    assert "关联强度" in comments


def test_scalars_are_texts_until_the_document_says_otherwise() -> None:
    policy = parse_policy(SMALL)

    assert policy.version == 0
    assert policy.weak_needed == 1
    assert policy.types["phone"] == IdentifierType(
        "phone", "phone", "strong", 200, max_records=15,
        blocked=frozenset({"+8613800138000"}), blocked_patterns=(r"\+861[3-9](\d)\1{8}",),
    )  # fmt: skip
    assert policy.field_policy("name") == FieldPolicy(("source", "recent"), ("erp", "tmall:flagship"))
    assert policy.field_policy("city") == FieldPolicy(("recent",))


@pytest.mark.parametrize(
    ("wrong", "right", "message"),
    [
        ("x", "15", "line 13: types.phone.max_records: expected a whole number of at least 1, found 'x'."),
        ("0", "15", "line 13: types.phone.max_records: expected a whole number of at least 1, found '0'."),
        ("1.5", "15", "line 13: types.phone.max_records: expected a whole number of at least 1, found '1.5'."),
        ("[2]", "15", "line 13: types.phone.max_records: expected a whole number of at least 1, found a list."),
        ("9999999", "15", "line 13: types.phone.max_records: expected a whole number of at most 1000000, found"),
        ("max_record:", "max_records:", "line 13: types.phone.max_record: there is no such key (did you mean max_rec"),
        ("limits:", "max_records:", "line 13: types.phone.limits: there is no such key: expected one of normaliser,"),
        ("normaliser: fone", "normaliser: phone", "line 10: types.phone.normaliser: expected phone, masked_phone, "),
        ("folder", "folded", "found 'folder' (did you mean folded?)."),
        ("power: strange", "power: strong", "found 'strange' (did you mean strong?)."),
        ("scoped: yes", "scoped: true", "line 21: types.card.scoped: expected true or false, found 'yes'."),
        ("suggest_above: 90%", "suggest_above: 0.9", "line 4: linking.suggest_above: expected a number from 0 to 1"),
        ("suggest_above: 1.1", "suggest_above: 0.9", "line 4: linking.suggest_above: expected a number from 0 to 1"),
        ("format: 2", "format: 1", "line 1: format: expected 1, found '2'."),
        ("nam: {", "name: {", "line 7: survivorship.fields.nam: there is no such field of a profile: expected one"),
        ("[source, newest]", "[source, recent]", "line 7: survivorship.fields.name.criteria.1: expected source, "),
        ("[source, source]", "[source, recent]", "line 7: survivorship.fields.name.criteria: source occurs twice."),
        ("criteria: []", "criteria: [source, recent]", "survivorship.fields.name.criteria: expected at least 1, found"),
        ("[recent]", "[source, recent]", "line 7: survivorship.fields.name.sources: these have no effect: add"),
        ("[ERP!, ", "[erp, ", "line 7: survivorship.fields.name.sources.0: 'ERP!' is not a system's name"),
        ("  Card:", "  card:", "line 17: types.Card: a name has 2 to 32 small letters"),
        ("  card: 5\n  fax:", "  card:", "line 17: types.card: expected a table of keys, found '5'."),
        ("    priority: 110\n    priority: 120", "    priority: 110", "line 21: types.card.priority: this key occurs"),
        ("", "    priority: 110\n", "line 17: types.card.priority: this key is missing."),
        ("['(a+)+']", "['\\+861[3-9](\\d)\\1{8}']", "line 15: types.phone.blocked_patterns.0: matching this could ta"),
        ("['(']", "['\\+861[3-9](\\d)\\1{8}']", "line 15: types.phone.blocked_patterns.0: this is no regular express"),
        ("x*", "['\\+861[3-9](\\d)\\1{8}']", "line 15: types.phone.blocked_patterns: expected a list, found 'x*'."),
        ("[13800138000]", "[+8613800138000]", "line 14: types.phone.blocked.0: expected it as it is stored, '+8613800"),
        ("[10086]", "[+8613800138000]", "line 14: types.phone.blocked.0: '10086' can be no value of this type: a"),
        ("['000']", "[+8613800138000]", "line 14: types.phone.blocked.0: '000' is taken for a placeholder anyway"),
        ("[138****8000]", "[+8613800138000]", "line 14: types.phone.blocked.0: expected it as it is stored"),
        ("scoped: true\n    blocked: [A1]", "scoped: true", "line 22: types.card.blocked: a value of a scoped type"),
        ("weak_needed: 2", "weak_needed: 1", "line 3: linking.weak_needed: expected at most 1, which is how many"),
        ("weak_needed: 1\n  link_above: 0.5", "weak_needed: 1", "line 4: linking.link_above: expected at least sugges"),
        ("power: weak", "power: never", "line 16: types.masked_phone.power: expected never, found 'weak': many people"),
        ("  hidden:", "  masked_phone:", "line 8: types: the type masked_phone is missing: the hub relies on it."),
        ("normaliser: opaque", "normaliser: phone", "line 10: types.phone.normaliser: expected phone: the hub relies"),
    ],
)  # fmt: skip
def test_a_mistake_is_named_with_its_line_key_and_what_is_expected(wrong: str, right: str, message: str) -> None:
    assert right in SMALL

    told = refusal(SMALL.replace(right, wrong, 1))

    assert all(line.startswith("policy.yaml, line ") for line in told)
    assert any(message in line for line in told), told


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a: [", "this is not YAML that a policy can be"),
        ("types: {}\nx: *y", "line 2: this is not YAML that a policy can be ("),
        ("a: &x [1]\nb: [*x, *x]", "line 1: this is not YAML that a policy can be (write the value out"),
        ("[" * 20_000, "line 1: this is not YAML that a policy can be (nested more than 20 deep)"),
        ("a: \0", "special characters are not allowed"),
        ("", "a policy starts with `format: 1`"),
        ("- 1", "a policy starts with `format: 1`"),
        ("format: 1\ntypes: {}", "line 2: types: expected at least 1, found none"),
        ("format: 1\ntypes:", "line 2: types: expected a table of keys, found nothing"),
        ("format: 1", "line 1: types: this key is missing"),
        ("#" * 70_000, "policy.yaml has more than 65,536 bytes"),
        ("# " + "字" * 30_000, "policy.yaml has more than 65,536 bytes"),
    ],
)
def test_a_text_that_is_no_policy_is_refused(text: str, message: str) -> None:
    assert message in "\n".join(refusal(text))


def test_a_policy_that_would_dissolve_persons_is_refused() -> None:
    no_strong = SMALL.replace("power: strong", "power: weak")
    switched_off = SMALL.replace("power: strong", "power: strong\n    enabled: false")
    alone = SMALL.replace("max_records: 15", "max_records: 1")

    assert refusal(no_strong) == [
        "policy.yaml, line 8: types: no enabled type is strong: nothing would join records, which would dissolve all "
        "persons."
    ]
    assert "dissolve all persons" in refusal(switched_off)[0]
    assert refusal(alone) == [
        "policy.yaml, line 13: types.phone.max_records: expected at least 2, found 1: a value that one record alone "
        "may have joins nobody, and would dissolve persons. Where this type is not to link, write `power: never`."
    ]


def test_a_type_that_does_not_link_may_be_limited_to_one_record() -> None:
    text = SMALL + "  oaid: {normaliser: opaque, power: never, priority: 900, max_records: 1}\n"

    assert parse_policy(text).types["oaid"].max_records == 1


def test_of_a_national_id_only_the_hash_may_be_kept() -> None:
    text = SMALL + "  national_id: {normaliser: national_id, power: strong, priority: 120}\n"

    assert refusal(text) == [
        "policy.yaml, line 23: types.national_id.store_value: expected false: of a national id only the hash may be "
        "kept."
    ]


def test_types_may_share_a_priority() -> None:
    parse_policy(SMALL.replace("priority: 110", "priority: 200"))


def test_all_mistakes_are_told_at_once_in_the_order_of_their_lines() -> None:
    text = (
        SMALL.replace("0.9", "9")
        .replace("max_records: 15", "max_records: 1")
        .replace("[+8613800138000]", "[1]")
        .replace("power: weak", "power: wek")
        .replace("max_per_person: 5", "max_per_person: 5\n    max_per_person: 6")
    )

    places = [line.split(": ")[0:2] for line in refusal(text)]

    assert places == [
        ["policy.yaml, line 4", "linking.suggest_above"],
        ["policy.yaml, line 13", "types.phone.max_records"],
        ["policy.yaml, line 14", "types.phone.blocked.0"],
        ["policy.yaml, line 19", "types.card.power"],
        ["policy.yaml, line 23", "types.card.max_per_person"],
    ]


def test_a_mistake_does_not_hide_another_in_the_same_type() -> None:
    text = SMALL.replace("max_records: 15", "max_records: x").replace("[+8613800138000]", "[1]")

    assert [line.split(":")[0] for line in refusal(text)] == ["policy.yaml, line 13", "policy.yaml, line 14"]


def test_many_mistakes_are_counted_but_not_all_told() -> None:
    told = refusal(SMALL + "".join(f"    key{number}: 1\n" for number in range(200)))

    assert len(told) == 26
    assert told[-1] == "policy.yaml: and 175 more mistakes."


def test_what_ships_reads_back_from_its_canonical_form() -> None:
    assert parse_policy(dump_policy(DEFAULT_POLICY)) == DEFAULT_POLICY


def test_small_shares_are_written_as_they_are_read() -> None:
    policy = replace(DEFAULT_POLICY, suggest_above=0.00001, link_above=1.0)

    assert "suggest_above: 0.00001\n" in dump_policy(policy)
    assert parse_policy(dump_policy(policy)) == policy


def test_the_canonical_form_is_the_same_for_equal_policies() -> None:
    policy = parse_policy(SMALL)
    reordered = replace(policy, types=dict(reversed(list(policy.types.items()))))

    assert dump_policy(policy) == dump_policy(reordered)
    assert dump_policy(parse_policy(dump_policy(policy))) == dump_policy(policy)


names = st.from_regex(r"[a-z][a-z0-9_]{1,31}", fullmatch=True)
limits = st.none() | st.integers(2, 1_000_000)
types = st.builds(
    IdentifierType,
    st.just(""),
    st.sampled_from(["opaque", "folded"]),
    st.sampled_from(["strong", "weak", "never", "household"]),
    st.integers(1, 10_000),
    scoped=st.just(True),
    max_per_person=limits,
    max_records=limits,
    contradictions=st.lists(st.sampled_from(["name", "birthday", "gender"]), unique=True).map(tuple),
    idle_days=st.none() | st.integers(1, 36_500),
    pii=st.sampled_from(["direct", "pseudonym", "none"]),
    enabled=st.booleans(),
    store_value=st.booleans(),
    blocked_patterns=st.lists(st.sampled_from(["0+", "null", "~", "[: #]", "'\"", "1e5"]), max_size=3).map(tuple),
)
fields = st.dictionaries(
    st.sampled_from(PROFILE_FIELDS),
    st.builds(
        FieldPolicy,
        st.permutations(["source", "verified", "recent"]).map(tuple),
        st.lists(st.sampled_from(["pos", "erp", "tmall:flagship", "no"]), unique=True).map(tuple),
    ),
)


@given(st.dictionaries(names, types, max_size=5), fields, st.floats(0, 0.9), st.none() | st.floats(0.9, 1))
def test_every_policy_reads_back_from_its_canonical_form(
    kinds: dict[str, IdentifierType], survivorship: dict[str, FieldPolicy], suggest: float, link: float | None
) -> None:
    own = {name: replace(kind, name=name) for name, kind in kinds.items()}
    policy = replace(
        DEFAULT_POLICY,
        types={**own, **DEFAULT_POLICY.types},
        fields=survivorship,
        suggest_above=round(suggest, 6),
        link_above=link and round(link, 6),
    )

    assert parse_policy(dump_policy(policy)) == policy


def test_a_bomb_of_repeated_parts_is_not_unfolded() -> None:
    bomb = "a: &a [x,x]\n" + "".join(f"{b}: &{b} [*{a},*{a}]\n" for a, b in zip("abcdefgh", "bcdefghi", strict=True))

    assert "no anchors and aliases" in refusal(bomb)[0]


def test_the_schema_takes_what_ships_and_refuses_what_does_not_fit() -> None:
    schema = json.loads(json.dumps(json_schema()))
    document: dict[str, Any] = yaml.safe_load(dump_policy(DEFAULT_POLICY))
    draft: Any = import_module("jsonschema").Draft202012Validator  # without types
    draft.check_schema(schema)
    validator = draft(schema)

    assert list(validator.iter_errors(document)) == []
    for wrong in (
        {**document, "format": 2},
        {**document, "type": {}},
        {**document, "types": {"Card": document["types"]["card"]}},
        {**document, "types": {"card": {**document["types"]["card"], "power": "iron"}}},
        {**document, "types": {"card": {**document["types"]["card"], "max_records": 0}}},
        {**document, "survivorship": {"fields": {"nam": {}}}},
    ):
        assert list(validator.iter_errors(wrong)), wrong


def test_equal_policies_have_no_difference_whatever_their_versions() -> None:
    assert diff_policies(DEFAULT_POLICY, replace(DEFAULT_POLICY, version=7)) == []


def test_each_changed_field_is_one_line_for_people() -> None:
    old = parse_policy(SMALL)
    new = parse_policy(
        SMALL.replace("weak_needed: 1", "weak_needed: 0")
        .replace("max_records: 15", "max_records: null\n    contradictions: [name, gender]")
        .replace("[+8613800138000]", "[+8613000000000, +8613800138001]")
        .replace("scoped: true", "scoped: false")
        .replace("sources: [erp", "sources: [pos")
        .replace("  card:", "  fax:")
    )

    assert [str(change) for change in diff_policies(old, new)] == [
        "linking.weak_needed: 1 -> 0",
        "survivorship.fields.name.sources: [erp, tmall:flagship] -> [pos, tmall:flagship]",
        "types.card: removed (folded, weak)",
        "types.fax: added (folded, weak)",
        "types.phone.max_records: 15 -> null",
        "types.phone.contradictions: [] -> [name, gender]",
        "types.phone.blocked: removed +8613800138000",
        "types.phone.blocked: added +8613000000000, +8613800138001",
    ]


def test_many_blocked_values_are_counted() -> None:
    more = frozenset(f"+86138000000{number:02d}" for number in range(9))

    [change] = diff_policies(DEFAULT_POLICY, DEFAULT_POLICY.with_blocked("phone", more))

    assert str(change).endswith("+8613800000004 and 4 more")


def test_a_field_with_rules_of_its_own_is_an_addition() -> None:
    new = Policy(DEFAULT_POLICY.types, fields={"name": FieldPolicy(("recent",))})

    [change] = diff_policies(DEFAULT_POLICY, new)

    assert str(change) == "survivorship.fields.name: added (criteria [recent], sources [])"


def test_a_file_that_is_no_text_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "policy.yaml"

    with pytest.raises(InvalidInput, match="cannot be read"):
        read_policy_file(path)
    path.write_bytes("# 策略".encode("gb18030"))
    with pytest.raises(InvalidInput, match="save the policy as UTF-8"):
        read_policy_file(path)
    path.write_bytes(b"#" * 70_000)
    with pytest.raises(InvalidInput, match="more than 65,536 bytes"):
        read_policy_file(path)
    path.write_text("\ufeffformat: 1")
    assert read_policy_file(path) == "format: 1"


@pytest.mark.parametrize(
    ("found", "instead", "line"),
    [
        ("  weak_needed: 1", '  "a\\udc00": 1', 3),
        ("  card:", '  "x\\ud800":', 17),
        ("[+8613800138000]", '["a\\ud83d"]', 14),
    ],
)
def test_half_a_character_is_told_with_its_line(found: str, instead: str, line: int) -> None:
    [told] = refusal(SMALL.replace(found, instead))

    assert told.startswith(f"policy.yaml, line {line}: this is not YAML that a policy can be (half of a character")
