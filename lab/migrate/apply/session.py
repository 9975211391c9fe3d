"""What a migration asks of a database, whatever the product."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Literal, Protocol

HISTORY = "lab_migrations"
State = Literal["going up", "applied", "going down"]


@dataclass(frozen=True, slots=True)
class Entry:
    """What the history says of one migration; `statements` of those that commit one by one are done."""

    number: int
    name: str
    checksum: str
    state: State
    statements: int = 0
    finished_at: str = ""


class Session(Protocol):
    """One connection. Statements commit by themselves, unless in a `transaction`. Raises StatementError and its
    like."""

    engine: str
    is_whole: bool
    """Whether all pending migrations can go in one transaction without keeping others waiting longer."""
    has_atomic_ddl: bool
    """Whether a transaction can hold a change of the schema."""

    def errors(self) -> AbstractContextManager[None]:
        """Raises the lab's errors for the driver's."""

    def alone(self) -> AbstractContextManager[None]:
        """No other migration runs meanwhile. Raises LabError when one does."""

    def transaction(self) -> AbstractContextManager[None]: ...

    def statements(self, text: str) -> list[str]: ...

    def execute(self, sql: str) -> None: ...

    def redo(self, sql: str) -> None:
        """Like execute, for a statement that may have been done already by a run that was killed."""

    def history(self) -> Mapping[int, Entry]:
        """Empty where nothing was ever migrated."""

    def note(self, entry: Entry) -> None:
        """Adds or replaces an entry; the history's table is made with the first."""

    def forget(self, number: int) -> None: ...

    def is_waited_for(self, error: Exception) -> bool:
        """Whether a statement failed only because a lock was not to be had in time."""

    def close(self) -> None: ...
