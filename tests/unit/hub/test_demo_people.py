from __future__ import annotations

from collections import Counter

import pytest

from hub.demo.history import History, read_history
from hub.demo.people import BASE_DAY, People
from hub.demo.records import write_records


@pytest.fixture(scope="module")
def history() -> History:
    return read_history(seed=1, households=50)


@pytest.fixture(scope="module")
def people(history: History) -> People:
    return People(history, size=2000, seed=1)


def test_a_person_is_the_same_in_a_larger_crowd(history: History) -> None:
    few, many = People(history, size=50, seed=1), People(history, size=5_000_000, seed=1)

    assert [few[n] for n in range(50)] == [many[n] for n in range(50)]


def test_another_seed_invents_other_people(history: History, people: People) -> None:
    other = People(history, size=2000, seed=2)

    assert all(people[n].phone != other[n].phone for n in range(50))


def test_persons_beyond_the_households_take_the_baskets_of_one_again(people: People) -> None:
    assert (people[7].household, people[7].turn) == (7, 0)
    assert (people[107].household, people[107].turn) == (7, 2)


def test_a_phone_belongs_to_one_person_or_to_one_family(people: People) -> None:
    owners = Counter(people[n].phone for n in range(2000) if people[n].part != "family")

    assert set(owners.values()) == {1}


def test_a_family_shares_its_phone_its_surname_and_its_home(people: People) -> None:
    first, second = people[7], people[8]

    assert first.part == second.part == "family"
    assert (first.phone, first.name.surname, first.place) == (second.phone, second.name.surname, second.place)


def test_a_given_up_number_goes_to_the_next_person_months_later(people: People) -> None:
    former, new = people[21], people[22]

    old_rows = [row for kind in former.kinds for row in write_records(former, kind, seed=1)]
    new_rows = [row for kind in new.kinds for row in write_records(new, kind, seed=1)]

    assert former.former_phone == new.phone != former.phone
    last_of_old = max(row.modified for row in old_rows if row.phone == new.phone)
    assert all(row.phone == new.phone and (row.modified - last_of_old).days > 120 for row in new_rows)
    assert any(row.phone == former.phone for row in old_rows)


def test_a_guide_signs_up_dozens_and_hands_over_to_the_next(people: People, history: History) -> None:
    crowd = People(history, size=10_000, seed=1)
    signed_up = Counter(crowd[n].sign_up_phone for n in range(13, 10_000, 40))

    assert "" not in signed_up
    assert max(signed_up.values()) == 60
    assert len(signed_up) == 5
    assert all("pos" in crowd[n].kinds for n in range(13, 10_000, 40))


def test_everyone_buys_in_one_to_four_systems_and_every_number_occurs(people: People) -> None:
    counts = Counter(len(people[n].kinds) for n in range(2000))

    assert sorted(counts) == [1, 2, 3, 4]
    assert all(people[n].affinity[-1] == pytest.approx(1) for n in range(2000))


def test_everyone_is_grown_up_and_born_before_the_base_day(people: People) -> None:
    ages = [(BASE_DAY - people[n].birthday).days / 365.25 for n in range(2000)]

    assert min(ages) > 18.9
    assert max(ages) < 78
