"""The process that outlives `hub up` by a few seconds: it stops the servers when their parent died without doing so.

It is run as a script, `python -I -S keeper.py LOCK OWNER GRACE_S [FILE...]`, from the standard library only, and
waits for the end of its standard input, which the kernel closes with the parent whatever killed it. A kernel's death
signal (PR_SET_PDEATHSIG) would follow the parent's thread instead of the parent, and could not insist.

Which processes are the parent's is not written anywhere: each holds the lock that the parent took on the directory,
having inherited its descriptor, and the kernel shows who holds a lock and who took it.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import time
from collections.abc import Set
from pathlib import Path

_POLL_S = 0.05
_GONE = 0  # what the kernel shows inside a container for an owner that ended


def find_holders(lock: Path, owner: int) -> set[int]:
    """The processes of this user that hold the lock which the owner took on that file, the owner among them."""
    try:
        wanted = lock.stat()
    except FileNotFoundError:
        return set()
    return {
        int(process.name)
        for process in Path("/proc").iterdir()
        if process.name.isdigit() and _holds(process, (wanted.st_dev, wanted.st_ino), owner)
    }


def end_holders(lock: Path, owner: int, grace_s: float) -> None:
    """Ask every holder but the owner and the caller to end, insist after the grace, and return when they are gone."""
    spared = {owner, os.getpid()}
    deadline = time.monotonic() + grace_s
    _signal(find_holders(lock, owner) - spared, signal.SIGTERM)
    while left := find_holders(lock, owner) - spared:
        if time.monotonic() > deadline:
            _signal(left, signal.SIGKILL)
        time.sleep(_POLL_S)


def _holds(process: Path, wanted: tuple[int, int], owner: int) -> bool:
    try:
        for descriptor in (process / "fd").iterdir():
            found = descriptor.stat()
            if (found.st_dev, found.st_ino) == wanted and _is_locked(process / "fdinfo" / descriptor.name, owner):
                return True
    except OSError:  # it ended while we looked, or belongs to somebody else
        pass
    return False


def _is_locked(descriptor_info: Path, owner: int) -> bool:
    """Whether a descriptor carries the owner's lock: one that only reads the file, such as an editor's, does not."""
    for line in descriptor_info.read_text().splitlines():
        words = line.split()  # lock: 1: FLOCK ADVISORY WRITE 1234 fe:00:5678 0 EOF
        if words[:1] == ["lock:"] and words[2] == "FLOCK" and int(words[5]) in (owner, _GONE):
            return True
    return False


def _signal(pids: Set[int], number: signal.Signals) -> None:
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):
            if os.getpgid(pid) == pid:
                os.killpg(pid, number)
            else:
                os.kill(pid, number)


def main(lock: str, owner: str, grace_s: str, *files: str) -> None:
    """Wait for the owner's end, remove the files that only describe a running stack, then stop what it left."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    sys.stdin.buffer.read()
    if int(owner) not in find_holders(Path(lock), int(owner)):
        for file in files:
            Path(file).unlink(missing_ok=True)
    end_holders(Path(lock), int(owner), float(grace_s))


if __name__ == "__main__":
    main(*sys.argv[1:])
