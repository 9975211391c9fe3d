"""One of the two tables while rows live in both: what it is called, and how its rows are made of the other's."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from lab.engines.ddl import qualified
from lab.engines.engine import quote
from lab.migrate.diff.names import tagged
from lab.migrate.expressions import qualified_columns
from lab.migrate.postgres.aside import with_enums, with_types
from lab.migrate.postgres.backfill import row_key
from lab.migrate.postgres.objects import exclusion_name
from lab.migrate.postgres.types import convert, stand_in
from lab.migrate.postgres.words import in_space
from lab.model.schema import Column, Schema, Statement, Table
from lab.readers.constraint_names import made_name


@dataclass(frozen=True, slots=True)
class Side:
    """`table` bears its own name in the schema it belongs to; `tag` is what it is called by while it stands aside.
    `sources` maps each of its columns to the other side's; `fills` gives a column an expression over the other's row.
    `enums` maps an enum both sides have, with other values, to what this side's is called while aside. `exclusions` are
    the table's constraints that are kept verbatim."""

    schema: Schema
    table: Table
    tag: str
    sources: Mapping[str, str]
    fills: Mapping[str, str]
    enums: Mapping[str, str]
    exclusions: tuple[Statement, ...] = ()

    def name(self, own: str) -> str:
        return tagged(own, self.tag)

    @property
    def aside(self) -> Table:
        """The table with every name as it is while aside."""
        table = with_types(self.table, self.enums)
        return replace(
            table,
            name=self.name(table.name),
            primary_key=table.primary_key and replace(table.primary_key, name=self.name(table.primary_key.name or "")),
            uniques=tuple(replace(key, name=self.name(key.name or "")) for key in table.uniques),
            indexes=tuple(
                replace(index, name=self.name(index.name), table=self.name(index.table)) for index in table.indexes
            ),
            foreign_keys=(),
            partitioning=table.partitioning
            and replace(
                table.partitioning,
                partitions=tuple((self.name(name), bounds) for name, bounds in table.partitioning.partitions),
            ),
        )

    @property
    def aside_schema(self) -> Schema:
        return replace(with_enums(self.schema, self.enums), tables=(self.aside,), statements=())

    def written(self) -> list[Column]:
        """The columns that take values from the other side."""
        return [
            column
            for column in self.table.columns
            if column.generated is None and (not column.identity or column.name in self.sources)
        ]

    def follows(self, column: Column) -> bool:
        """Whether a column changes when the other side's row does: what that side does not know of keeps its value,
        and what is GENERATED ALWAYS is given when a row is made and never again."""
        return (column.name in self.sources or column.name in self.fills) and column.identity != "always"

    def value(self, column: Column, other: Side, row: str) -> str:
        """What a column holds for a row of the other side's, called `row`."""
        if column.name in self.fills:
            return f"({qualified_columns(self.fills[column.name], row)})"
        source = self.sources.get(column.name)
        if source is not None:
            return convert(
                f"{row}.{quote(source)}", other.table.column(source).type, column.type, self.schema, self.enums
            )
        if column.default is not None:
            return column.default
        if column.is_nullable:
            return "NULL"
        return stand_in(column, self.schema, is_unique=False)

    def key(self) -> tuple[str, ...]:
        """The columns that tell its rows apart."""
        found = row_key(self.table)
        assert found is not None
        return found

    def owned(self) -> list[tuple[str, str]]:
        """Relations that take their name from the table's, each with what it is called while aside: indexes, those
        of keys included, partitions, and sequences of identities."""
        names = [key.name or "" for key in self.table.keys] + [index.name for index in self.table.indexes]
        found = [(name, self.name(name)) for name in names]
        for column in self.table.columns:
            if column.identity:
                mine = made_name(self.table.name, column.name, "seq")
                found.append((mine, made_name(self.name(self.table.name), column.name, "seq")))
        return found

    def excluded(self) -> list[tuple[str, str]]:
        """The names of the exclusions, each with what it is called while aside."""
        names = [exclusion_name(each) for each in self.exclusions]
        return [(name, self.name(name)) for name in names]

    def partition_parts(self) -> list[tuple[str, str]]:
        """Indexes of the partitions, which the server names after them."""
        table = self.table
        parts: list[tuple[tuple[str, ...], str]] = [((), "pkey")] if table.primary_key else []
        parts += [(key.columns, "key") for key in table.uniques]
        parts += [
            (tuple("expr" if p.is_expression else p.value for p in i.parts) + i.include, "idx") for i in table.indexes
        ]
        return [
            (made_name(own, "_".join(columns), label), made_name(aside, "_".join(columns), label))
            for own, aside in self.partitions()
            for columns, label in parts
        ]

    def partitions(self) -> list[tuple[str, str]]:
        pairs = self.table.partitioning.partitions if self.table.partitioning else ()
        return [(name, self.name(name)) for name, _ in pairs]


def live_name(side: Side) -> str:
    return qualified(side.table)


def aside_name(side: Side) -> str:
    return in_space(side.table, side.name(side.table.name))
