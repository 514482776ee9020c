"""What a client may ask for in a while."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.requests import Request

from hub.core.settings import Settings
from hub.http.buckets import Buckets, name_client
from resolvers.metering import Throttled, count_actual
from tests.support.served import make_app

DEEP = "{ __schema { types { fields { name } } } }"  # asks for 3 objects, and gets more
NONE = "query ($no: Boolean!) { __schema @skip(if: $no) { types { name } } }"


class Clock:
    now_s = 100.0

    def __call__(self) -> float:
        return self.now_s


def test_what_is_used_flows_back_up_to_the_brim() -> None:
    clock = Clock()
    buckets = Buckets(100, 10, clock)

    buckets.take("a", 80)
    assert (buckets.available("a"), buckets.available("b")) == (20, 100)
    clock.now_s += 3
    assert buckets.available("a") == 50
    clock.now_s += 1000
    assert buckets.available("a") == 100


def test_too_much_takes_nothing_and_is_told_when_there_is_enough() -> None:
    clock = Clock()
    buckets = Buckets(100, 10, clock)
    buckets.take("a", 95)

    with pytest.raises(Throttled, match="costs up to 45, and 5 are left of 100") as refused:
        buckets.take("a", 45)
    clock.now_s += refused.value.retry_after_s
    buckets.take("a", 45)

    assert refused.value.retry_after_s == 4


@given(st.lists(st.tuples(st.integers(0, 120), st.integers(0, 120), st.floats(0, 20)), max_size=20))
def test_a_client_never_has_less_than_nothing_nor_more_than_the_brim(steps: list[tuple[int, int, float]]) -> None:
    clock = Clock()
    buckets = Buckets(100, 10, clock)
    used, began_s = 0, clock.now_s

    for cost, back, pause_s in steps:
        clock.now_s += pause_s
        try:
            buckets.take("a", cost)
        except Throttled:
            assert cost > buckets.available("a")
        else:
            buckets.give_back("a", min(cost, back))
            used += cost - min(cost, back)
        assert 0 <= buckets.available("a") <= 100
        assert used <= 100 + 10 * (clock.now_s - began_s) + 1e-6


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("10.0.0.1", "10.0.0.2", False),
        ("2001:db8::1", "2001:db8::ffff:2", True),
        ("2001:db8::1", "2001:db8:0:1::1", False),
    ],
)
def test_whoever_has_many_addresses_of_ipv6_is_one_client(one: str, other: str, same: bool) -> None:
    assert (name_client(request_from(one)) == name_client(request_from(other))) is same


def request_from(host: str) -> Request:
    return Request({"type": "http", "client": (host, 1), "headers": []})


@pytest.mark.parametrize(
    ("data", "objects"), [(None, 0), ({}, 0), ({"a": {"b": [{"c": 1}, {"c": [{}, None, 2]}]}, "d": None}, 4)]
)
def test_an_answers_objects_are_what_it_cost(data: object, objects: int) -> None:
    assert count_actual(data) == objects


async def ask(settings: Settings, *asked: tuple[str, dict[str, Any]]) -> list[httpx.Response]:
    transport = httpx.ASGITransport(make_app(settings))
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
        return [
            await client.post("/graphql", json={"query": query, "variables": variables}) for query, variables in asked
        ]


@pytest.mark.anyio
async def test_an_answer_says_what_it_cost_and_what_was_not_needed_flows_back() -> None:
    settings = Settings(graphql_max_cost=10, graphql_bucket=100, graphql_restore_per_s=1)

    full, none = await ask(settings, (DEEP, {}), (NONE, {"no": True}))

    assert full.json()["extensions"]["cost"] == {
        "requestedQueryCost": 3,
        "actualQueryCost": 3,
        "throttleStatus": {"maximumAvailable": 100, "currentlyAvailable": 97, "restoreRate": 1},
    }
    assert none.json()["extensions"]["cost"]["actualQueryCost"] == 0
    assert none.json()["extensions"]["cost"]["throttleStatus"]["currentlyAvailable"] >= 97


@pytest.mark.anyio
async def test_a_client_that_used_up_its_share_is_told_when_to_come_back() -> None:
    settings = Settings(graphql_max_cost=3, graphql_bucket=5, graphql_restore_per_s=1)

    first, second = await ask(settings, (DEEP, {}), (DEEP, {}))

    assert first.status_code == 200
    assert (second.status_code, second.headers["retry-after"]) == (429, "1")
    [error] = second.json()["errors"]
    assert error["extensions"] == {"code": "THROTTLED", "retryAfterSeconds": 1}
    assert "data" not in second.json()
    assert second.json()["extensions"]["cost"]["throttleStatus"]["currentlyAvailable"] == 2


@pytest.mark.anyio
async def test_a_bucket_of_nothing_limits_nobody() -> None:
    settings = Settings(graphql_bucket=0, graphql_restore_per_s=1)

    answers = await ask(settings, *[(DEEP, {})] * 3)

    assert [answer.json()["extensions"]["cost"] for answer in answers] == [
        {"requestedQueryCost": 3, "actualQueryCost": 3}
    ] * 3
