"""What has been read of an SQL file so far; complete only at the end, since later statements alter what earlier
ones made."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

from lab.errors import LabError, did_you_mean
from lab.model.schema import Column, Enum, ForeignKey, Loss, Position, Schema, Statement, Table, Type
from lab.readers.expressions import quoted
from lab.readers.sql.names import object_name, sequence_of, sequence_words
from lab.readers.sql.source import Source


@dataclass(slots=True)
class Reading:
    """`relations` maps what is no table of the model (views, tables kept verbatim) to what it is; `namespaces` maps
    these, the tables and the partitions to their namespace; `partitions` maps a partition to its parent; `owners` maps
    a sequence to the column that owns it."""

    source: Source
    tables: dict[str, Table] = field(default_factory=dict)
    enums: dict[str, Enum] = field(default_factory=dict)
    statements: list[Statement] = field(default_factory=list)
    losses: list[Loss] = field(default_factory=list)
    relations: dict[str, str] = field(default_factory=dict)
    namespaces: dict[str, str | None] = field(default_factory=dict)
    partitions: dict[str, str] = field(default_factory=dict)
    sequences: dict[str, Statement] = field(default_factory=dict)
    owners: dict[str, tuple[str, str]] = field(default_factory=dict)
    namespace: str | None = None
    text: str = ""
    start: int = 0

    def position(self, offset: int = 0) -> Position:
        """Where byte `offset` was written; the statement being read when it is 0."""
        return self.source.position(max(offset, self.start))

    def keep(self, what: str, sql: str | None = None) -> Statement:
        """Keeps a statement verbatim: the one being read, or `sql`."""
        statement = Statement(sql or self.text, what, self.position())
        self.statements.append(statement)
        return statement

    def lose(self, what: str, consequence: str) -> None:
        self.losses.append(Loss(what, consequence, self.position()))

    def lose_once(self, what: str, consequence: str) -> None:
        """Notes a loss a file may hold thousands of only at the first."""
        if all(loss.what != what for loss in self.losses):
            self.lose(what, consequence)

    def named(self, relation: Any) -> tuple[str | None, str]:
        """A RangeVar's namespace (None for public) and name."""
        space = relation.schemaname or self.namespace
        return (None if space in ("public", "", None) else space), relation.relname

    def label(self, relation: Any) -> str:
        """A RangeVar's name, after its namespace unless that is public."""
        space, name = self.named(relation)
        return f"{space}.{name}" if space else str(name)

    def key(self, label: str) -> str:
        """What tables, views and partitions are kept by: their name; but their label once two namespaces have the
        name. Without a namespace, or with a wrong one, the only one of the name is meant."""
        if label in self.namespaces:
            return label
        space, _, name = label.rpartition(".")
        return label if f"{space}.{name}" in self.namespaces and space else name

    def key_of(self, relation: Any) -> str:
        """`key` of what a RangeVar names."""
        return self.key(self.label(relation))

    def take(self, relation: Any) -> str:
        """The key of something new. One that is not in public gives way to one that is."""
        space, name = self.named(relation)
        if name not in self.namespaces or self.namespaces[name] == space:
            key = name
        elif space is None:
            self._rekey(name, f"{self.namespaces[name]}.{name}")
            key = name
        else:
            key = f"{space}.{name}"
        self.namespaces[key] = space
        return str(key)

    def _rekey(self, old: str, new: str) -> None:
        self.namespaces[new] = self.namespaces.pop(old)
        for kept in (self.relations, self.partitions):
            if old in kept:
                kept[new] = kept.pop(old)
        self.owners = {name: (new if table == old else table, column) for name, (table, column) in self.owners.items()}
        self.partitions = {name: new if parent == old else parent for name, parent in self.partitions.items()}
        if old in self.tables:
            table = self.tables[old]
            indexes = tuple(replace(index, table=new) for index in table.indexes)
            renamed = replace(table, name=new, indexes=indexes)
            self.tables = {new if key == old else key: renamed if key == old else t for key, t in self.tables.items()}

    def table(self, relation: Any) -> Table:
        """The table a RangeVar names. Raises LabError when there is none."""
        name = self.key_of(relation)
        if name not in self.tables:
            position = self.position(relation.location)
            raise LabError(f"{position}: there is no table {name}", did_you_mean(name, self.tables, "tables"))
        return self.tables[name]

    def column(self, table: Table, name: str) -> Column:
        """Raises LabError when the table has no such column."""
        for column in table.columns:
            if column.name == name:
                return column
        known = [column.name for column in table.columns]
        raise LabError(
            f"{self.position()}: table {table.name} has no column {name}",
            did_you_mean(name, known, f"columns of {table.name}"),
        )

    def put_column(self, table: Table, column: Column) -> None:
        """Takes the place of the column of its name."""
        columns = tuple(column if old.name == column.name else old for old in table.columns)
        self.tables[table.name] = replace(table, columns=columns)

    def sequence(self, label: str | None) -> str | None:
        """The sequence a default means, which may not say its namespace."""
        if label is None or label in self.sequences:
            return label
        found = [known for known in self.sequences if known.rpartition(".")[2] == label.rpartition(".")[2]]
        return found[0] if len(found) == 1 else label

    def relation_names(self) -> set[str]:
        """Names no further table or index can take."""
        names = {*self.tables, *self.relations, *self.partitions}
        for table in self.tables.values():
            names.update(index.name for index in table.indexes)
            names.update(key.name for key in table.keys if key.name)
        return names


def finish(reading: Reading) -> Schema:
    """The schema, once every statement was read: sequences become identities, references their keys."""
    tables = [_finished(table, reading) for table in reading.tables.values()]
    owned = {name for name in reading.sequences if _is_absorbed(name, reading)}
    dropped = {id(reading.sequences[name]) for name in owned}
    statements = tuple(statement for statement in reading.statements if id(statement) not in dropped)
    return Schema(tuple(tables), tuple(reading.enums.values()), statements, tuple(reading.losses))


def _is_absorbed(sequence: str, reading: Reading) -> bool:
    """Whether one column alone takes its values from the sequence, and owns it."""
    users = [
        (table.name, column.name)
        for table in reading.tables.values()
        for column in table.columns
        if reading.sequence(sequence_of(column.default)) == sequence
    ]
    owner = reading.owners.get(sequence)
    # A sequence left without users belonged to a column of a partition.
    return users == [owner] or (owner is not None and not users)


def _finished(table: Table, reading: Reading) -> Table:
    key = table.primary_key.columns if table.primary_key else ()
    columns = tuple(_finished_column(column, table, key, reading) for column in table.columns)
    referring = [replace(key, table=reading.key(key.table)) for key in table.foreign_keys]
    foreign_keys = [_with_referenced(foreign_key, table, reading) for foreign_key in referring]
    kept = tuple(foreign_key for foreign_key in foreign_keys if foreign_key is not None)
    return replace(table, columns=columns, foreign_keys=kept)


def _finished_column(column: Column, table: Table, key: tuple[str, ...], reading: Reading) -> Column:
    enum = column.type.name.rpartition(".")[2]
    if enum in reading.enums:
        column = replace(column, type=Type(enum, dimensions=column.type.dimensions))
    if column.name in key:
        column = replace(column, is_nullable=False)
    sequence = reading.sequence(sequence_of(column.default))
    usual = object_name(table.relation, column.name, "seq")
    is_usual = sequence in (usual, f"{table.namespace}.{usual}")
    is_implied = sequence not in reading.sequences and is_usual
    if sequence is None or not (is_implied or _is_absorbed(sequence, reading)):
        return column
    made = reading.sequences.get(sequence)
    if not is_usual:
        reading.losses.append(
            Loss(f"name {sequence} of the sequence of {table.name}.{column.name}", f"called {usual}", column.position)
        )
    return replace(
        column,
        default=None,
        identity="by default",
        is_nullable=False,
        is_serial=True,
        sequence=sequence_words(made.sql, column.type.name) if made else "",
    )


def _with_referenced(foreign_key: ForeignKey, table: Table, reading: Reading) -> ForeignKey | None:
    """With the primary key where no columns are named; None once a reference to what is not in the model was kept
    verbatim."""
    name = foreign_key.table
    if name not in reading.tables and (name in reading.relations or name in reading.partitions):
        reading.statements.append(_verbatim(foreign_key, table))
        return None
    if foreign_key.referenced or name not in reading.tables:
        return foreign_key
    key = reading.tables[name].primary_key
    if key is None:
        raise LabError(
            f"{foreign_key.position}: a foreign key of {table.name} refers to {name}, which has no primary key",
            f"name the column: REFERENCES {name} (…), or give {name} a primary key",
        )
    return replace(foreign_key, referenced=key.columns)


def _verbatim(foreign_key: ForeignKey, table: Table) -> Statement:
    owner = f"{quoted(table.namespace)}.{quoted(table.relation)}" if table.namespace else quoted(table.name)
    sql = f"ALTER TABLE {owner} ADD"
    sql += f" CONSTRAINT {quoted(foreign_key.name)}" if foreign_key.name else ""
    sql += f" FOREIGN KEY ({', '.join(map(quoted, foreign_key.columns))}) REFERENCES {quoted(foreign_key.table)}"
    sql += f" ({', '.join(map(quoted, foreign_key.referenced))})" if foreign_key.referenced else ""
    sql += " MATCH FULL" if foreign_key.is_match_full else ""
    sql += f" ON DELETE {foreign_key.on_delete.upper()}"
    sql += f" ({', '.join(map(quoted, foreign_key.set_columns))})" if foreign_key.set_columns else ""
    sql += f" ON UPDATE {foreign_key.on_update.upper()}"
    sql += " DEFERRABLE" if foreign_key.is_deferrable else ""
    sql += " INITIALLY DEFERRED" if foreign_key.is_initially_deferred else ""
    return Statement(sql, f"foreign key of {table.name} to {foreign_key.table}", foreign_key.position)
