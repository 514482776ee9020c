from __future__ import annotations

from datetime import datetime

import pytest

from hub.demo.history import History, read_history
from hub.demo.people import BASE_DAY, KINDS, People
from hub.demo.records import list_external_ids
from hub.demo.sales import list_sales

_SEED = 4


@pytest.fixture(scope="module")
def history() -> History:
    return read_history(seed=_SEED, households=8)


def test_each_basket_of_each_person_is_sold_once(history: History) -> None:
    people = People(history, size=24, seed=_SEED)

    for n in range(24):
        sold = [sale.basket.id for kind in people[n].kinds for sale in list_sales(people[n], kind, history, seed=_SEED)]

        assert sorted(sold) == sorted(basket.id for basket in history.baskets(people[n].household))


def test_buyers_are_records_of_the_person_and_only_tills_have_guests(history: History) -> None:
    people = People(history, size=24, seed=_SEED)

    guests = set()
    for person in (people[n] for n in range(24)):
        for kind in person.kinds:
            known = set(list_external_ids(person, kind, seed=_SEED))
            buyers = {sale.customer for sale in list_sales(person, kind, history, seed=_SEED)}
            guests |= {kind for buyer in buyers if not buyer}
            assert buyers - {""} <= known

    assert guests == {"pos"}


def test_sales_are_in_the_year_before_the_base_day(history: History) -> None:
    people = People(history, size=80, seed=_SEED)

    placed = [
        sale.placed
        for n in range(80)
        for kind in people[n].kinds
        for sale in list_sales(people[n], kind, history, seed=_SEED)
    ]

    base = datetime.combine(BASE_DAY, datetime.min.time())
    assert max(placed) < base
    assert (base - min(placed)).days < 366


def test_a_repeated_household_buys_on_other_days(history: History) -> None:
    people = People(history, size=16, seed=_SEED)

    first, again = (
        {
            (sale.basket.id, sale.placed)
            for kind in KINDS
            if kind in person.kinds
            for sale in list_sales(person, kind, history, seed=_SEED)
        }
        for person in (people[2], people[10])
    )

    assert {basket for basket, _ in first} == {basket for basket, _ in again}
    assert not first & again
