"""Progress bars for long work: how far, how fast, how long still."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, ProgressColumn, Task, TextColumn, TimeRemainingColumn
from rich.text import Text


class _RateColumn(ProgressColumn):
    """Rows a second."""

    def render(self, task: Task) -> Text:
        speed = task.finished_speed or task.speed
        return Text(f"{speed:,.0f}/s" if speed else "")


class Bars:
    """A column of progress bars on standard error; on anything but a terminal only what is left standing is shown."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress

    def begin(self, label: str) -> Callable[[int, int], None]:
        """A new bar; call what is returned with what is done and what there is in all."""
        task = self._progress.add_task(label, total=None)

        def tell(done: int, total: int) -> None:
            self._progress.update(task, completed=done, total=total)

        return tell

    def tell_stages(self) -> Callable[[str, int, int], None]:
        """What is to be called with the name of a stage, what is done of it and what there is in all; a bar each."""
        stages: dict[str, Callable[[int, int], None]] = {}

        def tell(stage: str, done: int, total: int) -> None:
            if stage not in stages:
                stages[stage] = self.begin(stage)
            stages[stage](done, total)

        return tell


@contextmanager
def show_bars() -> Iterator[Bars]:
    """Bars for the time of the block."""
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        _RateColumn(),
        TimeRemainingColumn(compact=True),
    )
    with Progress(*columns, console=Console(stderr=True)) as progress:
        yield Bars(progress)
