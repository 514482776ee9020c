"""Scoring in a process of its own: it takes minutes and a gigabyte, can be ended at any moment, and blocks nobody.

The child is given rows through its standard input and tells progress and the answer through its standard output, each a
pickle with its length before it. It belongs to no terminal, so that Ctrl-C is for its parent alone, and ends by itself
once nobody holds the other ends of its pipes.
"""

from __future__ import annotations

import os
import pickle
import sys
from collections.abc import AsyncIterable, Collection, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import IO, Any, Final, cast

import anyio
from anyio.abc import ByteReceiveStream, ByteSendStream, Process
from anyio.streams.buffered import BufferedByteReceiveStream

from hub.core.errors import HubError, InvariantBroken, Unavailable
from hub.services.similarity.candidates import check_installed, score_candidates
from hub.services.similarity.model import Limits, Progress, Scoring, SimilarRecord

_LENGTH_BYTES: Final = 8
_ENDED: Final = "The process that compares records was ended from outside. Run the same command again."


@dataclass(frozen=True, slots=True)
class Task:
    """The arguments of `score_candidates`, without the rows."""

    threshold: float
    parameters: str | None = None
    also: Collection[tuple[str, str]] = ()
    limits: Limits = field(default_factory=Limits)


async def score_apart(pages: AsyncIterable[Sequence[SimilarRecord]], task: Task, progress: Progress) -> Scoring:
    """As `score_candidates`, in a child process that ends with this call, whatever ends it.

    Raises:
        as `score_candidates`; Unavailable where the child was killed.
    """
    check_installed()
    # -P: a folder that an operator happens to stand in holds no modules of ours.
    command = [sys.executable, "-P", "-m", __name__]
    process = await anyio.open_process(command, stderr=None, start_new_session=True)
    try:
        await _send_rows(process, pages, task)
        return await _receive_scoring(process, progress)
    finally:
        with suppress(ProcessLookupError):
            process.kill()
        with anyio.CancelScope(shield=True):
            await process.aclose()


async def _send_rows(process: Process, pages: AsyncIterable[Sequence[SimilarRecord]], task: Task) -> None:
    orders = cast(ByteSendStream, process.stdin)
    try:
        await orders.send(_frame(task))
        async for page in pages:
            await orders.send(_frame(page))
        await orders.send(_frame(None))
    except (anyio.BrokenResourceError, anyio.ClosedResourceError):
        return  # the child has something to say about it


async def _receive_scoring(process: Process, progress: Progress) -> Scoring:
    answers = BufferedByteReceiveStream(cast(ByteReceiveStream, process.stdout))
    while True:
        try:
            length = int.from_bytes(await answers.receive_exactly(_LENGTH_BYTES), "big")
            said = pickle.loads(await answers.receive_exactly(length))  # noqa: S301  (our own child)
        except (anyio.IncompleteRead, anyio.EndOfStream):
            raise Unavailable(_ENDED) from None
        match said:
            case Scoring():
                return said
            case HubError():
                raise said
            case str():
                raise InvariantBroken("Comparing records failed inside.", error=said)
            case stage, done, total:
                progress(stage, done, total)


def _frame(said: object) -> bytes:
    text = pickle.dumps(said)
    return len(text).to_bytes(_LENGTH_BYTES, "big") + text


def _receive(pipe: IO[bytes]) -> Any:
    """What the parent says next; None where it has ended."""
    length = int.from_bytes(pipe.read(_LENGTH_BYTES), "big")
    return pickle.loads(pipe.read(length)) if length else None  # noqa: S301  (our own parent)


def _list_rows(pipe: IO[bytes]) -> Iterator[SimilarRecord]:
    while page := _receive(pipe):
        yield from page


def _main() -> None:
    """Score what comes on standard input; give progress, and then the answer or what went wrong."""
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())

    def say(said: object) -> None:
        answers.write(_frame(said))
        answers.flush()

    with suppress(BrokenPipeError, EOFError):
        say(_score(sys.stdin.buffer, lambda *step: say(step)))


def _score(pipe: IO[bytes], progress: Progress) -> Scoring | HubError | str:
    task: Task = _receive(pipe)
    try:
        return score_candidates(
            _list_rows(pipe),
            threshold=task.threshold,
            parameters=task.parameters,
            also=task.also,
            limits=task.limits,
            progress=progress,
        )
    except HubError as error:
        return type(error)(error.safe_message)
    except OSError:
        raise
    except Exception as error:  # whatever it is, the parent is the one to deal with it
        return type(error).__name__  # its words may hold a value


if __name__ == "__main__":
    _main()
