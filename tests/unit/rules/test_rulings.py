"""Which rulings contradict each other, what speaks against one, and that ids survive any number of them."""

from __future__ import annotations

from itertools import pairwise
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.component import HeldIdentifier, RecordEvidence, Ruling
from rules.partition import Refusal, resolve
from rules.policy import IdentifierType, Policy
from rules.rulings import find_basis, find_obstacle, is_doubted

POLICY = Policy(
    types={
        "card": IdentifierType("card", "folded", "strong", 110),
        "phone": IdentifierType("phone", "phone", "strong", 200),
    }
)
RECORDS = [f"r{number}" for number in range(6)]


def ruling(id_: str, left: str, right: str, *, apart: bool = False) -> Ruling:
    one, two = sorted((left, right))
    return Ruling(id_, one, two, apart)


def refusal(kind: str, *reasons: str) -> Refusal:
    return Refusal(
        "ruling", "key", kind, (frozenset({"a", "a2"}), frozenset({"b"})), reasons or ("ruling",), open=False
    )


def test_to_keep_apart_contradicts_the_shortest_chain_of_must_links() -> None:
    known = [ruling("1", "a", "b"), ruling("2", "b", "c"), ruling("3", "c", "d"), ruling("4", "a", "d")]

    assert find_obstacle(known, ruling("", "a", "c", apart=True)) == ("1", "2")
    assert find_obstacle(known, ruling("", "a", "d", apart=True)) == ("4",)
    assert find_obstacle(known, ruling("", "a", "e", apart=True)) == ()


def test_to_make_one_contradicts_what_lies_between_the_two_chains() -> None:
    known = [
        ruling("1", "a", "b"),
        ruling("2", "c", "d"),
        ruling("3", "b", "d", apart=True),
        ruling("4", "a", "e", apart=True),
    ]

    assert find_obstacle(known, ruling("", "a", "c")) == ("3",)
    assert find_obstacle(known, ruling("", "e", "c")) == ()
    assert find_obstacle(known, ruling("", "e", "b")) == ("4",)


@given(
    st.lists(
        st.tuples(st.lists(st.sampled_from(RECORDS), min_size=2, max_size=2, unique=True), st.booleans()), max_size=20
    )
)
def test_rulings_without_obstacles_are_all_obeyed(asked: list[tuple[list[str], bool]]) -> None:
    known: list[Ruling] = []
    for number, ((left, right), apart) in enumerate(asked):
        wanted = ruling(str(number), left, right, apart=apart)
        if not find_obstacle(known, wanted):
            known.append(wanted)

    evidence = [RecordEvidence(record, record, (HeldIdentifier("x", "phone"),)) for record in RECORDS]
    found = resolve(evidence, POLICY, rulings=known)

    place = {record: group.person_id for group in found.groups for record in group.records}
    assert all((place[one.left] != place[one.right]) is one.apart for one in known)
    assert not any(one.kind == "conflict" for one in found.refusals)


def test_a_ruling_is_given_against_the_strongest_type_that_it_overrules() -> None:
    between = ruling("1", "a", "b", apart=True)

    assert find_basis(POLICY, [refusal("phone"), refusal("card")], between) == 110
    assert find_basis(POLICY, [refusal("phone")], between) == 200
    assert find_basis(POLICY, [refusal("phone", "name")], between) is None
    assert find_basis(POLICY, [refusal("phone")], ruling("1", "a", "a2", apart=True)) is None


@pytest.mark.parametrize(
    ("basis", "kind", "reasons", "doubted"),
    [
        (200, "card", ("ruling",), True),
        (200, "phone", ("ruling",), False),
        (110, "card", ("ruling",), False),
        (None, "phone", ("ruling",), True),
        (200, "card", ("name", "ruling"), False),
        (200, "gone", ("ruling",), False),
    ],
)
def test_only_stronger_evidence_that_nothing_else_contradicts_is_a_doubt(
    basis: int | None, kind: str, reasons: tuple[str, ...], doubted: bool
) -> None:
    between = ruling("1", "a", "b", apart=True)

    assert is_doubted(POLICY, refusal(kind, *reasons), [between], {"1": basis}) is doubted


def test_every_ruling_between_two_sides_has_to_be_weaker() -> None:
    known = [ruling("1", "a", "b", apart=True), ruling("2", "a2", "b", apart=True)]

    assert not is_doubted(POLICY, refusal("card"), known, {"1": 200, "2": 110})
    assert is_doubted(POLICY, refusal("card"), known, {"1": 200, "2": 200})


def test_after_thousands_of_merges_and_splits_every_id_resolves_to_one_living_person() -> None:
    """Evidence and rulings come and go; whoever was born first in a group answers for it."""
    chooser = Random(20261125)
    records = [f"r{number:02d}" for number in range(40)]
    births = {record: f"id{chooser.random():.12f}" for record in records}
    held: dict[str, set[str]] = {record: set() for record in records}
    rulings: dict[str, Ruling] = {}
    given_out: set[str] = set(births.values())

    for step in range(4000):
        match chooser.randrange(4):
            case 0:
                held[chooser.choice(records)] ^= {f"p{chooser.randrange(20)}"}
            case 1 if rulings:
                del rulings[chooser.choice(sorted(rulings))]
            case _:
                left, right = chooser.sample(records, 2)
                wanted = ruling(f"d{step}", left, right, apart=chooser.random() < 0.5)
                if not find_obstacle(rulings.values(), wanted):
                    rulings[wanted.id] = wanted
        if len(rulings) > 30:
            del rulings[min(rulings)]

        found = resolve(
            [
                RecordEvidence(
                    record, births[record], tuple(HeldIdentifier(key, "phone") for key in sorted(held[record]))
                )
                for record in records
            ],
            POLICY,
            rulings=rulings.values(),
        )

        living = [group.person_id for group in found.groups]
        answers = {births[record]: group.person_id for group in found.groups for record in group.records}
        assert len(set(living)) == len(living)
        assert answers.keys() == given_out
        assert set(answers.values()) == set(living)
        assert all(answers[person] == person and person <= birth for birth, person in answers.items())


def test_a_chain_of_a_thousand_is_no_trouble() -> None:
    names = [f"n{number:04d}" for number in range(1000)]
    chain = [ruling(f"{at:04d}", one, two) for at, (one, two) in enumerate(pairwise(names))]

    assert len(find_obstacle(chain, ruling("", names[0], names[-1], apart=True))) == 999
