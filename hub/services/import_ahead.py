"""Batches of a file made ahead of the one that is being stored: beside this process if there are many of them.

Python runs on one core a process, and reading a row costs as much as storing it. A large file is therefore read by
a child process, which hands over batches of plain values through a pipe. It belongs to no terminal, so that Ctrl-C is
for its parent alone, and ends by itself once nobody holds the other ends of its pipes.
"""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
from collections.abc import AsyncGenerator, Generator
from contextlib import aclosing, suppress
from typing import IO, Final, cast

from hub.core.errors import Unavailable
from hub.services.ahead import run_ahead
from hub.services.import_batches import Batch, FileReader
from hub.services.import_guards import tuned

_AHEAD: Final = 3
# Below this many rows a process takes longer to start than it saves.
_WORTH_A_PROCESS: Final = 20_000
_idle: Final[list[subprocess.Popen[bytes]]] = []
"""Processes that wait for another file: a command is given several. They end with this process, whose pipes close."""


async def read_ahead(
    reader: FileReader, *, skip: int, default_ms: int, worth_a_process: int | None = None
) -> AsyncGenerator[Batch, None]:
    """What `reader.read` gives, made in a thread or a process while the caller deals with the last batch.

    Args:
        worth_a_process: how many rows a file has that a process reads; None: where the caller has work of its own.

    Raises:
        InvalidInput: as `reader.read`, when the first batch is asked for.
        Unavailable: the reading process was killed; what it gave until then is right.
    """
    apart = reader.source.row_count >= (_WORTH_A_PROCESS if worth_a_process is None else worth_a_process)
    batches = _read_apart(reader, skip, default_ms) if apart else reader.read(skip=skip, default_ms=default_ms)
    async with aclosing(run_ahead(batches, most=_AHEAD)) as ready:
        async for batch in ready:
            yield batch


def _read_apart(reader: FileReader, skip: int, default_ms: int) -> Generator[Batch, None, None]:
    process = next((idle for idle in iter(_pop_idle, None) if idle.poll() is None), None) or _start()
    orders, batches = cast(IO[bytes], process.stdin), cast(IO[bytes], process.stdout)
    try:
        with suppress(BrokenPipeError):
            pickle.dump((reader, skip, default_ms), orders)
            orders.flush()
        while (batch := _receive(batches)) is not None:
            yield batch
        _idle.append(process)
    finally:
        if process not in _idle:
            process.kill()
            process.wait()


def _pop_idle() -> subprocess.Popen[bytes] | None:
    return _idle.pop() if _idle else None


def _start() -> subprocess.Popen[bytes]:
    # -P: a folder that an operator happens to stand in holds no modules of ours.
    command = [sys.executable, "-P", "-m", __name__]
    return subprocess.Popen(  # noqa: S603  (ourselves)
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True
    )


def _receive(pipe: IO[bytes]) -> Batch | None:
    try:
        said = pickle.load(pipe)  # noqa: S301  (our own child)
    except (EOFError, pickle.UnpicklingError):
        raise Unavailable(
            "The process that reads the file was ended from outside. What was committed stays: run the same command "
            "again to go on from there."
        ) from None
    if isinstance(said, Exception):
        raise said
    if said is None or isinstance(said, Batch):
        return said
    raise TypeError(f"a batch was expected, not a {type(said).__name__}")


def _main() -> None:
    """Read the files that the parent asks for on standard input; give batches and then None, or what went wrong."""
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    with suppress(BrokenPipeError, EOFError), tuned():
        while True:
            reader, skip, default_ms = pickle.load(sys.stdin.buffer)  # noqa: S301  (our own parent)
            for said in _answer(reader, skip, default_ms):
                pickle.dump(said, answers)
                answers.flush()


def _answer(reader: FileReader, skip: int, default_ms: int) -> Generator[Batch | Exception | None, None, None]:
    try:
        yield from reader.read(skip=skip, default_ms=default_ms)
    except Exception as error:  # whatever it is, the parent is the one to deal with it
        yield error
    else:
        yield None
    finally:
        reader.source.close()


if __name__ == "__main__":
    _main()
