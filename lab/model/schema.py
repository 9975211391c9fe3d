"""The logical schema, in PostgreSQL's words: types, expressions and actions are spelled as PostgreSQL spells them.

Names are those of the database, not of an ORM. What a source says and the model has no field for is kept
verbatim (`Statement`); what cannot be kept at all is a `Loss`. Nothing is dropped silently.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal

Action = Literal["no action", "restrict", "cascade", "set null", "set default"]
"""A referential action, SQL:2023 part 2, 4.18.3.4."""


@dataclass(frozen=True, slots=True)
class Position:
    """Where something was written. Lines and columns count from 1."""

    file: str
    line: int
    column: int = 1

    def __str__(self) -> str:
        return f"{self.file}:{self.line}"


@dataclass(frozen=True, slots=True)
class Loss:
    """Something a reader could not keep, or an engine cannot say, and what that changes."""

    what: str
    consequence: str
    position: Position | None = None


@dataclass(frozen=True, slots=True)
class Type:
    """A column type: PostgreSQL's canonical name (`bigint`, `numeric`, `varchar`, `timestamptz`, `jsonb`, …)
    or the name of an enum of the schema; its arguments (`numeric(10,2)` -> (10, 2)); array dimensions."""

    name: str
    arguments: tuple[int, ...] = ()
    dimensions: int = 0

    def __str__(self) -> str:
        arguments = f"({','.join(map(str, self.arguments))})" if self.arguments else ""
        return f"{self.name}{arguments}{'[]' * self.dimensions}"


@dataclass(frozen=True, slots=True)
class Column:
    """A column. `default` and `generated` are PostgreSQL expressions; `generated` is STORED."""

    name: str
    type: Type
    is_nullable: bool = True
    default: str | None = None
    identity: Literal["always", "by default"] | None = None
    generated: str | None = None
    is_updated_by_client: bool = False
    """True for Prisma's @updatedAt: the application, not the database, sets it."""
    comment: str = ""
    position: Position | None = None
    collation: str | None = None
    """As SQL names it: `"C"`, `public.german`; None for the type's own."""
    is_virtual: bool = False
    """Whether a generated column is computed when it is read (PostgreSQL 18), not STORED."""
    sequence: str = ""
    """An identity's options beyond the usual, as SQL says them: `START WITH 100 INCREMENT BY 10`."""
    is_serial: bool = False
    """Whether the numbers of an identity `by default` come of a sequence the column owns, PostgreSQL's older way."""


@dataclass(frozen=True, slots=True)
class Key:
    """A primary key or a unique constraint. `name` is None where the source leaves it to the database."""

    columns: tuple[str, ...]
    name: str | None = None
    position: Position | None = None
    include: tuple[str, ...] = ()
    has_distinct_nulls: bool = True
    """False for NULLS NOT DISTINCT (PostgreSQL 15): two NULLs collide."""
    is_deferrable: bool = False
    is_initially_deferred: bool = False
    is_without_overlaps: bool = False
    """Whether the last column is a period no two rows share (PostgreSQL 18)."""
    options: str = ""
    """What WITH (…) holds for its index."""


@dataclass(frozen=True, slots=True)
class ForeignKey:
    columns: tuple[str, ...]
    table: str
    referenced: tuple[str, ...]
    on_delete: Action = "no action"
    on_update: Action = "no action"
    is_deferrable: bool = False
    name: str | None = None
    position: Position | None = None
    is_initially_deferred: bool = False
    is_match_full: bool = False
    set_columns: tuple[str, ...] = ()
    """The columns ON DELETE SET NULL or SET DEFAULT sets (PostgreSQL 15); all of them when empty."""
    is_period: bool = False
    """Whether the last column is a period the referenced one must cover (PostgreSQL 18)."""

    @property
    def writes_columns(self) -> bool:
        """Whether its actions write to the referring columns."""
        sets = ("set null", "set default")
        return self.on_delete in sets or self.on_update in (*sets, "cascade")


@dataclass(frozen=True, slots=True)
class Check:
    """A CHECK constraint; `expression` without the outer parentheses."""

    expression: str
    name: str | None = None
    position: Position | None = None
    is_no_inherit: bool = False


@dataclass(frozen=True, slots=True)
class IndexPart:
    """One key of an index: a column, or an expression when `is_expression`."""

    value: str
    is_expression: bool = False
    is_descending: bool = False
    nulls: Literal["first", "last"] | None = None
    operator_class: str | None = None
    collation: str | None = None


@dataclass(frozen=True, slots=True)
class Index:
    """A secondary index. `method` is an access method (`btree`, `hash`, `gin`, `gist`, `brin`);
    `include` lists covering columns; `where` makes it partial."""

    name: str
    table: str
    parts: tuple[IndexPart, ...]
    is_unique: bool = False
    method: str = "btree"
    include: tuple[str, ...] = ()
    where: str | None = None
    position: Position | None = None
    has_distinct_nulls: bool = True
    """False for NULLS NOT DISTINCT: two NULLs collide in a unique index."""
    options: str = ""
    """What WITH (…) holds, as SQL says it: `fillfactor=70`."""

    @property
    def columns(self) -> tuple[str, ...]:
        """The plain columns among the keys, in order."""
        return tuple(part.value for part in self.parts if not part.is_expression)


@dataclass(frozen=True, slots=True)
class Partitioning:
    """Declarative partitioning; `partitions` are (name, bounds clause) pairs, e.g. `FOR VALUES IN ('a')`."""

    strategy: Literal["range", "list", "hash"]
    keys: tuple[str, ...]
    partitions: tuple[tuple[str, str], ...] = ()
    nested: tuple[tuple[str, Partitioning], ...] = ()
    """How partitions that are partitioned themselves are, by their names."""


@dataclass(frozen=True, slots=True)
class Table:
    name: str
    columns: tuple[Column, ...]
    primary_key: Key | None = None
    uniques: tuple[Key, ...] = ()
    foreign_keys: tuple[ForeignKey, ...] = ()
    checks: tuple[Check, ...] = ()
    indexes: tuple[Index, ...] = ()
    partitioning: Partitioning | None = None
    namespace: str | None = None
    comment: str = ""
    position: Position | None = None

    @property
    def relation(self) -> str:
        """The name in its namespace. `name` is the same, unless a table of another namespace has it, too: then it is
        `namespace.name`, since the model knows tables by one name."""
        return self.name.removeprefix(f"{self.namespace}.") if self.namespace else self.name

    def column(self, name: str) -> Column:
        """The column of that name. Raises KeyError."""
        for column in self.columns:
            if column.name == name:
                return column
        raise KeyError(name)

    @property
    def keys(self) -> tuple[Key, ...]:
        """The primary key, if any, then the unique constraints."""
        return ((self.primary_key,) if self.primary_key else ()) + self.uniques


@dataclass(frozen=True, slots=True)
class Enum:
    name: str
    values: tuple[str, ...]
    comment: str = ""
    position: Position | None = None
    namespace: str | None = None

    @property
    def relation(self) -> str:
        """The name in its namespace, as a table's."""
        return self.name.removeprefix(f"{self.namespace}.") if self.namespace else self.name


@dataclass(frozen=True, slots=True)
class Statement:
    """SQL of PostgreSQL the model has no field for (a trigger, a function, a view), executed as it stands."""

    sql: str
    what: str
    """What it makes, as a person would name it: `trigger orders_touch`."""
    position: Position | None = None


@dataclass(frozen=True, slots=True)
class Schema:
    tables: tuple[Table, ...]
    enums: tuple[Enum, ...] = ()
    statements: tuple[Statement, ...] = ()
    losses: tuple[Loss, ...] = ()
    provider: str = "postgres"
    """The engine the source was written for."""
    comment: str = field(default="")
    layouts: Mapping[str, str] = field(default_factory=dict)
    """How an engine without tables keeps the rows, in its own words, by the engine's name: where the user said so."""

    def table(self, name: str) -> Table:
        """The table of that name. Raises KeyError."""
        for table in self.tables:
            if table.name == name:
                return table
        raise KeyError(name)

    def enum(self, name: str) -> Enum | None:
        return next((enum for enum in self.enums if enum.name == name), None)

    def namespaces(self) -> list[str]:
        """Those but public that tables and enums lie in, each once, tables' first."""
        spaces = [table.namespace for table in self.tables] + [enum.namespace for enum in self.enums]
        return [space for space in dict.fromkeys(spaces) if space and space != "public"]

    def foreign_keys(self) -> Iterator[tuple[Table, ForeignKey]]:
        """Every foreign key with the table that owns it."""
        for table in self.tables:
            for foreign_key in table.foreign_keys:
                yield table, foreign_key
