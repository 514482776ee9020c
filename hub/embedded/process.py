"""A server started by the stack: its log, its end, and the words to explain it."""

from __future__ import annotations

import os
import re
import signal
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from subprocess import DEVNULL as NOTHING
from subprocess import PIPE, STDOUT

import anyio
from anyio.abc import Process as Running

from hub.core.errors import Unavailable

_LOG_LIMIT_BYTES = 8 * 1024 * 1024
_TAIL_LINES = 8
_TAIL_BYTES = 16 * 1024
_JAVA_FRAME = re.compile(r"\s+(at \S+\(|\.\.\. \d+ more)")


class Process:
    """A running server with its output in a log file.

    It leads a session of its own, so that Ctrl-C in the terminal reaches the stack alone, which then stops its
    servers in order.
    """

    def __init__(self, name: str, log: Path, running: Running) -> None:
        self.name = name
        self.log = log
        self._running = running
        self._stopped = False

    @classmethod
    async def start(
        cls,
        name: str,
        command: Sequence[str],
        *,
        folder: Path,
        log: Path,
        environ: Mapping[str, str],
        keep_open: int,
        stdin: bytes = b"",
    ) -> Process:
        """Start a command in a folder.

        Args:
            keep_open: the descriptor of the directory's lock, which the server holds as long as it lives.
            stdin: what it reads from its standard input, such as a configuration with secrets.
        """
        _rotate(log)
        descriptor = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        try:
            running = await anyio.open_process(
                command,
                stdin=PIPE if stdin else NOTHING,
                stdout=descriptor,
                stderr=STDOUT,
                cwd=folder,
                env=environ,
                start_new_session=True,
                pass_fds=(keep_open,),
            )
        finally:
            os.close(descriptor)
        process = cls(name, log, running)
        if stdin and running.stdin:
            with suppress(anyio.BrokenResourceError):  # it ended already: whoever waits for it will say why
                await running.stdin.send(stdin)
            await running.stdin.aclose()
        return process

    @property
    def pid(self) -> int:
        """The process id, which is its group's too."""
        return self._running.pid

    async def wait(self) -> int:
        """Wait for its end; the exit code, negative for the signal that ended it."""
        return await self._running.wait()

    async def stop(self, grace_s: float) -> None:
        """Ask it to end, insist after the grace; nothing of its group is left. Safe to repeat."""
        if self._stopped:  # its process id may be another's by now
            return
        self._stopped = True
        with anyio.CancelScope(shield=True):
            self._signal(signal.SIGTERM)
            with anyio.move_on_after(grace_s):
                await self.wait()
            self._signal(signal.SIGKILL)
            await self.wait()

    def describe_end(self, code: int) -> str:
        """How it ended, in words."""
        return f"was ended by {signal.Signals(-code).name}" if code < 0 else f"ended with exit code {code}"

    def explain_end(self, code: int) -> str:
        """How it ended, and the last lines of its log."""
        lines = "".join(f"\n    {line}" for line in self.last_lines())
        return f"The {self.name} {self.describe_end(code)}. " + (
            f"Last lines of {self.log}:{lines}" if lines else f"{self.log} is empty."
        )

    async def raise_at_end(self) -> None:
        """Wait for its end, which nobody asked for, and raise Unavailable with the reason."""
        code = await self.wait()
        raise Unavailable(self.explain_end(code))

    def last_lines(self) -> list[str]:
        """The end of its log, without blank lines and Java's stack frames."""
        with self.log.open("rb") as file:
            file.seek(max(0, self.log.stat().st_size - _TAIL_BYTES))
            text = file.read().decode(errors="replace")
        lines = [line.rstrip() for line in text.splitlines() if line.strip() and not _JAVA_FRAME.match(line)]
        return lines[-_TAIL_LINES:]

    def _signal(self, number: signal.Signals) -> None:
        with suppress(ProcessLookupError):
            os.killpg(self.pid, number)


def _rotate(log: Path) -> None:
    if log.exists() and log.stat().st_size > _LOG_LIMIT_BYTES:
        log.replace(log.with_name(f"{log.name}.1"))
