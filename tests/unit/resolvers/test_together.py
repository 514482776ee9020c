"""What is read of a person in one go."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from graph.orders import PageStart
from graph.person_parts import Parts
from hub.services.programme.shipped import shipped_programme
from resolvers.keys import MemberKey, PageKey
from resolvers.together import Wanted, group_by_wanted

PROGRAMME = shipped_programme(ZoneInfo("Asia/Shanghai"))


def test_what_fields_ask_of_one_person_becomes_parts() -> None:
    asked = [
        ("descriptions", "a"),
        ("accounts", "a"),
        ("members", MemberKey.of(PROGRAMME, "a")),
        ("order_pages", PageKey("a", None, 6)),
        ("totals", "a"),
    ]

    assert Wanted.of(asked).parts == Parts(True, True, PROGRAMME.name, 6)


def test_only_the_newest_orders_are_a_part() -> None:
    later = PageKey("a", PageStart(1, "o"), 6)
    oldest = PageKey("a", None, 6, backward=True)

    assert not any(Wanted.of([("order_pages", later), ("order_pages", oldest)]))


def test_who_is_asked_for_one_thing_only_is_left_to_its_loader() -> None:
    asked = [("accounts", "a"), ("accounts", "b"), ("descriptions", "b"), ("accounts", "c"), ("descriptions", "c")]

    assert group_by_wanted(asked) == {Wanted(evidence=True, accounts=True): ["b", "c"]}


def test_persons_who_are_asked_for_the_same_are_read_together() -> None:
    asked = [
        (loader, key)
        for person in "ab"
        for loader, key in (("members", MemberKey.of(PROGRAMME, person)), ("order_pages", PageKey(person, None, 3)))
    ]

    assert group_by_wanted(asked) == {Wanted(member=MemberKey.of(PROGRAMME, ""), orders=3): ["a", "b"]}
