"""Summary tables on a real server: the rewritten query answers as the original does, whatever is written."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

import pytest
from test_rules import run

from lab.advise import summarize_aggregates
from lab.engines.engine import Database, Server, Text
from lab.engines.postgres import connect
from lab.engines.postgres.administration import create_database, drop_database
from lab.engines.postgres.scripts import change_sql
from lab.model.run import Proposal
from lab.readers import sql as reader

DDL = """
CREATE TABLE regions (id int PRIMARY KEY, name text NOT NULL);
CREATE TABLE users (id int PRIMARY KEY, region_id int NOT NULL REFERENCES regions (id), plan text NOT NULL);
CREATE TABLE orders (id int PRIMARY KEY, user_id int NOT NULL REFERENCES users (id) ON DELETE CASCADE,
  status text NOT NULL, total numeric(12, 2) NOT NULL, items int NOT NULL, discount numeric(12, 2),
  placed_on date NOT NULL);
"""
ROWS = """
INSERT INTO regions SELECT i, 'region ' || i FROM generate_series(1, 4) i;
INSERT INTO users SELECT i, 1 + i % 4, CASE i % 3 WHEN 0 THEN 'free' ELSE 'paid' END FROM generate_series(1, 60) i;
INSERT INTO orders SELECT i, 1 + i % 60, CASE i % 5 WHEN 0 THEN 'open' ELSE 'sent' END, i % 97 * 1.25, i % 7, NULL,
  date '2025-01-01' + i % 40 FROM generate_series(1, 900) i;
"""
QUERIES = {
    "one table": "SELECT status, count(*), sum(total), avg(items) FROM orders GROUP BY status ORDER BY status",
    "no group": "SELECT sum(total * items) / count(*), avg(total) FROM orders WHERE status = 'open'",
    "joined": "SELECT r.name, sum(o.total) AS revenue FROM orders o JOIN users u ON u.id = o.user_id "
    "JOIN regions r ON r.id = u.region_id WHERE o.status = 'sent' AND u.plan = 'paid' "
    "GROUP BY r.name HAVING sum(o.total) > 5 ORDER BY revenue DESC, r.name",
    "parameters": "SELECT count(*) AS n, sum(total) AS total FROM orders "
    "WHERE user_id = :user_id AND placed_on >= '2025-01-05'",
    "expressions": "SELECT upper(status) AS s, sum(CASE WHEN items > 3 THEN total ELSE 0 END) AS big "
    "FROM (SELECT status, items, total FROM orders WHERE items > 1) AS few GROUP BY upper(status) ORDER BY 1",
    "within": "SELECT u.id FROM users u WHERE u.id IN (SELECT user_id FROM orders GROUP BY user_id "
    "HAVING sum(items) > 40) ORDER BY u.id",
    "with itself": "SELECT a.status, count(*) AS pairs FROM orders a JOIN orders b ON b.user_id = a.user_id "
    "WHERE a.items = 1 GROUP BY a.status ORDER BY a.status",
}
WRITES = (
    "INSERT INTO orders SELECT 1 + coalesce(max(id), 0), 5, 'open', 12.5, 3, NULL, '2025-02-01' FROM orders",
    "UPDATE orders SET status = 'sent', total = total + 1 WHERE id % 7 = 2",
    "UPDATE orders SET user_id = 1 + (user_id + 13) % 60 WHERE id % 11 = 1 "
    "AND 1 + (user_id + 13) % 60 IN (SELECT id FROM users)",
    "DELETE FROM orders WHERE id % 13 = 4",
    "UPDATE users SET region_id = 1 + (region_id + 1) % 4 WHERE id % 5 = 0",
    "UPDATE users SET plan = 'paid' WHERE id % 2 = 0",
    "DELETE FROM users WHERE id IN (SELECT id FROM users ORDER BY id DESC LIMIT 3)",
    "UPDATE regions SET name = 'north' WHERE id = 2",
    "DELETE FROM orders WHERE status = 'open'",
    "TRUNCATE orders",
    "INSERT INTO orders SELECT i + (SELECT coalesce(max(id), 0) FROM orders), 5, 'sent', i, i, NULL, '2025-01-09' "
    "FROM generate_series(1, 30) i",
)


def proposed(*queries: str) -> list[Proposal]:
    return list(summarize_aggregates.propose(run(*queries, ddl=DDL), "postgres"))


@pytest.fixture
def database(postgres_server: Server) -> Iterator[Database]:
    create_database(postgres_server, "summaries")
    connected = connect(postgres_server, "summaries")
    connected.run([Text(DDL), Text(ROWS)])
    yield connected
    connected.close()
    drop_database(postgres_server, "summaries")


@pytest.mark.parametrize("query", QUERIES.values(), ids=QUERIES)
def test_a_summary_answers_as_the_tables_do_after_every_write(database: Database, query: str) -> None:
    (proposal,) = proposed(query)
    before = database.catalog()
    sql = change_sql(proposal.change)
    database.run(sql.up)
    rewritten = proposal.rewrites[0].text("postgres")
    assert "_summary" in rewritten
    parameters = {"user_id": 5} if ":user_id" in query else {}
    writes = [*WRITES]
    random.Random(3).shuffle(writes)
    for write in ("SELECT 1", *writes, *WRITES):
        database.run([Text(write)])
        assert database.rows(rewritten, parameters) == database.rows(query, parameters), write
    database.run(sql.down)
    assert database.catalog() == before


MIXED = """
CREATE TABLE "User" ("id" int PRIMARY KEY, "planName" text NOT NULL);
CREATE TABLE "Order" ("id" int PRIMARY KEY, "userId" int NOT NULL REFERENCES "User" ("id"), "order" int NOT NULL);
"""
MIXED_QUERY = (
    'SELECT "planName", SUM("order") AS "orderSum", COUNT(*) AS "n" FROM "Order" JOIN "User" ON "User"."id" = "userId" '
    'WHERE "userId" < :most GROUP BY "planName" ORDER BY "planName"'
)


def test_names_in_mixed_case_and_words_of_the_language_are_kept(database: Database) -> None:
    (proposal,) = summarize_aggregates.propose(run(MIXED_QUERY, ddl=MIXED), "postgres")
    database.run([Text(MIXED), Text("""INSERT INTO "User" SELECT i, 'plan ' || i % 2 FROM generate_series(1, 9) i""")])
    database.run(change_sql(proposal.change).up)
    for write in (
        'INSERT INTO "Order" SELECT i, 1 + i % 9, i FROM generate_series(1, 50) i',
        'UPDATE "Order" SET "userId" = 2, "order" = 7 WHERE "id" % 3 = 0',
        'DELETE FROM "Order" WHERE "id" % 5 = 0',
    ):
        database.run([Text(write)])
        ours = database.rows(proposal.rewrites[0].text("postgres"), {"most": 5})
        assert ours == database.rows(MIXED_QUERY, {"most": 5})
    database.run(change_sql(proposal.change).down)


@pytest.mark.parametrize(
    "query",
    [
        "SELECT status, max(total) FROM orders GROUP BY status",
        "SELECT status, count(DISTINCT user_id) FROM orders GROUP BY status",
        "SELECT sum(discount) FROM orders",
        "SELECT u.id, count(o.id) FROM users u LEFT JOIN orders o ON o.user_id = u.id GROUP BY u.id",
        "SELECT status, count(*) FROM orders WHERE user_id IN (SELECT id FROM users) GROUP BY status",
        "SELECT u.id, (SELECT sum(total) FROM orders o WHERE o.user_id = u.id) FROM users u",
        "SELECT total FROM orders WHERE user_id = :u",
        "SELECT sum(total) OVER (PARTITION BY user_id) FROM orders",
        "SELECT sum(total) FILTER (WHERE status = 'open') FROM orders",
        "SELECT sum(total * :factor) FROM orders",
        "WITH orders AS (SELECT 1 AS total) SELECT sum(total) FROM orders",
        "SELECT count(*) FROM generate_series(1, 3)",
    ],
)
def test_what_cannot_be_kept_exactly_is_left_alone(query: str) -> None:
    assert proposed(query) == []


def test_a_query_that_was_not_measured_in_the_engines_own_words_is_left_alone() -> None:
    assert list(summarize_aggregates.propose(run(QUERIES["one table"], ddl=DDL), "sqlite")) == []


def test_engines_without_sql_get_no_triggers() -> None:
    assert list(summarize_aggregates.propose(run(QUERIES["one table"], ddl=DDL), "mongodb")) == []


def test_the_schema_of_these_tests_reads(tmp_path: Path) -> None:
    assert len(reader.read([(tmp_path / "schema.sql", DDL)]).tables) == 3
