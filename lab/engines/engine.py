"""What the lab asks of a database product, by name; each engine's module answers.

Text first, then run: `create_sql`, `change_sql` and `query_sql` return SQL and need no server.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

from lab.errors import LabError
from lab.model.change import Change
from lab.model.mapping import DocumentMapping, Embedding, Expiry
from lab.model.nesting import Work
from lab.model.run import Relation, RuleCheck
from lab.model.schema import ForeignKey, Loss, Position, Schema, Table
from lab.model.workload import Operation, Value

if TYPE_CHECKING:
    import pyarrow as pa


@dataclass(frozen=True, slots=True)
class Server:
    """A running instance. `address` is what the engine connects by, and may hold a password.

    `prefix` leads the name of every database the lab makes there: on a server that is not the lab's own, it tells
    the lab's databases from others.
    """

    engine: str
    spec: str
    version: str
    origin: str
    address: str = field(repr=False)
    prefix: str = ""


@dataclass(frozen=True, slots=True)
class Ddl:
    """A schema's statements: `before` the rows are loaded, and `after`, when that is faster."""

    before: tuple[str, ...]
    after: tuple[str, ...]
    losses: tuple[Loss, ...] = ()


@dataclass(frozen=True, slots=True)
class Text:
    """One piece of SQL and where its first line was written."""

    sql: str
    position: Position | None = None
    source: str = ""
    """The text the user wrote, where `sql` is a translation of it."""


@dataclass(frozen=True, slots=True)
class ChangeSql:
    up: tuple[Text, ...]
    down: tuple[Text, ...]
    losses: tuple[Loss, ...] = ()


@dataclass(frozen=True, slots=True)
class Explained:
    """A plan as the engine prints it, and the work one execution did, by counter."""

    plan: str
    work: Mapping[str, float]


class StatementError(LabError):
    """The database refused a statement."""


class UnknownName(StatementError):
    """A statement names a table or column there is not."""


class StaleStatement(StatementError):
    """A prepared statement whose result has another shape now: it has to be prepared anew."""


class LoadError(LabError):
    """A table could not be filled."""


class StatementTimeout(LabError):
    """A statement ran longer than allowed and was cancelled."""


class DiskFull(LabError):
    """The disk the server writes to is full."""


class ServerLost(LabError):
    """The server went away in mid-session."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """A statement ready to be timed. `execute(bind(parameters))` does nothing but send, wait and fetch;
    `count(result)` gives the rows returned or affected, and raises what the statement raised. `decoder(result)`, of
    one that raised nothing, gives a function that makes Python values of all its rows: what an application pays for
    them, to be timed apart."""

    bind: Callable[[Mapping[str, Value]], Any]
    execute: Callable[[Any], Any]
    count: Callable[[Any], int]
    decoder: Callable[[Any], Callable[[], Sequence[Any]]] | None = None


class Database(Protocol):
    """A connection to one database of a server. Statements commit by themselves.

    Every method raises StatementError (with the position in the user's file where that is known),
    StatementTimeout, DiskFull or ServerLost.
    """

    def run(self, texts: Iterable[Text]) -> tuple[Loss, ...] | None:
        """Executes statements, as one transaction. Returns what came out as less than was said, if anything did."""

    def rows(self, sql: str, parameters: Mapping[str, Value]) -> list[tuple[Any, ...]]:
        """The decoded rows of a query; parameters appear as `:name`."""

    def load(self, table: Table, batches: Iterable[pa.RecordBatch]) -> int:
        """Appends Arrow batches, one column each of `table`; returns the rows written."""

    def analyze(self) -> None:
        """Brings statistics (and what reads need of maintenance) up to date."""

    def count_orphans(self, table: Table, foreign_key: ForeignKey) -> int | None:
        """Rows whose reference matches no row; None when one of the tables is not kept here."""

    def count_violations(self, table: Table, schema: Schema) -> Iterable[RuleCheck]:
        """For each key, check and type a table declares and can be asked for here: how many rows break it."""

    def catalog(self) -> dict[str, str]:
        """Every object's name and its normalised definition; equal for equal schemas."""

    def relations(self) -> tuple[Relation, ...]: ...

    def check(self, text: Text) -> None:
        """Raises StatementError unless the query (with `:name` parameters) could be prepared."""

    def prepare(self, sql: str) -> Prepared: ...

    def explain(self, sql: str, parameters: Mapping[str, Value]) -> Explained:
        """Plans and executes a read once."""

    def wait_for_disk(self, is_wanted: bool) -> bool:
        """Whether commits of this connection wait until they are on the disk. False, and nothing done, where that is
        not the connection's to say."""

    def serving_process(self) -> int | None:
        """The number of the operating system's process, on this machine, that serves this connection alone; None when
        there is none, or it is not known."""

    def server_seconds(self, sql: str, parameters: Mapping[str, Value]) -> float | None:
        """Executes a statement once; what the server's own clock says it took, the way to the client left out. None
        where no server says so. A write is undone again, or done for good: each engine says which."""

    def set_timeout(self, seconds: float | None) -> None:
        """Cancels every later statement that runs longer."""

    def close(self) -> None: ...


@runtime_checkable
class LoadsOnce(Protocol):
    """A database that can tell whether rows were loaded under a mark, whoever loaded them."""

    def load_once(self, table: Table, batches: Iterable[pa.RecordBatch], mark: str) -> bool:
        """Like `load`, but nothing when the mark is in the table `lab_loaded` already; else it is put there with the
        rows, in one transaction. Returns whether rows were loaded; batches are drawn only then."""


@runtime_checkable
class RetriesTransactions(Protocol):
    """A database that begins transactions anew which conflicts ended, as its drivers do."""

    @property
    def retries(self) -> int:
        """How often it did, so far."""


@dataclass(frozen=True, slots=True)
class NestingTexts:
    """One relation embedded and referenced: for each kind of work a statement on either, (embedded, referenced). They
    take `parent` and `child`, keys that are numbers: `parents` says by size from which on there are how many, and
    children from `first_child` on are new."""

    statements: Mapping[Work, tuple[str, str]]
    parents: Mapping[int, tuple[int, int]]
    first_child: int


@runtime_checkable
class NestsRelations(Protocol):
    """An engine whose documents may hold others."""

    def lay_out_nesting(
        self, server: Server, source: str, target: str, embedding: Embedding, sizes: Mapping[int, int]
    ) -> NestingTexts | None:
        """Fills the database `target` with parents and children like those of `source`: as many parents as `sizes` says
        of each number of children. None where there are none to be like."""


class Remover(Protocol):
    """Removes what has expired from one database, while it is switched on."""

    def spread(self, mapping: DocumentMapping, expiry: Expiry, most: int, seconds: float) -> int:
        """Has up to `most` documents of a collection expire evenly over the next `seconds`. Returns how many."""

    def switch(self, is_on: bool) -> None: ...

    def removed(self) -> int:
        """Documents, since the server began."""

    def processor_seconds(self) -> float | None:
        """What the server has used; None where it does not say."""


@runtime_checkable
class ExpiresDocuments(Protocol):
    """An engine that removes by itself what has expired."""

    def removing(
        self, server: Server, database: str, mappings: Sequence[DocumentMapping]
    ) -> AbstractContextManager[Remover | None]:
        """For a database with the indexes of its mappings. None on a server that is not the lab's own."""


class Engine(Protocol):
    """What the lab knows of a database product. Modules implement it."""

    name: str
    title: str
    """As a person writes it: `PostgreSQL`."""
    noop_sql: str
    """A statement that does nothing, to calibrate the timed path with."""
    load_connections: int
    """How many a load makes use of, side by side; 1 where the server writes for one at a time."""
    timed_interval: str
    """What happens between the two readings of the clock, in a sentence for the report."""
    decodes_in_time: bool
    """Whether making Python values of the rows is part of that."""
    has_server: bool
    """Whether another process than the client does the work."""

    def create_sql(self, schema: Schema) -> Ddl: ...

    def change_sql(self, change: Change) -> ChangeSql:
        """Raises LabError when the engine cannot say it."""

    def query_sql(self, operation: Operation) -> Text:
        """The operation in the engine's own words. Raises LabError when it cannot be said."""

    def connect(self, server: Server, database: str) -> Database: ...

    def create_database(self, server: Server, name: str) -> None: ...

    def clone_database(self, server: Server, source: str, target: str) -> None:
        """A copy of a database nobody is connected to."""

    def drop_database(self, server: Server, name: str) -> None:
        """No error when it is not there."""

    def list_databases(self, server: Server) -> list[str]:
        """Those the lab made, by the names it gave: whose name on the server begins with `server.prefix`."""

    def server_version(self, address: str) -> str:
        """Of the server at an address. Raises LabError when it does not answer, or refuses the credentials."""

    def settings(self, server: Server) -> Mapping[str, str]:
        """The settings that bear on performance, as the server reports them."""


def quote(name: str) -> str:
    """A delimited identifier (SQL:2023 part 2, 5.2)."""
    return '"' + name.replace('"', '""') + '"'


def quote_all(names: Sequence[str]) -> str:
    return ", ".join(quote(name) for name in names)


def literal(value: str) -> str:
    """A character string literal."""
    return "'" + value.replace("'", "''") + "'"


def orphans_sql(table: Table, foreign_key: ForeignKey, referenced_namespace: str | None = None) -> str:
    """Counts rows whose non-null reference matches no row."""
    child = ".".join(quote(part) for part in (table.namespace, table.relation) if part)
    referenced = foreign_key.table.removeprefix(f"{referenced_namespace}.")
    parent = ".".join(quote(part) for part in (referenced_namespace, referenced) if part)
    match = " AND ".join(
        f"p.{quote(theirs)} = c.{quote(ours)}"
        for ours, theirs in zip(foreign_key.columns, foreign_key.referenced, strict=True)
    )
    filled = " AND ".join(f"c.{quote(ours)} IS NOT NULL" for ours in foreign_key.columns)
    return f"SELECT count(*) FROM {child} c WHERE {filled} AND NOT EXISTS (SELECT 1 FROM {parent} p WHERE {match})"
