"""What surrounds the import of a file: nobody else at it, its name on every refusal, the interpreter tuned."""

from __future__ import annotations

import fcntl
import gc
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Final

from connectors.files.paths import check_regular, reading
from hub.core.errors import Conflict, InvalidInput


@contextmanager
def naming(path: Path) -> Iterator[None]:
    """Have every refusal name the file that it is about: a command may be given several."""
    try:
        yield
    except (InvalidInput, Conflict) as error:
        if path.name in error.safe_message:
            raise
        raise type(error)(f"{path.name}: {error.safe_message}", **error.context) from None


class _Tuning:
    """How many blocks are tuned at this moment: the first tunes, and the last puts things back as they were."""

    def __init__(self) -> None:
        self._blocks = 0
        self._thresholds = gc.get_threshold()
        self._interval = sys.getswitchinterval()

    @contextmanager
    def block(self) -> Iterator[None]:
        if self._blocks == 0:
            self._thresholds, self._interval = gc.get_threshold(), sys.getswitchinterval()
            gc.set_threshold(self._thresholds[0] * 100, *self._thresholds[1:])
            sys.setswitchinterval(self._interval / 10)
        self._blocks += 1
        try:
            yield
        finally:
            self._blocks -= 1
            if self._blocks == 0:
                gc.set_threshold(*self._thresholds)
                sys.setswitchinterval(self._interval)


_TUNING: Final = _Tuning()


def tuned() -> AbstractContextManager[None]:
    """Tune the interpreter for the time of an import, which makes millions of small objects in two threads.

    Collecting garbage a hundred times less often saves a fifth of the processor's time: what a batch makes is freed
    by counting references. Switching threads ten times more often keeps the one that talks to the graph from waiting
    for the one that reads the file. Several may be at work in one event loop.
    """
    return _TUNING.block()


@contextmanager
def alone(path: Path) -> Iterator[Callable[[], None]]:
    """Keep other processes of this machine from importing the same file meanwhile; the lock ends with the process.

    Gives a function that raises InvalidInput once the file is not what it was: its rows are read after it was checked.
    """
    check_regular(path)
    with reading(path):
        file = path.open("rb")
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Conflict(f"Another process is importing {path.name} at this moment: let it finish.") from None
        except OSError:
            # NFS locks only what may be written. The checkpoint in the graph still moves for one writer alone.
            pass
        before = _version(path)

        def check_unchanged() -> None:
            if _version(path) != before:
                raise InvalidInput(
                    f"{path.name} was changed while it was read. What was committed stays; import the file again."
                )

        yield check_unchanged


def tell_file(path: Path) -> tuple[int, int] | Path:
    """What tells a file from others, whatever it is called: links of either kind are one. Its path where it is gone."""
    try:
        found = path.stat()
    except OSError:
        return path.resolve()
    return found.st_dev, found.st_ino


def _version(path: Path) -> tuple[int, ...] | None:
    """What tells one content of a file from another without reading it; None for a file that is gone."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns
