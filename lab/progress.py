"""How far a run has come: bars on a terminal, plain lines elsewhere. Both go to standard error."""

from __future__ import annotations

import time
from types import TracebackType

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn


class Bars:
    """One line per stage, the running one animated."""

    def __init__(self, console: Console) -> None:
        self._progress = Progress(
            SpinnerColumn(),
            TextColumn("{task.description}"),
            BarColumn(bar_width=24),
            MofNCompleteColumn(),
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

    def stage(self, title: str, total: float = 0.0, unit: str = "") -> None:
        if self._task is not None:
            self._progress.remove_task(self._task)
        self._task = self._progress.add_task(title, total=total or None, note="")

    def advance(self, amount: float, note: str = "") -> None:
        if self._task is not None:
            self._progress.update(self._task, advance=amount, note=note)


class Lines:
    """A line when a stage begins, and one when a long one ends."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._title = ""
        self._unit = ""
        self._done = 0.0
        self._started = 0.0

    def __enter__(self) -> Lines:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is None:
            self._finish()

    def stage(self, title: str, total: float = 0.0, unit: str = "") -> None:
        self._finish()
        self._title, self._unit, self._done, self._started = title, unit, 0.0, time.monotonic()

    def advance(self, amount: float, note: str = "") -> None:
        self._done += amount

    def _finish(self) -> None:
        if self._title:
            amount = f", {self._done:,.0f} {self._unit}" if self._done else ""
            self._console.print(f"{self._title}{amount} ({time.monotonic() - self._started:.1f} s)", highlight=False)
