"""One variant while it is being measured: its database, what is run on it, and what came of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

from lab.bench.load import BASE
from lab.engines.engine import Database, StatementError, StatementTimeout, Text
from lab.model.change import Variant
from lab.model.run import Answer, Migration, Relation, Status
from lab.model.schema import Loss


@dataclass(slots=True)
class Stand:
    """One variant while it is being measured."""

    variant: Variant
    name: str
    status: Status = "measured"
    reason: str = ""
    database: Database | None = None
    source: str = BASE
    """The database it is a copy of."""
    session: Database | None = None
    """The connection of the present round, where each has its own."""
    down: tuple[Text, ...] = ()
    migration: Migration | None = None
    losses: tuple[Loss, ...] = ()
    relations: tuple[Relation, ...] = ()
    texts: dict[str, Text] = field(default_factory=dict)
    stopped: dict[str, tuple[Status, str]] = field(default_factory=dict)
    answers: dict[str, Answer] = field(default_factory=dict)
    plans: dict[str, tuple[str, Mapping[str, float]]] = field(default_factory=dict)
    server_seconds: dict[str, list[float]] = field(default_factory=dict)
    decode_seconds: dict[str, float | None] = field(default_factory=dict)

    @property
    def connection(self) -> Database:
        """The one that is timed."""
        found = self.session or self.database
        assert found is not None
        return found

    @contextmanager
    def noting(self, operation: str) -> Iterator[None]:
        """Notes why a statement of an operation failed: the operation stops here, the run goes on."""
        try:
            yield
        except StatementTimeout as error:
            self.stopped[operation] = "timed out", error.message
        except StatementError as error:
            self.stopped[operation] = "failed", error.message

    def serves(self, operation: str) -> bool:
        return self.database is not None and operation in self.texts and operation not in self.stopped
