"""Candidates from plans as PostgreSQL executed them, for queries whose text does not show what they read."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from test_rules import keys, run

from lab.advise import index_scans, reads
from lab.engines.engine import Database, Server, Text
from lab.engines.postgres import connect
from lab.engines.postgres.administration import create_database, drop_database
from lab.model.run import EngineRun, OperationRun, Run, ServerInfo, VariantRun

TABLES = """
CREATE TABLE orders (id int PRIMARY KEY, "userId" int NOT NULL, status varchar(9) NOT NULL, placed_at date NOT NULL);
CREATE TABLE items (id int PRIMARY KEY, order_id int NOT NULL, note text NOT NULL);
CREATE TABLE users (id int PRIMARY KEY);
"""
VIEWS = """
CREATE VIEW recent AS SELECT id, "userId" AS owner, placed_at AS at, status AS state FROM orders;
CREATE FUNCTION items_of(wanted int) RETURNS SETOF items LANGUAGE sql STABLE AS
  'SELECT * FROM items WHERE order_id = wanted';
CREATE VIEW details AS SELECT o.id, o."userId" AS owner, i.note FROM orders o JOIN items i ON i.order_id = o.id;
INSERT INTO orders SELECT i, i % 900, CASE i % 50 WHEN 0 THEN 'open' ELSE 'sent' END, date '2025-01-01' + i % 300
  FROM generate_series(1, 6000) i;
INSERT INTO items SELECT i, 1 + i % 6000, repeat('x', 60) FROM generate_series(1, 9000) i;
INSERT INTO users SELECT generate_series(1, 50);
"""


@pytest.fixture(scope="module")
def database(postgres_server: Server) -> Iterator[Database]:
    create_database(postgres_server, "scans")
    connected = connect(postgres_server, "scans")
    connected.run([Text(TABLES), Text(VIEWS)])
    connected.analyze()
    yield connected
    connected.close()
    drop_database(postgres_server, "scans")


def planned(database: Database, query: str) -> Run:
    plan = database.explain(query, {}).plan
    base = VariantRun(
        "base", "", "measured", operations=(OperationRun("q0", "simple", 1.0, False, query, "measured", plan=plan),)
    )
    return replace(
        run(query, ddl=TABLES), engines=(EngineRun(ServerInfo("p", "postgres", "1", "x"), variants=(base,)),)
    )


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("SELECT * FROM recent WHERE owner = 17", {"orders (userId)"}),
        ("SELECT * FROM recent WHERE state = 'open' AND at > '2025-10-20'", {"orders (status, placed_at)"}),
        (
            "SELECT * FROM recent WHERE state = 'open' ORDER BY at DESC",
            {"orders (status)", "orders (status, placed_at DESC)"},
        ),
        ("SELECT note FROM items_of(17)", {"items (order_id)"}),
        ("SELECT note FROM details WHERE owner = 17", {"orders (userId)", "items (order_id)"}),
        ("SELECT count(*) FROM recent", set()),
        ("SELECT * FROM users WHERE id > 3", set()),
        ("SELECT * FROM recent WHERE id = 5", set()),
    ],
)
def test_what_a_plan_reads_in_vain_is_proposed(database: Database, query: str, expected: set[str]) -> None:
    found = [keys(proposal) for proposal in index_scans.propose(planned(database, query), "postgres")]
    assert expected <= set(found)
    assert expected or not found


def test_a_view_counts_as_the_tables_its_plan_reads(database: Database) -> None:
    mixed = planned(database, "SELECT * FROM users u JOIN recent r ON r.owner = u.id")
    assert reads(mixed, "postgres") == {"q0": {"users", "orders"}}


def test_without_plans_nothing_is_proposed() -> None:
    assert list(index_scans.propose(run("SELECT 1"), "postgres")) == []
