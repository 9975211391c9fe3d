"""Rewritten queries on SQLite and MySQL: as on PostgreSQL, they give the same rows with their change as before it."""

from __future__ import annotations

from dataclasses import replace

import pytest
from test_rules import run
from test_rules_run import measured

from lab.advise import (
    index_expressions,
    materialize_views,
    page_by_key,
    replace_not_in,
    split_alternatives,
    widen_to_ranges,
)
from lab.bench.held import add_held
from lab.engines import load_engine
from lab.engines.engine import Server, Text
from lab.model.run import Run
from lab.model.workload import Value

DDL = """
CREATE TABLE users (id bigint PRIMARY KEY, email varchar(40) NOT NULL, plan varchar(10) NOT NULL, referrer_id bigint);
CREATE TABLE orders (id bigint PRIMARY KEY, user_id bigint NOT NULL REFERENCES users (id), total integer NOT NULL,
  placed_at timestamp NOT NULL);
CREATE INDEX orders_user_id_idx ON orders (user_id);
"""
USERS = ", ".join(f"({i}, 'U{i}@x.org', '{('free', 'paid')[i % 2]}', {i % 9 or 'NULL'})" for i in range(1, 41))
ORDERS = ", ".join(
    f"({i}, {1 + i % 31}, {i % 17}, '2025-{1 + i % 12:02}-{1 + i % 28:02} {i % 24:02}:00:00')" for i in range(1, 301)
)
ROWS = [Text(f"INSERT INTO users VALUES {USERS}"), Text(f"INSERT INTO orders VALUES {ORDERS}")]
QUERIES: dict[str, tuple[dict[str, str], list[dict[str, Value]]]] = {
    "lower": ({"": "SELECT id FROM users WHERE lower(email) = :e"}, [{"e": "u7@x.org"}]),
    "of_day": (
        {
            "sqlite": "SELECT id FROM orders WHERE date(placed_at) = :day ORDER BY id",
            "mysql": "SELECT id FROM orders WHERE date(placed_at) = :day ORDER BY id",
        },
        [{"day": "2025-03-03"}, {"day": "2025-02-31"}],
    ),
    "of_year": (
        {
            "": "SELECT count(*) FROM orders WHERE id < 0",
            "mysql": "SELECT count(*) FROM orders WHERE year(placed_at) = :y",
        },
        [{"y": 2025}, {"y": 2024}],
    ),
    "plus": ({"": "SELECT id FROM orders WHERE total + 1 = :x ORDER BY id"}, [{"x": 5}]),
    "not_in": ({"": "SELECT id FROM users WHERE id NOT IN (SELECT user_id FROM orders) ORDER BY id"}, [{}]),
    "not_in_nulls": (
        {"": "SELECT u.id FROM users u WHERE u.id NOT IN (SELECT referrer_id FROM users WHERE id < :n) ORDER BY u.id"},
        [{"n": 5}, {"n": 30}],
    ),
    "either": (
        {
            "": "SELECT o.id, u.email FROM orders o JOIN users u ON u.id = o.user_id "
            "WHERE o.total = :t OR u.email = :e ORDER BY o.id LIMIT 15"
        },
        [{"t": 3, "e": "U4@x.org"}],
    ),
    "page": (
        {"": "SELECT id, placed_at FROM orders ORDER BY placed_at DESC, id DESC LIMIT 10 OFFSET :k"},
        [{"k": k} for k in (0, 10, 295, 300, 400)],
    ),
    "mixed_page": (
        {"": "SELECT id FROM orders ORDER BY total DESC, id LIMIT 10 OFFSET :k"},
        [{"k": k} for k in (0, 10, 290)],
    ),
    "report": (
        {
            "": "SELECT u.plan, count(DISTINCT o.total) AS totals FROM orders o JOIN users u ON u.id = o.user_id "
            "WHERE o.user_id = :u GROUP BY u.plan ORDER BY u.plan"
        },
        [{"u": 3}, {"u": 99}],
    ),
}
RULES = (index_expressions, widen_to_ranges, replace_not_in, split_alternatives, page_by_key, materialize_views)


def asking(texts: dict[str, str]) -> Run:
    bare = run("SELECT 1", ddl=DDL)
    found = measured("SELECT 1")
    operation = replace(found.design.workload.operations[0], sql=texts)
    workload = replace(found.design.workload, operations=(operation,))
    return replace(found, design=replace(bare.design, workload=workload))


@pytest.mark.parametrize("name", ["sqlite", "mysql"])
def test_rewritten_queries_answer_the_same(name: str, request: pytest.FixtureRequest) -> None:
    server: Server = request.getfixturevalue(f"{name}_server")
    engine = load_engine(name)
    engine.create_database(server, "rewrites")
    database = engine.connect(server, "rewrites")
    ddl = engine.create_sql(run("SELECT 1", ddl=DDL).design.schema)
    database.run([*map(Text, ddl.before), *ROWS, *map(Text, ddl.after)])
    before, rules = database.catalog(), set()
    for title, (texts, parameters) in QUERIES.items():
        asked = asking(texts)
        (operation,) = asked.design.workload.operations
        for proposal in (p for rule in RULES for p in rule.propose(asked, name)):
            query = engine.query_sql(operation).sql
            expected = [database.rows(query, values) for values in parameters]
            rewritten = proposal.rewrites[0] if proposal.rewrites else operation
            given = parameters
            if rewritten.held:
                given = [dict(values) for values in add_held(rewritten.held, engine, database, parameters)]
            change = engine.change_sql(proposal.change)
            database.run(change.up)
            text = engine.query_sql(rewritten).sql
            assert [database.rows(text, values) for values in given] == expected, (title, text)
            database.run(change.down)
            rules.add(proposal.rule)
    assert database.catalog() == before
    database.close()
    engine.drop_database(server, "rewrites")
    assert rules == {rule.RULE for rule in RULES}
