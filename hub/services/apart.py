"""Work in a process of its own: it can be ended at any moment, is bounded in time and memory, and blocks nobody.

The child is given a task and pages through its standard input and tells progress and the answer through its standard
output, each a pickle with its length before it. It belongs to no terminal, so that Ctrl-C is for its parent alone, and
ends by itself once nobody holds the other ends of its pipes.
"""

from __future__ import annotations

import os
import pickle
import sys
from collections.abc import AsyncIterable, Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from math import ceil
from time import process_time
from types import ModuleType
from typing import IO, Any, Final, TypeAlias, cast

import anyio
from anyio.abc import ByteReceiveStream, ByteSendStream, Process
from anyio.streams.buffered import BufferedByteReceiveStream

from hub.core.errors import HubError, InvariantBroken, Unavailable

Progress: TypeAlias = Callable[[str, int, int], None]
"""Is told a stage, how much of it is done, and of how much."""

Work: TypeAlias = Callable[[Any, Iterator[Any], Progress], object]
"""What a child does: from a task and pages to an answer. A function of a module, which the child imports."""

_LENGTH_BYTES: Final = 8


@dataclass(frozen=True, slots=True)
class Bounds:
    """How much a child may take, of wall time and of memory; where the system keeps no account of memory, of time.

    The time counts from when it has started: a busy machine may take long over that, and nothing has run by then.
    """

    seconds: float
    memory_bytes: int


class ChildEnded(Unavailable):
    """The process ended before it answered: from outside, or by its bounds."""

    code = "CHILD_ENDED"


async def work_apart(
    work: Work,
    task: object,
    pages: AsyncIterable[object] | None = None,
    progress: Progress = lambda *_: None,
    *,
    bounds: Bounds | None = None,
) -> Any:
    """What some work answers, in a child process that ends with this call, whatever ends it.

    Pages are sent before progress is read, so a child that is sent many tells little.

    Raises:
        HubError: as the work does, without its context.
        ChildEnded: the child was killed, or took more than its bounds.
        InvariantBroken: the work failed with anything else.
    """
    # -P: a folder that an operator happens to stand in holds no modules of ours.
    begin = f"from {__name__} import serve; from {work.__module__} import {work.__name__} as work; serve(work)"
    command = [sys.executable, "-P", "-c", begin]
    seconds = None if bounds is None else bounds.seconds
    process = await anyio.open_process(command, stderr=None, start_new_session=True)
    answers = BufferedByteReceiveStream(cast(ByteReceiveStream, process.stdout))
    try:
        await _send(process, bounds, task)
        await _receive_said(answers)  # that it has started
        with anyio.move_on_after(seconds):
            await _send_pages(process, pages)
            return await _receive_answer(answers, progress)
        raise ChildEnded(f"The process that worked on this took more than {seconds} seconds.")
    finally:
        with suppress(ProcessLookupError):
            process.kill()
        with anyio.CancelScope(shield=True):
            await process.aclose()


async def _send_pages(process: Process, pages: AsyncIterable[object] | None) -> None:
    if pages is not None:
        async for page in pages:
            if not await _send(process, page):
                return
    await _send(process, None)


async def _send(process: Process, *said: object) -> bool:
    """Whether the child still listens; where not, it has something to say about it."""
    orders = cast(ByteSendStream, process.stdin)
    try:
        for one in said:
            await orders.send(_frame(one))
    except (anyio.BrokenResourceError, anyio.ClosedResourceError):
        return False
    return True


async def _receive_answer(answers: BufferedByteReceiveStream, progress: Progress) -> Any:
    while True:
        match await _receive_said(answers):
            case "progress", step:
                progress(*step)
            case "answer", answer:
                return answer
            case "refused", error:
                raise error
            case _, name:
                raise InvariantBroken("The work of a process failed inside.", error=name)


async def _receive_said(answers: BufferedByteReceiveStream) -> Any:
    try:
        length = int.from_bytes(await answers.receive_exactly(_LENGTH_BYTES), "big")
        return pickle.loads(await answers.receive_exactly(length))  # noqa: S301  (our own child)
    except (anyio.IncompleteRead, anyio.EndOfStream):
        raise ChildEnded("The process that worked on this was ended from outside. Run the same again.") from None


def _frame(said: object) -> bytes:
    text = pickle.dumps(said)
    return len(text).to_bytes(_LENGTH_BYTES, "big") + text


def serve(work: Work) -> None:
    """In the child: do the work for what comes on standard input; tell progress, then the answer or what was wrong."""
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())

    def say(kind: str, said: object) -> None:
        answers.write(_frame((kind, said)))
        answers.flush()

    with suppress(BrokenPipeError, EOFError):
        orders = sys.stdin.buffer
        _keep_within(_receive(orders))
        say("started", None)
        say(*_work(work, orders, lambda *step: say("progress", step)))


def _work(work: Work, orders: IO[bytes], progress: Progress) -> tuple[str, object]:
    task = _receive(orders)
    try:
        return "answer", work(task, _list_pages(orders), progress)
    except HubError as error:
        return "refused", type(error)(error.safe_message)
    except MemoryError:
        raise SystemExit(1) from None
    except OSError:
        raise
    except Exception as error:  # whatever it is, the parent is the one to deal with it
        return "failed", type(error).__name__  # its words may hold a value


def _keep_within(bounds: Bounds | None) -> None:
    if bounds is None or (resource := _find_resource()) is None:
        return
    with suppress(ValueError, OSError):  # a system that knows no such bound
        resource.setrlimit(resource.RLIMIT_AS, (bounds.memory_bytes, bounds.memory_bytes))
        # The parent watches the clock, unless it was killed itself.
        seconds = ceil(process_time() + bounds.seconds) + 1
        resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))


def _find_resource() -> ModuleType | None:
    try:
        import resource
    except ImportError:
        return None
    return resource


def _receive(pipe: IO[bytes]) -> Any:
    """What the parent says next; None where it has ended."""
    length = int.from_bytes(pipe.read(_LENGTH_BYTES), "big")
    return pickle.loads(pipe.read(length)) if length else None  # noqa: S301  (our own parent)


def _list_pages(pipe: IO[bytes]) -> Iterator[Any]:
    while page := _receive(pipe):
        yield page
