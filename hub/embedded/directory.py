"""A data directory in use: locked, with a keeper beside it, and home to the servers started in it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

import anyio
import anyio.to_thread

from hub.core.errors import InvalidSettings
from hub.core.setting_files import ENDPOINTS_FILE
from hub.embedded import keeper
from hub.embedded.lock import DirectoryLock
from hub.embedded.process import Process

STOP_GRACE_S = 30.0


class DataDirectory:
    """Holds the lock while it is entered; every server started in it has ended when it is left, however that is.

    Raises on entering:
        Conflict: another stack uses the directory.
        InvalidSettings: the directory cannot be made or written.
    """

    def __init__(self, path: Path) -> None:
        self.path = path.absolute()
        self._lock = DirectoryLock(self.path)
        self._processes: list[Process] = []
        self._keeper: subprocess.Popen[bytes] | None = None

    async def __aenter__(self) -> Self:
        try:
            self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
            self.folder("logs")
            await anyio.to_thread.run_sync(self._lock.acquire, STOP_GRACE_S)
        except OSError as error:
            raise InvalidSettings(
                f"HUB_DATA_DIR: {self.path} cannot be used ({error.strerror}): choose a folder that you may write."
            ) from error
        try:
            self._keeper = self._start_keeper()
        except BaseException:
            self._lock.release()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with anyio.CancelScope(shield=True):
            for process in reversed(self._processes):
                await process.stop(STOP_GRACE_S)
            await anyio.to_thread.run_sync(self._dismiss_keeper)
            self._lock.release()

    def folder(self, name: str) -> Path:
        """A subfolder, made if it is not there; raises InvalidSettings where it cannot be one."""
        folder = self.path / name
        try:
            folder.mkdir(mode=0o700, exist_ok=True)
        except OSError as error:
            raise InvalidSettings(f"{folder} cannot be used as a folder ({error.strerror}): move it away.") from error
        return folder

    async def start(
        self, name: str, command: Sequence[str], *, folder: Path, environ: Mapping[str, str], stdin: bytes = b""
    ) -> Process:
        """Start a server that logs to `logs/NAME.log` and does not outlive the directory's use.

        Servers are stopped in the reverse order of their start.
        """
        process = await Process.start(
            name,
            command,
            folder=folder,
            log=self.path / "logs" / f"{name}.log",
            environ=environ,
            keep_open=self._lock.descriptor,
            stdin=stdin,
        )
        self._processes.append(process)
        return process

    def _start_keeper(self) -> subprocess.Popen[bytes]:
        arguments = (self._lock.path, os.getpid(), STOP_GRACE_S, self.path / ENDPOINTS_FILE)
        return subprocess.Popen(  # noqa: S603
            [sys.executable, "-I", "-S", keeper.__file__, *map(str, arguments)],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )

    def _dismiss_keeper(self) -> None:
        if self._keeper and self._keeper.stdin:
            self._keeper.stdin.close()
            self._keeper.wait()
