"""A line that is written the short way is the line that the long way would have written."""

from __future__ import annotations

import io
import logging
import re
from collections.abc import Iterator
from typing import Any

import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st
from starlette.routing import Route
from structlog.contextvars import bound_contextvars
from structlog.testing import capture_logs

from hub.core.logs import configure_logging
from hub.core.safe_lines import is_ours, log_safe
from hub.core.settings import Settings
from hub.http.metrics import METHODS
from hub.http.request_ids import make_request_id
from hub.http.request_line import log_request
from tests.support.served import make_app

PHONE = "13800138000"
LEVELS = {logging.DEBUG: "debug", logging.INFO: "info", logging.WARNING: "warning"}
ROUTES = sorted({route.path for route in make_app(Settings()).routes if isinstance(route, Route)} | {"unmatched"})
TIME = re.compile(r"\d{4}-\d\d-\d\dT[\d:.]+Z")


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture(autouse=True)
def _restored_logging() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    logging.captureWarnings(False)
    structlog.reset_defaults()


requests = st.fixed_dictionaries(
    {
        "method": st.sampled_from(sorted(METHODS)),
        "route": st.sampled_from(ROUTES),
        "status": st.integers(100, 599),
        "duration_ms": st.floats(0, 1e12).map(lambda duration: round(duration, 1)),
    }
)
ids = st.dictionaries(
    st.sampled_from(["request_id", "job_id", "status", "level", "phone"]),
    st.one_of(
        st.builds(make_request_id),
        st.from_regex(r"[A-Za-z0-9][A-Za-z0-9._-]{7,63}", fullmatch=True),
        st.sampled_from([PHONE, "alice.smith-example", "eyJhbGciOiJub25l.e30", "11010519491231002X"]),
        st.text(),
    ),
)


@pytest.mark.parametrize("stream_type", [io.StringIO, Terminal])
@given(values=requests, bound=ids, level=st.sampled_from(sorted(LEVELS)))
def test_both_ways_write_the_same(
    stream_type: type[io.StringIO], values: dict[str, Any], bound: dict[str, str], level: int
) -> None:
    stream = stream_type()
    configure_logging(Settings(log_level="DEBUG"), stream)
    assert is_ours()

    with bound_contextvars(**bound):
        log_safe("hub.http", level, "request", **values)
        short = stream.getvalue()
        getattr(structlog.get_logger("hub.http"), LEVELS[level])("request", **values)

    long = stream.getvalue()[len(short) :]
    assert TIME.sub("TIME", short, count=1) == TIME.sub("TIME", long, count=1)
    assert len(short.splitlines()) == 1


def test_an_id_that_a_caller_chose_is_redacted() -> None:
    stream = io.StringIO()
    configure_logging(Settings(), stream)

    with bound_contextvars(request_id=PHONE):
        log_request("POST", "/graphql", 200, 0.0123)

    assert '"status":200,"duration_ms":12.3,"request_id":"[phone]"}' in stream.getvalue()


def test_a_method_that_a_caller_made_up_is_redacted() -> None:
    stream = io.StringIO()
    configure_logging(Settings(), stream)

    log_request(PHONE, "unmatched", 404, 0.001)

    assert '"method":"[phone]"' in stream.getvalue()


def test_a_level_that_is_not_asked_for_writes_nothing() -> None:
    stream = io.StringIO()
    configure_logging(Settings(log_level="INFO"), stream)

    log_request("GET", "/healthz", 200, 0.001)

    assert stream.getvalue() == ""


def test_whoever_captures_what_is_logged_has_it_too() -> None:
    configure_logging(Settings(), io.StringIO())

    with capture_logs() as logged:
        log_request("GET", "/", 200, 0.001)

    assert [(entry["event"], entry["log_level"]) for entry in logged] == [("request", "info")]
