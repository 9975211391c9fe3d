"""The statements of the application a migration takes out of service, and of the one it makes room for."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

import sqlglot
from sqlglot import expressions as exp

from lab import workloads
from lab.bench.draws import endless_draws
from lab.datagen import Generator
from lab.design import read_design
from lab.engines.engine import Database, Engine, Server, StatementError
from lab.migrate.changes import Diff, MoveColumn
from lab.migrating.planning import Planned
from lab.migrating.sources import design_of
from lab.migrating.verify import TARGET, built, generator_for
from lab.model.data import DataSpec, TableSpec
from lab.model.schema import Schema
from lab.model.workload import Operation, Value


@dataclass(frozen=True, slots=True)
class Application:
    """`generators` gives each operation, by name, the rows its parameters are drawn from."""

    operations: tuple[Operation, ...]
    generators: Mapping[str, Generator]
    seed: int

    def draw(self, operation: Operation, drawn: dict[str, int]) -> Iterator[Mapping[str, Value]]:
        generator = self.generators[operation.name]
        return endless_draws(generator, operation, self.seed, random.Random(self.seed), drawn)


def old_application(planned: Planned, scale: float, seed: int) -> Application:
    """The design's workload, or the one its schema gives."""
    home = design_of(planned.wanted.source)
    if home is None:
        operations = workloads.derive(planned.diff.source).operations
    else:
        operations = read_design(home).workload.operations
    return _application(operations, generator_for(planned, scale, seed), seed)


def new_application(
    engine: Engine, server: Server, planned: Planned, old: Application, scale: float, seed: int
) -> Application:
    """What of the old one the new schema serves as well; and, where that is not all, what an application of the new
    schema asks of the tables that were there."""
    with built(engine, server, TARGET, planned.diff.new) as database:
        valid = [each for each in old.operations if _is_served(each, engine, database, planned.diff.new)]
    if len(valid) == len(old.operations):
        return old
    taken = {operation.name for operation in valid}
    lasting = _lasting(planned.diff)
    kinds = {operation.target_class for operation in old.operations}
    more = [
        each for each in workloads.derive(lasting).operations if each.name not in taken and each.target_class in kinds
    ]
    generator = Generator(lasting, _rows_as_loaded(planned.diff, generator_for(planned, scale, seed)), 1.0, seed)
    made = _application(tuple(more), generator, seed)
    generators = {**made.generators, **{name: old.generators[name] for name in taken}}
    return Application((*valid, *more), generators, seed)


def _application(operations: tuple[Operation, ...], generator: Generator, seed: int) -> Application:
    return Application(operations, {operation.name: generator for operation in operations}, seed)


def _is_served(operation: Operation, engine: Engine, database: Database, schema: Schema) -> bool:
    text = engine.query_sql(operation)
    try:
        database.check(text)
    except StatementError:
        return False
    return not _lacks_values(text.sql, engine.name, schema)


def _lacks_values(sql: str, engine: str, schema: Schema) -> bool:
    """Whether it inserts rows without a value that the schema wants of whoever does."""
    found = sqlglot.parse_one(sql, read="mysql" if engine == "mariadb" else engine)
    if not isinstance(found, exp.Insert) or not isinstance(found.this, exp.Schema):
        return False
    given = {column.name for column in found.this.expressions}
    table = schema.table(found.this.this.name)
    return any(
        not (column.is_nullable or column.default or column.generated or column.identity) and column.name not in given
        for column in table.columns
    )


def _lasting(diff: Diff) -> Schema:
    """The new schema without the tables that begin empty, and those that refer to them."""
    filled = diff.before.keys() | {c.target.name for c in diff.changes if isinstance(c, MoveColumn)}
    kept = [table for table in diff.new.tables if table.name in filled]
    while loose := [t for t in kept if any(key.table not in {k.name for k in kept} for key in t.foreign_keys)]:
        kept = [table for table in kept if table not in loose]
    return replace(diff.new, tables=tuple(kept))


def _rows_as_loaded(diff: Diff, loaded: Generator) -> DataSpec:
    """As many rows in each table as were loaded."""
    counts = {name: loaded.row_count(table.name) for name, table in diff.original.items()}
    for change in diff.changes:
        if isinstance(change, MoveColumn) and change.target.name not in counts:
            counts[change.target.name] = counts[change.source.name]
    return DataSpec({name: TableSpec(rows=max(count, 1)) for name, count in counts.items() if name in diff.after})
