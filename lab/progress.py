"""How far a run has come: bars on a terminal, plain lines elsewhere. Both go to standard error."""

from __future__ import annotations

import time
from types import TracebackType

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    SpinnerColumn,
    Task,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
)
from rich.text import Text

_FIRST_LINE = 10.0
"""Seconds before a stage is told of that still runs."""
_SOON = 2.0
"""Seconds before a rate is worth telling."""


def rate(done: float, seconds: float, unit: str) -> str:
    """How much a second: `41,000 rows/s`."""
    each = done / seconds if seconds else 0.0
    return f"{each:,.0f} {unit}/s" if each >= 10 else f"{each:.1f} {unit}/s"


def time_left(done: float, total: float, seconds: float) -> str:
    """What remains at the same rate: `3:05 left`."""
    left = round((total - done) * seconds / done) if done else 0
    minutes, rest = divmod(max(left, 0), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02} left" if hours else f"{minutes}:{rest:02} left"


class _Pace(ProgressColumn):
    """Rate and time left, of stages that know how much there is to do."""

    def render(self, task: Task) -> Text:
        seconds = task.elapsed or 0.0
        if not task.completed or seconds < _SOON:
            return Text("")
        told = rate(task.completed, seconds, task.fields["unit"])
        if task.total:
            told += f", {time_left(task.completed, task.total, seconds)}"
        return Text(told)


class Bars:
    """One line per stage, the running one animated."""

    def __init__(self, console: Console) -> None:
        self._progress = Progress(
            SpinnerColumn(),
            TextColumn("{task.description}"),
            BarColumn(bar_width=12),
            MofNCompleteColumn(),
            _Pace(),
            TextColumn("{task.fields[note]}", style="dim"),
            TimeElapsedColumn(),
            console=console,
            transient=True,
        )
        self._task: TaskID | None = None

    def __enter__(self) -> Bars:
        self._progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._progress.stop()

    def refresh(self) -> None:
        """Draws the line now rather than at the next tenth of a second."""
        self._progress.refresh()

    def stage(self, title: str, total: float = 0.0, unit: str = "") -> None:
        if self._task is not None:
            self._progress.remove_task(self._task)
        self._task = self._progress.add_task(title, total=total or None, note="", unit=unit)

    def advance(self, amount: float, note: str = "") -> None:
        if self._task is not None:
            self._progress.update(self._task, advance=amount, note=note)


class Lines:
    """A line when a stage ends, and now and then while a long one runs."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._title = ""
        self._unit = ""
        self._done = 0.0
        self._total = 0.0
        self._started = 0.0
        self._next = _FIRST_LINE

    def __enter__(self) -> Lines:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is None:
            self._finish()

    def stage(self, title: str, total: float = 0.0, unit: str = "") -> None:
        self._finish()
        self._title, self._unit, self._done, self._total = title, unit, 0.0, total
        self._started, self._next = time.monotonic(), _FIRST_LINE

    def advance(self, amount: float, note: str = "") -> None:
        self._done += amount
        self._tell()

    def _tell(self) -> None:
        """A line now and then while a long stage runs, each twice as late as the one before."""
        seconds = time.monotonic() - self._started
        if self._total and seconds >= self._next and self._done < self._total:
            self._next = 2 * seconds
            told = f"{rate(self._done, seconds, self._unit)}, {time_left(self._done, self._total, seconds)}"
            share = f"{self._done:,.0f} of {self._total:,.0f} {self._unit}"
            self._console.print(f"{self._title}, {share} ({told})", highlight=False)

    def _finish(self) -> None:
        if self._title:
            seconds = time.monotonic() - self._started
            amount = f", {self._done:,.0f} {self._unit}" if self._done else ""
            pace = f", {rate(self._done, seconds, self._unit)}" if self._done else ""
            self._console.print(f"{self._title}{amount} ({seconds:.1f} s{pace})", highlight=False)
