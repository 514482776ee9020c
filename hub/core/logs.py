"""Logs: JSON lines for machines, readable lines on a terminal, personal data in neither.

Everything that this process logs, through structlog or the standard library, passes the same steps and ends in one
handler on standard error. Ids that accompany the work (`request_id`, `job_id`) are bound with
`structlog.contextvars` and appear on every line.
"""

from __future__ import annotations

import json
import logging
import sys
from typing import Final, TextIO

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

from hub.core.errors import HubError
from hub.core.redaction import redact, redact_text
from hub.core.safe_lines import STAMP, Formatter
from hub.core.settings import Settings
from hub.core.tracebacks import format_traceback

# Below these levels the libraries log what passes through them: query parameters, URLs, job arguments.
_FLOORS: Final = {
    # It warns of each attempt that it repeats, which is everyday; what it gives up on is raised.
    "neo4j": logging.ERROR,
    "httpx": logging.WARNING,
    "httpcore": logging.WARNING,
    "asyncio": logging.INFO,
    "arq": logging.INFO,
    "redis": logging.INFO,
    "uvicorn": logging.INFO,
    "uvicorn.error": logging.WARNING,  # of each WebSocket it tells the whole address
}
_TAKEN_OVER: Final = ("uvicorn", "uvicorn.error", "uvicorn.access", "arq", "neo4j", "asyncio", "py.warnings")
_LEADING: Final = ("timestamp", "level", "logger", "event")
_CARRIERS: Final = frozenset({"_record", "_from_structlog", "exc_info", "stack_info", "color_message"})
_ENCODER: Final = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))
_WITHHELD: Final = "a log line was withheld: it could not be redacted"


def configure_logging(settings: Settings, stream: TextIO | None = None) -> None:
    """Send all logging of this process through the redacting steps to `stream` (standard error).

    May be called again: the last call wins. Whoever starts uvicorn passes it `log_config=None`, whoever starts arq
    does not call its own log configuration; their loggers are taken over here.
    """
    stream = stream or sys.stderr
    terminal = stream.isatty()
    as_json = settings.log_format == "json" or (settings.log_format == "auto" and not terminal)
    steps: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        STAMP,
    ]
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *steps,
            _fill_in_arguments,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )
    handler = _Handler(stream)
    handler.setFormatter(
        Formatter(
            _json_renderer if as_json else _console_renderer(colors=terminal),
            last_step=redact_event,
            foreign_pre_chain=[*steps, structlog.stdlib.ExtraAdder()],
        )
    )
    # Nobody reads these, and each line would ask for them.
    logging.logThreads = logging.logProcesses = logging.logMultiprocessing = False
    _take_over(handler, logging.getLevelNamesMapping()[settings.log_level])


def redact_event(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """The last step before rendering: plain, redacted values only. Never raises; what cannot be redacted is dropped."""
    try:
        return _redact_event(event)
    except Exception:
        return {"level": "error", "event": _WITHHELD}


def _redact_event(event: EventDict) -> EventDict:
    result: EventDict = {name: redact(event[name]) for name in _LEADING if name in event}
    rest = {name: value for name, value in event.items() if name not in _LEADING and name not in _CARRIERS}
    error = _find_exception(event.get("exc_info"))
    if isinstance(error, HubError) and error.context:
        rest.setdefault("context", error.context)
    redacted = redact(rest)
    result.update(redacted if isinstance(redacted, dict) else {"details": redacted})
    if error is not None:
        result["exception"] = format_traceback(error)
    return result


class _Handler(logging.StreamHandler[TextIO]):
    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802  (logging's own name)
        """A line that cannot be written is reported without its contents, which logging would print raw."""
        try:
            line = json.dumps({"level": "error", "logger": redact_text(record.name), "event": _WITHHELD})
            self.stream.write(f"{line}\n")
            self.flush()
        except Exception:  # the stream itself is gone: there is nowhere left to say so
            return


def _fill_in_arguments(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """The %-arguments put in their places; a line whose arguments do not fit is still a line."""
    arguments = event.pop("positional_args", ())
    if arguments:
        try:
            event["event"] %= arguments
        except (TypeError, ValueError, KeyError):
            event["arguments"] = arguments
    return event


def _find_exception(exc_info: object) -> BaseException | None:
    if isinstance(exc_info, BaseException):
        return exc_info
    if isinstance(exc_info, tuple) and len(exc_info) == 3:
        return exc_info[1] if isinstance(exc_info[1], BaseException) else None
    return sys.exc_info()[1] if exc_info else None


def _json_renderer(_logger: WrappedLogger, _method: str, event: EventDict) -> str:
    line = _ENCODER.encode(event)
    # JSON allows these two as they are, and many readers end a line at them; the others are gone by now.
    return line.replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")


def _console_renderer(*, colors: bool) -> structlog.dev.ConsoleRenderer:
    return structlog.dev.ConsoleRenderer(
        colors=colors, sort_keys=False, exception_formatter=structlog.dev.plain_traceback
    )


def _take_over(handler: logging.Handler, level: int) -> None:
    root = logging.getLogger()
    for existing in list(root.handlers):
        if type(existing) in (logging.StreamHandler, _Handler):
            root.removeHandler(existing)
    root.addHandler(handler)
    root.setLevel(level)
    logging.captureWarnings(True)
    for name in _TAKEN_OVER:
        logger = logging.getLogger(name)
        logger.handlers.clear()
        logger.propagate = True
        logger.disabled = False
    for name, floor in _FLOORS.items():
        logging.getLogger(name).setLevel(max(level, floor))
