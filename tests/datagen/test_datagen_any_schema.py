"""Schemas nobody thought of: rows are refused with a sentence, or all keys and references hold."""

from __future__ import annotations

from generated import orphans, repeated_keys
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from lab.bench import Silent, load_base
from lab.datagen import Generator
from lab.engines import load_engine
from lab.engines.engine import Engine, Server
from lab.errors import LabError
from lab.model.data import DataSpec, TableSpec
from lab.model.schema import Check, Column, Enum, ForeignKey, Key, Schema, Table, Type

TYPES = (
    Type("bigint"),
    Type("smallint"),
    Type("integer"),
    Type("text"),
    Type("varchar", (6,)),
    Type("char", (3,)),
    Type("uuid"),
    Type("date"),
    Type("timestamptz", (3,)),
    Type("numeric", (9, 2)),
    Type("boolean"),
    Type("state"),
    Type("inet"),
)
NAME = "lab_any_schema"
STATES = Enum("state", ("new", "paid", "sent"))


@st.composite
def schemas(draw: st.DrawFn) -> Schema:
    tables: list[Table] = []
    for number in range(draw(st.integers(1, 4))):
        tables.append(draw(table(f"t{number}", tables)))
    return Schema(tuple(tables), (STATES,))


@st.composite
def table(draw: st.DrawFn, name: str, earlier: list[Table]) -> Table:
    columns = [
        Column(f"c{number}", draw(st.sampled_from(TYPES)), draw(st.booleans()))
        for number in range(draw(st.integers(1, 4)))
    ]
    keys: list[ForeignKey] = []
    for number in range(draw(st.integers(0, 3)) if earlier else 0):
        parent = draw(st.sampled_from(earlier))
        key = draw(st.sampled_from(parent.keys))
        is_nullable = draw(st.booleans())
        shared = draw(st.booleans())
        names = []
        for place, theirs in enumerate(key.columns):
            own = Column(f"{name}_f{number}_{place}", parent.column(theirs).type, is_nullable)
            used = {column for other in keys for column in other.columns}
            same = [c for c in columns if c.name in used and c.type == own.type and c.is_nullable == is_nullable]
            if shared and same and len(key.columns) > 1 and same[0].name not in names:
                names.append(same[0].name)
            else:
                columns.append(own)
                names.append(own.name)
        keys.append(ForeignKey(tuple(names), parent.name, key.columns))
    if draw(st.booleans()):
        columns.append(Column("parent", columns[0].type, True))
        keys.append(ForeignKey(("parent",), name, (columns[0].name,)))
    names = [column.name for column in columns if column.name != "parent"]
    parts = st.lists(st.sampled_from(names), min_size=1, max_size=3, unique=True)
    uniques = [Key(tuple(draw(parts))) for _ in range(draw(st.integers(0, 2)))]
    first = Key((columns[0].name,)) if keys and keys[-1].table == name else Key(tuple(draw(parts)))
    required = [
        Column(column.name, column.type, column.is_nullable and column.name not in first.columns) for column in columns
    ]
    checks = draw(st.sampled_from([(), (Check("c0 IS NOT NULL"),), (Check("c0 <> c1"),)]))
    checks = checks if len(names) > 1 and required[0].type == required[1].type else ()
    return Table(name, tuple(required), first, tuple(uniques), tuple(keys), checks)


@settings(derandomize=True, max_examples=250, deadline=None)
@given(schemas(), st.integers(0, 1_000), st.sampled_from([1, 7, 40]))
def test_every_key_and_reference_holds(schema: Schema, seed: int, count: int) -> None:
    roots = {table.name: TableSpec(rows=count) for table in schema.tables if not table.foreign_keys}
    try:
        made = Generator(schema, DataSpec(roots), 0.02, seed)
        found = [*orphans(made), *repeated_keys(made)]
    except LabError as error:
        event("refused")
        assert error.message and error.hint
        return
    event("made")
    assert found == []


def _check_loaded(engine: Engine, server: Server, schema: Schema, seed: int, count: int) -> None:
    roots = {table.name: TableSpec(rows=count) for table in schema.tables if not table.foreign_keys}
    try:
        made = Generator(schema, DataSpec(roots), 0.02, seed)
    except LabError:
        event("refused")
        return
    event("made")
    try:
        load = load_base(engine, server, schema, made, Silent(), NAME)
    finally:
        engine.drop_database(server, NAME)
    assert load.rows == sum(made.row_count(name) for name in made.tables)
    assert [check for check in load.foreign_keys if check.orphans] == []
    assert [check for check in load.rules if check.violations] == []


@settings(derandomize=True, max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(schemas(), st.integers(0, 1_000), st.sampled_from([1, 7, 40]))
def test_sqlite_takes_the_rows_of_any_schema(sqlite_server: Server, schema: Schema, seed: int, count: int) -> None:
    _check_loaded(load_engine("sqlite"), sqlite_server, schema, seed, count)


@settings(derandomize=True, max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(schemas(), st.integers(0, 1_000), st.sampled_from([7, 40]))
def test_postgresql_takes_the_rows_of_any_schema(
    postgres_server: Server, schema: Schema, seed: int, count: int
) -> None:
    _check_loaded(load_engine("postgres"), postgres_server, schema, seed, count)
