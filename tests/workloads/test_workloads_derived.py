"""A workload from the schema alone: written, read back, and run."""

from __future__ import annotations

import re
import sqlite3
from collections import Counter
from functools import lru_cache
from pathlib import Path

import pytest

from lab import readers
from lab.datagen import Generator, draw
from lab.engines import load_engine
from lab.engines.engine import Database, Server, Text
from lab.errors import LabError
from lab.model.data import DataSpec, TableSpec
from lab.model.schema import Schema
from lab.model.workload import Choice, Fresh, FromColumn, Operation
from lab.workloads import derive, write_script
from lab.workloads.script import read_script

ROOT = Path(__file__).parents[2]
SOURCES = (
    ROOT / "schemas/ecommerce/schema.prisma",
    ROOT / "examples/blog.prisma",
    *sorted((ROOT / "tests/readers/migrated").glob("*.prisma")),
    ROOT / "tests/readers/dumped/library.sql",
)
ODD = """
CREATE SCHEMA billing;
CREATE TYPE state AS ENUM ('new', 'paid');
CREATE TABLE "Order" ("group" int NOT NULL, "end" int NOT NULL, "a-b" text, "a_b" text, "user" state NOT NULL,
  "2fa" text NOT NULL, "Straße" text NOT NULL, "select" timestamptz NOT NULL, PRIMARY KEY ("group", "end"));
CREATE TABLE billing.lines (id int PRIMARY KEY, "from" int NOT NULL, "to" int NOT NULL, new_value int NOT NULL,
  before timestamptz NOT NULL, FOREIGN KEY ("from", "to") REFERENCES "Order" ("group", "end"));
CREATE TABLE "table" (id int PRIMARY KEY, line_id int NOT NULL REFERENCES billing.lines, "values" text NOT NULL);
CREATE TABLE "offset" (new_value text PRIMARY KEY, "limit" text NOT NULL);
"""


def parsed(sql: str) -> Schema:
    return readers.read(Path("schema.sql"), sql)


@lru_cache(maxsize=20)
def schema_of(source: Path | str) -> Schema:
    return parsed(source) if isinstance(source, str) else readers.read(source)


@pytest.fixture(params=[*SOURCES, ODD], ids=lambda source: source.name if isinstance(source, Path) else "odd names")
def schema(request: pytest.FixtureRequest) -> Schema:
    return schema_of(request.param)


def operation(sql: str, name: str) -> Operation | None:
    return next((found for found in derive(parsed(sql)).operations if found.name == name), None)


# Written and read


def test_a_written_workload_reads_back_as_the_same(schema: Schema, tmp_path: Path) -> None:
    derived, file = derive(schema), tmp_path / "queries.sql"
    file.write_text(write_script(derived))
    assert file.read_text().startswith("-- Derived from the schema")
    assert [plain(found) for found in read_script(file, schema)] == [plain(found) for found in derived.operations]


def plain(found: Operation) -> object:
    """All but where it was written."""
    rules = tuple((parameter.name, parameter.rule) for parameter in found.parameters)
    shape = (found.target_class, found.weight, found.is_write, found.is_ordered)
    return found.name, shape, dict(found.sql), rules, found.description


def test_names_are_told_apart(schema: Schema) -> None:
    names = Counter(found.name for found in derive(schema).operations)
    assert names and set(names.values()) == {1}


def test_names_that_meet_are_numbered() -> None:
    sql = "".join(f'CREATE TABLE "{name}" (id int PRIMARY KEY);' for name in ("aB", "a_b", "a-b"))
    names = [found.name for found in derive(parsed(sql)).operations if "_by_" in found.name]
    assert names == ["a_b_by_id", "a_b_by_id_2", "a_b_by_id_3"]


# Run


@pytest.fixture
def loaded(schema: Schema, tmp_path: Path) -> tuple[Generator, Database]:
    engine = load_engine("sqlite")
    server = Server("sqlite", "sqlite", "3", "", str(tmp_path))
    engine.create_database(server, "derived")
    database = engine.connect(server, "derived")
    ddl, made = engine.create_sql(schema), Generator(schema, DataSpec(), 0.03, 1)
    database.run(Text(sql) for sql in ddl.before)
    for name in made.tables:
        database.load(schema.table(name), made.batches(name))
    database.run(Text(sql) for sql in ddl.after)
    return made, database


def test_every_operation_can_be_prepared_on_empty_tables(schema: Schema) -> None:
    engine = load_engine("sqlite")
    connection = sqlite3.connect(":memory:")
    ddl = engine.create_sql(schema)
    for statement in (*ddl.before, *ddl.after):
        connection.execute(statement)
    for found in derive(schema).operations:
        text = engine.query_sql(found)
        connection.execute(f"EXPLAIN {text.sql}", {parameter.name: None for parameter in found.parameters})
    connection.close()


def test_every_read_finds_rows_and_every_write_succeeds_however_often(
    schema: Schema, loaded: tuple[Generator, Database]
) -> None:
    made, database = loaded
    engine = load_engine("sqlite")
    for found in derive(schema).operations:
        sql = engine.query_sql(found).sql
        answers = [database.rows(sql, parameters) for parameters in draw(made, found, 40, 1)]
        if found.is_write:
            answers += [database.rows(sql, parameters) for parameters in draw(made, found, 40, 2, offset=40)]
        elif "_by_" in found.name and "_counted" not in found.name and not found.name.startswith("most_"):
            is_null = any(None in parameters.values() for parameters in draw(made, found, 40, 1))
            has_octets = "bytea" in {column_type(schema, parameter.rule) for parameter in found.parameters}
            assert is_null or has_octets or all(answers), found.name
    assert sum(database.count_orphans(table, key) for table, key in schema.foreign_keys()) == 0
    database.close()


def column_type(schema: Schema, rule: object) -> str:
    return schema.table(rule.table).column(rule.column).type.name if isinstance(rule, FromColumn) else ""


# What is asked

SHOP = """
CREATE TYPE state AS ENUM ('new', 'paid');
CREATE TABLE users (id bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY, email text NOT NULL UNIQUE,
  created_at timestamptz NOT NULL DEFAULT now());
CREATE TABLE orders (id bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY, user_id bigint NOT NULL REFERENCES users,
  state state NOT NULL DEFAULT 'new', total numeric NOT NULL, placed_at timestamptz NOT NULL);
"""


def test_a_shop_is_asked_what_shops_are_asked() -> None:
    assert [(found.name, found.target_class, found.is_write) for found in derive(parsed(SHOP)).operations] == [
        ("users_by_id", "simple", False),
        ("users_by_email", "simple", False),
        ("newest_users", "simple", False),
        ("add_users", "simple", True),
        ("orders_by_id", "simple", False),
        ("orders_of_user_id", "simple", False),
        ("most_orders_by_user_id", "complex", False),
        ("newest_orders", "simple", False),
        ("orders_by_state_counted", "complex", False),
        ("add_orders", "simple", True),
        ("change_orders_state", "simple", True),
    ]


def test_columns_are_named_so_that_a_variant_may_add_one(schema: Schema) -> None:
    for found in derive(schema).operations:
        assert all("*" not in sql.replace("count(*)", "") for sql in found.sql.values())


def test_children_come_newest_first_and_completely_ordered() -> None:
    found = operation(SHOP, "orders_of_user_id")
    assert found is not None and found.is_ordered
    assert found.sql[""].endswith("WHERE user_id = :user_id\nORDER BY placed_at DESC, id DESC LIMIT 20")


def test_a_state_is_changed_to_any_other() -> None:
    found = operation(SHOP, "change_orders_state")
    assert found is not None
    assert found.sql[""] == "UPDATE orders SET state = :state\nWHERE id = :id"
    assert found.parameters[0].rule == Choice(("new", "paid"))
    assert found.parameters[1].rule == FromColumn("orders", "id")


def test_an_insert_takes_fresh_keys_and_existing_parents() -> None:
    users, orders = operation(SHOP, "add_users"), operation(SHOP, "add_orders")
    assert users is not None and orders is not None
    assert {p.name: p.rule for p in users.parameters} == {
        "email": Fresh("users", "email"),
        "created_at": FromColumn("users", "created_at"),
    }
    assert {p.name: p.rule for p in orders.parameters} == {
        "user_id": FromColumn("users", "id"),
        "total": FromColumn("orders", "total"),
        "placed_at": FromColumn("orders", "placed_at"),
    }


PARENTS = "CREATE TABLE a (id int PRIMARY KEY); CREATE TABLE b (x int, y int, PRIMARY KEY (x, y));"


@pytest.mark.parametrize(
    "table",
    [
        "(a_id int PRIMARY KEY REFERENCES a)",
        "(id int PRIMARY KEY, a_id int NOT NULL UNIQUE REFERENCES a)",
        "(a_id int NOT NULL REFERENCES a, x int NOT NULL, y int NOT NULL, FOREIGN KEY (x, y) REFERENCES b, "
        "PRIMARY KEY (a_id, x, y))",
        "(id int PRIMARY KEY, kind text NOT NULL UNIQUE CHECK (kind IN ('p', 'q')))",
        "(code char(2) PRIMARY KEY)",
        "(id smallint PRIMARY KEY)",
        "(id int PRIMARY KEY, tags text[] NOT NULL)",
        "(id int PRIMARY KEY, locale text NOT NULL UNIQUE DEFAULT 'en')",
        "(id int PRIMARY KEY, during tsrange NOT NULL, EXCLUDE USING gist (during WITH &&))",
    ],
)
def test_no_insert_is_derived_that_could_fail(table: str) -> None:
    assert operation(f"{PARENTS} CREATE TABLE t {table}", "add_t") is None


@pytest.mark.parametrize(
    ("table", "given"),
    [
        ("(id bigserial PRIMARY KEY, note text NOT NULL)", {"note"}),
        ("(id uuid PRIMARY KEY DEFAULT gen_random_uuid(), note text)", {"id"}),
        ("(id int PRIMARY KEY, a_id int UNIQUE REFERENCES a)", {"id"}),
        (
            "(id int PRIMARY KEY, made timestamp DEFAULT now(), day date NOT NULL DEFAULT CURRENT_DATE)",
            {"id", "made", "day"},
        ),
        (
            "(id int PRIMARY KEY, token uuid DEFAULT gen_random_uuid(), lot int DEFAULT random())",
            {"id", "token", "lot"},
        ),
        ("(id int PRIMARY KEY, secret bytea NOT NULL DEFAULT gen_random_bytes(8))", {"id"}),
        ("(id int PRIMARY KEY, kind text NOT NULL DEFAULT 'x')", {"id"}),
        ("(id int PRIMARY KEY, ticket bigint NOT NULL DEFAULT nextval('s') UNIQUE)", {"id", "ticket"}),
        ("(a_id int NOT NULL REFERENCES a, line smallint NOT NULL, PRIMARY KEY (a_id, line))", {"a_id", "line"}),
        (
            "(id int PRIMARY KEY, low int NOT NULL DEFAULT 0, high int NOT NULL, CHECK (low <= high))",
            {"id", "low", "high"},
        ),
        ("(id int PRIMARY KEY, x int NOT NULL, y int NOT NULL, FOREIGN KEY (x, y) REFERENCES b)", {"id", "x", "y"}),
    ],
)
def test_an_insert_gives_what_not_every_database_makes(table: str, given: set[str]) -> None:
    found = operation(f"CREATE SEQUENCE s; {PARENTS} CREATE TABLE t {table}", "add_t")
    assert found is not None
    assert {parameter.name for parameter in found.parameters} == given


def test_columns_a_check_compares_come_from_one_row_and_are_not_changed() -> None:
    sql = (
        "CREATE TYPE kind AS ENUM ('percent', 'fixed'); CREATE TABLE t (id int PRIMARY KEY, kind kind NOT NULL,"
        "value int NOT NULL, label text NOT NULL, CHECK (kind <> 'percent' OR value <= 100))"
    )
    added = operation(sql, "add_t")
    assert added is not None
    rules = {parameter.name: parameter.rule for parameter in added.parameters}
    assert rules["kind"] == FromColumn("t", "kind") and rules["value"] == FromColumn("t", "value")
    assert operation(sql, "change_t_kind") is None
    assert operation(sql, "change_t_label") is not None


def test_tables_in_a_namespace_are_named_with_it_but_not_on_sqlite() -> None:
    found = operation(ODD, "lines_by_id")
    assert found is not None
    assert "FROM billing.lines" in found.text("postgres")
    assert "FROM lines" in found.text("sqlite")


def test_of_a_large_schema_the_most_connected_tables_are_covered() -> None:
    tables = "".join(f"CREATE TABLE t{n} (id int PRIMARY KEY);" for n in range(14))
    children = "".join(f"CREATE TABLE c{n} (id int PRIMARY KEY, t int REFERENCES t{n + 8});" for n in range(6))
    derived = derive(parsed(tables + children))
    assert derived.origin == "derived from the schema (12 of 20 tables)"
    asked = {match for found in derived.operations for match in re.findall(r"^(\w+)_by_id$", found.name)}
    assert asked == {f"t{n}" for n in range(8, 14)} | {f"c{n}" for n in range(6)}


def test_what_the_generator_cannot_draw_is_never_asked(schema: Schema) -> None:
    made = Generator(schema, DataSpec({table.name: TableSpec() for table in schema.tables}), 0.03, 1)
    for found in derive(schema).operations:
        try:
            assert len(draw(made, found, 300, 1, offset=1_000)) == 300
        except LabError as error:
            pytest.fail(f"{found.name}: {error}")
