"""Which row a database refused: found by loading less and less of the table, each time into an empty database."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import pyarrow as pa

from lab.datagen import Generator, plain_values
from lab.engines.engine import Ddl, Engine, LoadError, Server, StatementError, Text
from lab.engines.rules import unique_columns, unique_name
from lab.model.schema import Schema, Table

_DATABASE = "lab_blame"
_SHOWN = 60
_HINT = "say in data.toml what its columns may hold (`values`, `range`, `expression`), or mend the constraint"


@dataclass(frozen=True, slots=True)
class Offence:
    """A row that was refused: `row` counts from 0 within its table."""

    table: str
    chunk: int
    row: int
    values: tuple[tuple[str, object], ...]
    reason: str

    def __str__(self) -> str:
        values = ", ".join(f"{name} = {_shown(value)}" for name, value in self.values)
        return f"{self.table}, chunk {self.chunk}, row {self.row:,}: {self.reason}; the row: {values}"


def _shown(value: object) -> str:
    text = "NULL" if value is None else repr(value) if isinstance(value, str) else str(value)
    return text if len(text) <= _SHOWN else f"{text[: _SHOWN - 1]}…"


def refused_load(
    error: StatementError, engine: Engine, server: Server, ddl: Ddl, table: Table, generator: Generator
) -> LoadError:
    """What to say of a table that could not be loaded."""
    offence = _refused_row(engine, server, ddl, table, generator) or _first_repeated(table, generator)
    if offence is None:
        return LoadError(f"cannot load table {table.name}: {error.message}", error.hint)
    return LoadError(f"cannot load {offence}", _HINT)


def refused_constraint(error: StatementError, schema: Schema, generator: Generator) -> LoadError:
    """What to say where the rows went in, but a constraint or an index over them could not be made."""
    offence = next((found for table in schema.tables if (found := _first_repeated(table, generator))), None)
    where = f"; {offence}" if offence is not None else ""
    return LoadError(f"the rows are loaded, but a constraint or index refuses them: {error.message}{where}", error.hint)


def _refused_row(engine: Engine, server: Server, ddl: Ddl, table: Table, generator: Generator) -> Offence | None:
    """The first row of the first chunk that cannot be loaded by itself."""
    for chunk, batch in enumerate(generator.batches(table.name)):
        error = _attempt(engine, server, ddl, table, [batch])
        if error is not None:
            row, reason = _within(engine, server, ddl, table, batch, error)
            return _offence(table, generator, chunk, batch, row, reason)
    return None


def _within(
    engine: Engine, server: Server, ddl: Ddl, table: Table, batch: pa.RecordBatch, error: StatementError
) -> tuple[int, str]:
    """Which row of the chunk, and why. By halving: the shortest beginning of it that is refused ends with the
    offending row."""
    taken, refused = 0, batch.num_rows
    while refused - taken > 1:
        middle = (taken + refused) // 2
        found = _attempt(engine, server, ddl, table, [batch.slice(0, middle)])
        taken, refused, error = (middle, refused, error) if found is None else (taken, middle, found)
    return refused - 1, error.message


def _attempt(
    engine: Engine, server: Server, ddl: Ddl, table: Table, batches: Iterable[pa.RecordBatch]
) -> StatementError | None:
    engine.drop_database(server, _DATABASE)
    engine.create_database(server, _DATABASE)
    try:
        database = engine.connect(server, _DATABASE)
        try:
            database.run(Text(sql) for sql in ddl.before)
            database.load(table, batches)
        except StatementError as error:
            return error
        finally:
            database.close()
    finally:
        engine.drop_database(server, _DATABASE)
    return None


def _first_repeated(table: Table, generator: Generator) -> Offence | None:
    """The first row that has the key of an earlier one."""
    columns = set(generator.columns(table.name))
    for key in (key for key in unique_columns(table) if columns.issuperset(key)):
        seen: set[tuple[object, ...]] = set()
        for chunk, batch in enumerate(generator.batches(table.name)):
            values = zip(*(plain_values(batch[column]) for column in key), strict=True)
            for row, value in enumerate(values):
                if None not in value and value in seen:
                    return _offence(table, generator, chunk, batch, row, f"{unique_name(key)} is taken")
                seen.add(value)
    return None


def _offence(table: Table, generator: Generator, chunk: int, batch: pa.RecordBatch, row: int, reason: str) -> Offence:
    one = batch.slice(row, 1)
    values = ((name, plain_values(one[name])[0]) for name in one.schema.names)
    return Offence(table.name, chunk, chunk * generator.chunk_size(table.name) + row, tuple(values), reason)
