"""What is asked of a database to know the worth of indexes it has not got."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence, Set
from dataclasses import dataclass
from typing import Protocol

from lab.model.change import AddIndex
from lab.model.workload import Value


@dataclass(frozen=True, slots=True)
class Built:
    """What an index took to build, and takes on disk."""

    size_bytes: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Plan:
    """`shape` is equal for plans that do the same work in the same way; `used` names the candidates in it."""

    shape: str
    used: frozenset[str]
    cost: float
    """The planner's own estimate, in its own unit."""


class Planner(Protocol):
    """A database whose candidate indexes can be shown or hidden at will.

    Methods raise LabError (in fact the engine's StatementError) when the database refuses.
    """

    def show_only(self, names: Set[str]) -> None:
        """Hides every candidate but these from the planner and from writes."""

    def plan(self, sql: str, parameters: Mapping[str, Value]) -> Plan: ...

    def close(self) -> None: ...


class Imagined(Planner, Protocol):
    """A copy of the base whose candidates look built to the planner, and are not."""

    def imagine(self, changes: Sequence[AddIndex]) -> dict[str, int]:
        """Estimated bytes by name, of those that can be imagined. To be called once."""


class WhatIf(Planner, Protocol):
    """A scratch copy of the base on which candidates are built once, and really."""

    counts_cpu: bool
    """Whether seconds are CPU time of the server's process, and so free of other work on the machine."""
    hides_from_writes: bool
    """Whether writes do not keep up what is hidden: then they show what a set costs them."""

    def build(self, change: AddIndex) -> Built: ...

    def settle(self) -> None:
        """Brings statistics up to date: to be called when candidates were built."""

    def seconds(self, sql: str, parameters: Mapping[str, Value], timeout_seconds: float) -> float | None:
        """One execution; None when it was cancelled."""

    def write_seconds(self, statements: Sequence[tuple[str, Mapping[str, Value]]]) -> float:
        """Executes writes and takes them back."""

    def tidy(self) -> None:
        """Removes what writes that were taken back left behind. To be called before reads are timed, while all
        candidates are shown that were shown to one of those writes."""


@dataclass(frozen=True, slots=True)
class Execution:
    """An operation with parameters drawn for it: `share` is its weight in the mix, divided among its draws."""

    operation: str
    sql: str
    parameters: Mapping[str, Value]
    share: float


@dataclass(frozen=True, slots=True)
class Ground:
    """Where candidates are tried out, and by what."""

    what_if: WhatIf
    reads: tuple[Execution, ...]
    writes: tuple[Execution, ...] = ()
    timeout_seconds: float = 10.0
    imagined: Imagined | None = None
    """Where candidates are looked at before any is built; None where that is not possible."""
    seconds_left: Callable[[], float] = lambda: math.inf
    """Of the time that trying may take."""
