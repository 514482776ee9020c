"""Groups of records: what they hold together, and what keeps them apart."""

from __future__ import annotations

import pytest

from rules.component import HeldIdentifier, RecordEvidence
from rules.groups import Barrier, GroupSet
from rules.policy import IdentifierType, Policy

POLICY = Policy(
    types={
        "unionid": IdentifierType("unionid", "opaque", "strong", 10, scoped=True, max_per_person=1),
        "card": IdentifierType("card", "folded", "strong", 50, max_per_person=2),
        "email": IdentifierType("email", "email", "weak", 200),
    }
)


def group_set(**held: str) -> GroupSet:
    """One record for each argument: `a="unionid:shop1:u1 card::c1"`."""
    return GroupSet(
        [
            RecordEvidence(
                record,
                f"id-{9 - number}",
                tuple(
                    HeldIdentifier(value, kind, scope)
                    for kind, scope, value in (one.split(":") for one in said.split())
                ),
                {"name": record},
            )
            for number, (record, said) in enumerate(held.items())
        ],
        POLICY,
    )


def join(groups: GroupSet, *records: str) -> None:
    for other in records[1:]:
        groups.merge(groups.of(records[0]), groups.of(other))


@pytest.mark.parametrize(
    ("a", "b", "barrier"),
    [
        ("", "", None),
        ("unionid:s:1", "unionid:s:1", None),
        ("unionid:s:1", "unionid:s:2", Barrier("limit", "unionid")),
        ("unionid:s:1", "unionid:t:2", None),
        ("card::1 card::2", "card::2 card::1", None),
        ("card::1", "card::2", None),
        ("card::1 card::2", "card::3", Barrier("limit", "card")),
        ("card::1 card::2 card::3", "card::3", None),
        ("card::1 card::2 card::3", "card::4", Barrier("limit", "card")),
        ("email::1 email::2", "email::3 email::4", None),
        ("card::1 card::2 unionid:s:1", "card::3 unionid:s:2", Barrier("limit", "card")),
    ],
)
def test_a_limit_keeps_apart_who_would_hold_more_together_than_each_does(
    a: str, b: str, barrier: Barrier | None
) -> None:
    groups = group_set(a=a, b=b)

    assert groups.barrier(groups.of("a"), groups.of("b")) == barrier
    assert groups.barrier(groups.of("b"), groups.of("a")) == barrier


def test_limits_are_broken_by_all_together_where_no_two_break_them() -> None:
    groups = group_set(a="card::1 unionid:s:1", b="card::2 unionid:s:1", c="card::3 unionid:t:2")
    three = [groups.of(record) for record in "abc"]

    assert groups.broken_limits(three) == ["card"]
    assert groups.broken_limits(three[:2]) == []
    assert groups.broken_limits([]) == []


def test_every_broken_limit_is_named_once() -> None:
    groups = group_set(a="unionid:s:1 unionid:t:1 card::1", b="unionid:s:2 unionid:t:2 card::2 card::3")

    assert groups.broken_limits([groups.of("a"), groups.of("b")]) == ["card", "unionid"]


def test_who_is_kept_apart_stays_so_in_whatever_group() -> None:
    groups = group_set(a="", b="", c="", d="", e="")
    groups.part("a", "b")

    join(groups, "c", "d", "a")
    join(groups, "e", "b")

    assert groups.parted(groups.of("c"), groups.of("e"))
    assert groups.parted(groups.of("e"), groups.of("c"))
    assert groups.barrier(groups.of("d"), groups.of("b")) == Barrier("ruling", "ruling")


def test_a_ruling_is_told_before_a_limit() -> None:
    groups = group_set(a="unionid:s:1", b="unionid:s:2")
    groups.part("a", "b")

    assert groups.barrier(groups.of("a"), groups.of("b")) == Barrier("ruling", "ruling")


def test_a_merged_group_holds_what_its_records_held() -> None:
    groups = group_set(a="card::1", b="unionid:s:1 card::2", c="email::1")

    join(groups, "c", "b", "a")

    group = groups.of("c")
    assert [groups.of(record) for record in "abc"] == [group] * 3
    assert (group.records, group.first, group.person_id) == ({"a", "b", "c"}, "a", "id-7")
    assert group.held == {("card", ""): {"1", "2"}, ("unionid", "s"): {"1"}}
    assert group.traits.values == {"name": {"a", "b", "c"}}


def test_every_group_is_listed_once_and_only_known_records_are_in() -> None:
    groups = group_set(a="", b="", c="")

    join(groups, "a", "c")

    assert sorted(sorted(group.records) for group in groups.all()) == [["a", "c"], ["b"]]
    assert "a" in groups
    assert "z" not in groups
