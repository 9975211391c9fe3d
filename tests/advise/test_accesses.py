"""What a query's text says of how it reaches rows."""

from __future__ import annotations

from pathlib import Path

import pytest

from lab.advise.accesses import Access, find_accesses
from lab.model.schema import Schema
from lab.model.workload import Operation
from lab.readers import sql as reader

DDL = """
CREATE TABLE users (id bigint PRIMARY KEY, email text, deleted_at timestamptz);
CREATE TABLE orders (id bigint PRIMARY KEY, user_id bigint, status text, total numeric, placed_at timestamptz);
"""


@pytest.fixture(scope="module")
def schema() -> Schema:
    return reader.read([(Path("schema.sql"), DDL)])


def accesses(sql: str, schema: Schema, **texts: str) -> list[Access]:
    return list(find_accesses(Operation("o", "simple", {"": sql, **texts}), "postgres", schema))


def test_equality_range_and_order_are_told_apart(schema: Schema) -> None:
    (found,) = accesses(
        "SELECT id, total FROM orders WHERE user_id = :u AND placed_at >= :since AND status = 'paid' "
        "ORDER BY placed_at DESC, id",
        schema,
    )
    assert found.equal == ("user_id",)
    assert found.ranges == ("placed_at",)
    assert found.fixed == (("status", "status = 'paid'"),)
    assert found.order == (("placed_at", True), ("id", False))
    assert set(found.used) == {"id", "total", "user_id", "placed_at", "status"}


def test_both_sides_of_a_join_are_seen(schema: Schema) -> None:
    found = accesses(
        "SELECT u.email, o.total FROM users u JOIN orders o ON o.user_id = u.id "
        "WHERE u.email = :e AND u.deleted_at IS NULL",
        schema,
    )
    by_table = {access.table: access for access in found}
    assert by_table["orders"].joins == ("user_id",)
    assert by_table["users"].joins == ("id",)
    assert by_table["users"].equal == ("email",)
    assert by_table["users"].fixed == (("deleted_at", "deleted_at IS NULL"),)


def test_a_correlated_subquery_filters_by_the_outer_column(schema: Schema) -> None:
    found = accesses("SELECT u.id, (SELECT count(*) FROM orders o WHERE o.user_id = u.id) FROM users u", schema)
    assert next(access for access in found if access.table == "orders").equal == ("user_id",)


def test_order_by_two_tables_is_no_order_an_index_has(schema: Schema) -> None:
    found = accesses("SELECT o.id FROM orders o JOIN users u ON u.id = o.user_id ORDER BY u.email, o.id", schema)
    assert all(access.order == () for access in found)


def test_grouped_rows_are_not_ordered_by_an_index(schema: Schema) -> None:
    (found,) = accesses("SELECT status, count(*) AS n FROM orders GROUP BY status ORDER BY status", schema)
    assert found.order == ()


def test_unqualified_columns_and_aliases_of_the_select_list_are_resolved(schema: Schema) -> None:
    (found,) = accesses("SELECT placed_at AS at FROM orders WHERE user_id IN (:a, :b) ORDER BY at", schema)
    assert found.equal == ("user_id",)
    assert found.order == (("placed_at", False),)


@pytest.mark.parametrize(
    "sql", ["UPDATE orders SET status = :s WHERE user_id = :u AND placed_at < :t", "DELETE FROM orders WHERE id = :i"]
)
def test_changed_rows_are_found_too(schema: Schema, sql: str) -> None:
    (found,) = accesses(sql, schema)
    assert found.table == "orders"
    assert found.equal == (("user_id",) if "user_id" in sql else ("id",))


def test_a_function_of_a_column_is_no_access_by_the_column(schema: Schema) -> None:
    (found,) = accesses("SELECT id FROM users WHERE lower(email) = :e", schema)
    assert found.equal == () and found.fixed == ()


def test_text_that_does_not_parse_has_no_accesses(schema: Schema) -> None:
    assert accesses("SELECT FROM WHERE ((", schema) == []


def test_an_engine_without_sql_reaches_the_rows_its_sql_reaches(schema: Schema) -> None:
    sql = "SELECT id FROM orders WHERE user_id = :u"
    operation = Operation("o", "simple", {"": sql, "mongodb": '{"find": "orders"}'})
    assert find_accesses(operation, "mongodb", schema) == find_accesses(operation, "postgres", schema) != ()
    assert find_accesses(Operation("o", "simple", {"mongodb": '{"find": "orders"}'}), "mongodb", schema) == ()


PRISMA = """
CREATE TABLE "User" ("id" bigint PRIMARY KEY, "email" text);
CREATE TABLE "Order" ("id" bigint PRIMARY KEY, "userId" bigint, "deletedAt" timestamptz, "createdAt" timestamptz);
"""
QUOTED = """SELECT "id" FROM "Order" WHERE "userId" = :u AND "deletedAt" IS NULL ORDER BY "createdAt" DESC"""


@pytest.mark.parametrize(
    ("engine", "sql"),
    [
        ("postgres", QUOTED),
        ("sqlite", QUOTED),
        ("sqlite", QUOTED.replace('"', "").replace("Order ", "[order] ")),
        ("mysql", QUOTED.replace('"', "`").replace("userId", "USERID")),
    ],
)
def test_names_in_mixed_case_are_the_schemas(engine: str, sql: str) -> None:
    mixed = reader.read([(Path("schema.sql"), PRISMA)])
    (found,) = find_accesses(Operation("o", "simple", {engine: sql}), engine, mixed)
    assert found.table == "Order"
    assert found.equal == ("userId",)
    assert found.fixed == (("deletedAt", '"deletedAt" IS NULL'),)
    assert found.order == (("createdAt", True),)
    assert set(found.used) == {"id", "userId", "deletedAt", "createdAt"}


def test_postgres_folds_a_name_without_quotes_as_its_manual_says() -> None:
    mixed = reader.read([(Path("schema.sql"), PRISMA)])
    (found,) = find_accesses(
        Operation("o", "simple", {"": 'SELECT id FROM "Order" WHERE userId = :u'}), "postgres", mixed
    )
    assert found.equal == ()
    folded = find_accesses(Operation("o", "simple", {"": 'SELECT ID FROM "User" WHERE EMAIL = :e'}), "postgres", mixed)
    assert folded[0].equal == ("email",)
