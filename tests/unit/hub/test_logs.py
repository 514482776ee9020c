"""Every way into the log leads through redaction, and every line out of it can be read."""

from __future__ import annotations

import io
import json
import logging
import warnings
from collections.abc import Iterator
from typing import Any

import pytest
import structlog

from hub.core.errors import Unavailable
from hub.core.logs import configure_logging, redact_event
from hub.core.settings import Settings

PHONE = "13800138000"


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


class Broken:
    def __str__(self) -> str:
        raise RuntimeError(PHONE)


@pytest.fixture(autouse=True)
def _restored_logging() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    logging.captureWarnings(False)
    structlog.reset_defaults()
    structlog.contextvars.clear_contextvars()


@pytest.fixture
def stream() -> io.StringIO:
    stream = io.StringIO()
    configure_logging(Settings(log_format="json", log_level="DEBUG"), stream)
    return stream


def lines(stream: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_line_is_json_with_time_level_and_logger(stream: io.StringIO) -> None:
    structlog.get_logger("hub.test").info("order imported", rows=3)

    (line,) = lines(stream)
    assert list(line)[:4] == ["timestamp", "level", "logger", "event"]
    assert line["timestamp"].endswith("Z")
    assert (line["level"], line["logger"], line["event"], line["rows"]) == ("info", "hub.test", "order imported", 3)


def test_ids_of_the_work_are_on_every_line(stream: io.StringIO) -> None:
    ids = {"request_id": "01KAQ8ZJ4T0Y3N2B1M5C6D7E8F", "delivery_id": "a" * 32, "job_id": "inbox.handle:7"}

    with structlog.contextvars.bound_contextvars(**ids):
        structlog.get_logger().info("ours")
        logging.getLogger("arq.worker").info("theirs")

    assert [{name: line[name] for name in ids} for line in lines(stream)] == [ids, ids]


@pytest.mark.parametrize(
    "name", ["", "uvicorn.error", "uvicorn.access", "arq.worker", "neo4j.pool", "asyncio", "other"]
)
def test_standard_logging_is_redacted(stream: io.StringIO, name: str) -> None:
    logging.getLogger(name).error("call %s", PHONE, extra={"openid": "oXyz"})

    (line,) = lines(stream)
    assert line["event"] == "call [phone]"
    assert line["openid"] == "[hidden]"


def test_warnings_are_redacted(stream: io.StringIO) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        warnings.warn(f"odd phone {PHONE}", stacklevel=1)

    assert PHONE not in stream.getvalue()
    assert lines(stream)[0]["logger"] == "py.warnings"


@pytest.mark.parametrize("as_json", [True, False])
@pytest.mark.parametrize("ours", [True, False])
def test_traceback_keeps_the_place_and_loses_the_values(*, as_json: bool, ours: bool) -> None:
    stream = io.StringIO() if as_json else Terminal()
    configure_logging(Settings(), stream)
    logger = structlog.get_logger() if ours else logging.getLogger("other")

    try:
        local = PHONE
        try:
            int(f"{local}x")
        except ValueError as error:
            error.add_note(f"seen {PHONE}")
            raise KeyError({"openid": "oXyz", "at": PHONE}) from error
    except KeyError:
        logger.exception("failed")

    text = stream.getvalue()
    assert "ValueError: " in text
    assert "KeyError: " in text
    assert "test_logs.py" in text
    assert "in test_traceback_keeps_the_place_and_loses_the_values" in text
    assert PHONE not in text
    assert "oXyz" not in text
    assert "local = " not in text


def test_exception_group_is_told_member_by_member(stream: io.StringIO) -> None:
    try:
        raise ExceptionGroup("two", [ValueError(PHONE), OSError("second")])
    except ExceptionGroup:
        structlog.get_logger().exception("failed")

    told = lines(stream)[0]["exception"]
    assert "ValueError: [phone]" in told
    assert "OSError: second" in told


def test_context_of_a_hub_error_is_logged_redacted(stream: io.StringIO) -> None:
    try:
        raise Unavailable("The graph does not answer.", pool="read", phone=PHONE)
    except Unavailable:
        structlog.get_logger().exception("read failed")

    assert lines(stream)[0]["context"] == {"pool": "read", "phone": "[hidden]"}


def test_terminal_gets_readable_lines_and_machines_get_json() -> None:
    terminal, pipe = Terminal(), io.StringIO()

    configure_logging(Settings(log_format="auto"), terminal)
    structlog.get_logger().info("started", phone=PHONE)
    configure_logging(Settings(log_format="auto"), pipe)
    structlog.get_logger().info("started")

    assert "started" in terminal.getvalue()
    assert PHONE not in terminal.getvalue()
    with pytest.raises(ValueError, match=r"Expecting|Extra"):
        json.loads(terminal.getvalue())
    assert json.loads(pipe.getvalue())["event"] == "started"


def test_json_can_be_asked_for_on_a_terminal() -> None:
    terminal = Terminal()

    configure_logging(Settings(log_format="json"), terminal)
    structlog.get_logger().info("started")

    assert json.loads(terminal.getvalue())["event"] == "started"


def test_level_is_obeyed_and_libraries_that_log_values_are_held_back(stream: io.StringIO) -> None:
    configure_logging(Settings(log_format="json", log_level="INFO"), stream)
    structlog.get_logger().debug("hidden")
    configure_logging(Settings(log_format="json", log_level="DEBUG"), stream)
    logging.getLogger("neo4j.io").debug("C: RUN ... {'name': '张伟'}")
    logging.getLogger("httpx").info("GET ...")
    structlog.get_logger().debug("shown")

    assert [line["event"] for line in lines(stream)] == ["shown"]


def test_second_configuration_does_not_double_lines(stream: io.StringIO) -> None:
    configure_logging(Settings(log_format="json"), stream)

    structlog.get_logger().info("once")

    assert len(lines(stream)) == 1


@pytest.mark.parametrize("separator", ["\n", "\r", "\v", "\f", "\x1c", "\x85", "\u2028", "\u2029"])
def test_one_event_is_one_line_whatever_it_holds(stream: io.StringIO, separator: str) -> None:
    structlog.get_logger().info(f"a{separator}b", **{f"c{separator}d": separator})

    assert len(stream.getvalue().splitlines()) == 1
    assert len(lines(stream)) == 1


def test_arguments_that_do_not_fit_cost_neither_the_line_nor_the_secret(
    stream: io.StringIO, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    root = logging.getLogger()
    ours = [handler for handler in root.handlers if not type(handler).__module__.startswith("_pytest")]
    monkeypatch.setattr(root, "handlers", ours)  # pytest's own handler raises

    structlog.get_logger().info("took %d ms", PHONE)
    logging.getLogger("other").info("took %d ms", PHONE)
    logging.getLogger("other").info("%s", Broken())

    printed = stream.getvalue() + "".join(capsys.readouterr())
    assert len(lines(stream)) == 3
    assert PHONE not in printed
    assert "withheld" in lines(stream)[1]["event"]


def test_line_that_cannot_be_redacted_is_withheld() -> None:
    class Hostile(dict[str, object]):
        def items(self) -> Any:
            raise RuntimeError(PHONE)

    event = redact_event(None, "info", Hostile(event="x", phone=PHONE))

    assert PHONE not in str(event)
    assert "withheld" in event["event"]


def test_event_that_is_an_object_is_redacted_like_any_value(stream: io.StringIO) -> None:
    structlog.get_logger().info({"openid": "oXyz"})
    structlog.get_logger().info(ValueError(PHONE))

    assert [line["event"] for line in lines(stream)] == [{"openid": "[hidden]"}, "ValueError: [phone]"]
