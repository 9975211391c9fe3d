"""What is asked of a database to know the worth of indexes it has not got."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
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


class WhatIf(Protocol):
    """A scratch copy of the base on which candidates can be built once and shown or hidden at will.

    Methods raise LabError (in fact the engine's StatementError) when the database refuses.
    """

    counts_cpu: bool
    """Whether seconds are CPU time of the server's process, and so free of other work on the machine."""

    def build(self, change: AddIndex) -> Built: ...

    def settle(self) -> None:
        """Brings statistics up to date: to be called when candidates were built."""

    def show_only(self, names: Set[str]) -> None:
        """Hides every candidate but these from the planner and from writes."""

    def plan(self, sql: str, parameters: Mapping[str, Value]) -> Plan: ...

    def seconds(self, sql: str, parameters: Mapping[str, Value], timeout_seconds: float) -> float | None:
        """One execution; None when it was cancelled."""

    def write_seconds(self, statements: Sequence[tuple[str, Mapping[str, Value]]]) -> float:
        """Executes writes and takes them back."""

    def close(self) -> None: ...


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
