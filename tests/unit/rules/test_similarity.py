"""What speaks against joining two persons who are alike."""

from __future__ import annotations

from itertools import count

import pytest

from hub.services.policy import DEFAULT_POLICY
from rules.component import HeldIdentifier, RecordEvidence
from rules.similarity import find_objections

_numbers = count()


def one(*claims: tuple[str, str], scope: str = "s", **profile: str) -> RecordEvidence:
    held = tuple(HeldIdentifier(f"{kind}:{value}", kind, scope) for kind, value in claims)
    return RecordEvidence(f"r{next(_numbers)}", "b", held, profile)


@pytest.mark.parametrize(
    ("left", "right", "expected"),
    [
        ([one(("unionid", "1"))], [one(("unionid", "2"))], ("unionid",)),
        ([one(("unionid", "1"))], [one(("unionid", "1"))], ()),
        ([one(("unionid", "1"))], [one(("unionid", "2"), scope="t")], ()),
        ([one(("unionid", "1")), one(("unionid", "2"))], [one(("unionid", "1"))], ()),
        ([one(gender="male")], [one(gender="female")], ("gender",)),
        ([one(gender="male", name="王小明")], [one(gender="female", name="王小明")], ()),
        ([one(birthday="1990-01-02")], [one(), one(birthday="1991-01-02")], ("birthday",)),
        ([one(("unionid", "1"), name="王小明")], [one(("unionid", "2"), name="李丽")], ("unionid", "name")),
    ],
)
def test_limits_and_contradictions_are_named(
    left: list[RecordEvidence], right: list[RecordEvidence], expected: tuple[str, ...]
) -> None:
    assert find_objections(DEFAULT_POLICY, left, right) == expected
    assert find_objections(DEFAULT_POLICY, right, left) == expected


def test_as_many_as_the_policy_allows_are_no_objection() -> None:
    phones = [one(*(("phone", str(at)) for at in numbers)) for numbers in (range(2), range(2, 4), range(4, 5))]

    assert find_objections(DEFAULT_POLICY, phones[:1], phones[1:2]) == ()
    assert find_objections(DEFAULT_POLICY, phones[:2], phones[2:]) == ("phone",)
