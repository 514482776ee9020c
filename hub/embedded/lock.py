"""One stack a directory: the lock that says so, and that its servers inherit."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

from hub.core.errors import Conflict
from hub.embedded.keeper import end_holders, find_holders

LOCK_FILE = "lock"  # holds the process id of its owner


class DirectoryLock:
    """A lock on a data directory, held by this process and by every server that it starts with `descriptor`.

    The file stays when the lock goes: removing it would let two processes lock two files of one name.
    """

    def __init__(self, directory: Path) -> None:
        self.path = directory / LOCK_FILE
        self.descriptor = -1

    def acquire(self, grace_s: float) -> None:
        """Take the lock; what a killed run left running is stopped first, so this may block for the grace.

        Raises:
            Conflict: another stack runs in the directory; the message names its process.
        """
        self.descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            if not self._try():
                self._reclaim(grace_s)
        except BaseException:
            self.release()
            raise
        os.ftruncate(self.descriptor, 0)
        os.pwrite(self.descriptor, str(os.getpid()).encode(), 0)

    def release(self) -> None:
        """Give the lock up; harmless when it is not held."""
        if self.descriptor >= 0:
            os.close(self.descriptor)
            self.descriptor = -1

    def _try(self) -> bool:
        try:
            fcntl.flock(self.descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def _reclaim(self, grace_s: float) -> None:
        owner = self._owner()
        if owner in find_holders(self.path, owner):
            raise Conflict(
                f"A hub already runs in {self.path.parent} (process {owner}). "
                "Stop it first, or choose another directory with HUB_DATA_DIR."
            )
        end_holders(self.path, owner, grace_s)
        if not self._try():
            raise Conflict(
                f"{self.path} is locked by a process that cannot be seen from here (another user's or another "
                "container's). Stop it first, or choose another directory with HUB_DATA_DIR."
            )

    def _owner(self) -> int:
        text = os.pread(self.descriptor, 32, 0)
        return int(text) if text.isdigit() else 0
