"""A migration as ordered steps, each of which is run whole, or not at all, or from where it stopped."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Literal

from lab.model.schema import Loss

Phase = Literal["expand", "migrate", "contract"]
Serves = Literal["", "next", "before"]
_OPPOSITE: dict[Serves, Serves] = {"": "", "next": "before", "before": "next"}
PHASES: tuple[Phase, ...] = ("expand", "migrate", "contract")


@dataclass(frozen=True, slots=True)
class Lock:
    """What a step holds, on what, and whom that keeps waiting. `is_brief` when only catalogs are changed under it."""

    mode: str = ""
    tables: tuple[str, ...] = ()
    blocks: str = "nothing"
    is_brief: bool = True

    def __str__(self) -> str:
        if not self.mode:
            return "none"
        return f"{self.mode} on {', '.join(self.tables)}" + ("" if self.is_brief else ", for as long as it takes")


NO_LOCK = Lock()


@dataclass(frozen=True, slots=True)
class Way:
    """One direction of a step: statements, and whether they run in one transaction."""

    sql: tuple[str, ...] = ()
    lock: Lock = NO_LOCK
    is_atomic: bool = True
    """False for what refuses a transaction (CREATE INDEX CONCURRENTLY) or commits on its own (a batched backfill)."""
    is_backfill: bool = False


@dataclass(frozen=True, slots=True)
class Step:
    title: str
    up: Way
    down: Way
    phase: Phase = "expand"
    loses: str = ""
    """What the way up destroys for good: needs --allow-data-loss."""
    note: str = ""
    """What a reader has to know: what the way down cannot restore, or who is kept waiting and why."""
    serves: Serves = ""
    """What a step is for that does nothing of its own: the `next` one's way up, or the way back of the one `before`,
    which then needs it whether it ever ran up or not."""

    @property
    def is_reversible(self) -> bool:
        return not self.loses


def step(title: str, up: Way, down: Way | None = None, loses: str = "", note: str = "") -> Step:
    return Step(title, up, down or Way(), loses=loses, note=note)


def in_phase(phase: Phase, steps: Iterable[Step]) -> list[Step]:
    return [replace(each, phase=phase) for each in steps]


def inverted(steps: Iterable[Step], titles: str = "undo: ") -> list[Step]:
    """The steps that undo these, in the order that does: to drop is to add, backwards."""
    return [
        replace(each, title=f"{titles}{each.title}", up=each.down, down=each.up, serves=_OPPOSITE[each.serves])
        for each in reversed(list(steps))
    ]


@dataclass(frozen=True, slots=True)
class Plan:
    engine: str
    steps: tuple[Step, ...]
    losses: tuple[Loss, ...] = ()
    """What the engine cannot say of the target."""

    @property
    def destroys(self) -> tuple[str, ...]:
        return tuple(each.loses for each in self.steps if each.loses)
