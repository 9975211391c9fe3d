"""PostgreSQL's casts, times and intervals asked of SQLite: both servers answer the same."""

from __future__ import annotations

import pytest

from lab.bench.answers import difference
from lab.engines import load_engine
from lab.engines.engine import Server, Text
from lab.errors import LabError
from lab.model.workload import FromColumn, Operation, Parameter

_DATABASE = "lab_moments"
_TABLE = """CREATE TABLE t (id integer, zoned {zoned}, plain {plain}, day {day}, name text, amount {amount});
INSERT INTO t VALUES
  (1, '2024-01-31 23:59:58.123000{zone}', '2024-01-31 23:59:58.123000', '2024-01-31', '7f31', 12.345),
  (2, '2024-02-29 00:00:00.000000{zone}', '2024-02-29 00:00:00.000000', '2024-02-29', 'true', 0.005),
  (3, '2024-12-01 12:30:00.500000{zone}', '2024-12-01 12:30:00.500000', '2024-12-01', 'x', 99)"""
_POSTGRES = {"zoned": "timestamptz", "plain": "timestamp", "day": "date", "amount": "float", "zone": "+00:00"}
_SQLITE = {"zoned": "text", "plain": "text", "day": "text", "amount": "real", "zone": "+00:00"}

_SAME = (
    "zoned + interval '1 day'",
    "zoned - interval '2 hours'",
    "plain + interval '90 minutes'",
    "interval '1 week' + plain",
    "day + interval '36 hours'",
    "zoned + interval '1 day 2 hours 3 seconds'",
    "zoned + '3 days'::interval",
    "zoned - (id || ' days')::interval",
    "zoned + id * interval '2 days'",
    "zoned - make_interval(days => id)",
    "date_trunc('month', zoned) + interval '1 month'",
    "date_trunc('year', plain) - interval '2 years'",
    "date_trunc('second', zoned)",
    "date_trunc('hour', zoned)",
    "date_trunc('day', plain)",
    "date_trunc('week', zoned)",
    "date_trunc('month', zoned)::date",
    "extract(year from zoned)",
    "extract(month from day)",
    "extract(dow from plain)",
    "extract(doy from day)",
    "extract(hour from zoned)",
    "extract(second from zoned)",
    "extract(quarter from zoned)",
    "extract(epoch from zoned)",
    "extract(epoch from zoned - '2024-01-01 00:00:00+00'::timestamptz)",
    "date_part('minute', zoned)",
    "day::date - 7",
    "zoned::date - id",
    "zoned::date - plain::date",
    "zoned::date + 1",
    "zoned::timestamptz",
    "zoned >= '2024-02-29'::timestamptz",
    "plain < '2024-12-01 12:30:00.500'::timestamp",
    "zoned at time zone 'UTC' > '2024-02-01'",
    "name::text",
    "'true'::boolean",
    "'{\"a\": 1}'::jsonb ->> 'a'",
    "'7f310000-0000-4000-8000-000000000000'::uuid::text",
    "amount::numeric(10,2)",
    "amount::int >= 0",
)


@pytest.fixture(scope="module")
def answers(postgres_server: Server, sqlite_server: Server):  # type: ignore[no-untyped-def]
    """Asks both servers the same."""
    databases = {}
    for server, types in ((postgres_server, _POSTGRES), (sqlite_server, _SQLITE)):
        engine = load_engine(server.engine)
        engine.create_database(server, _DATABASE)
        databases[server.engine] = engine.connect(server, _DATABASE)
        databases[server.engine].run(Text(sql) for sql in _TABLE.format(**types).split(";"))
    yield lambda name, sql: databases[name].rows(sql, {})
    for server in (postgres_server, sqlite_server):
        databases[server.engine].close()
        load_engine(server.engine).drop_database(server, _DATABASE)


def _said(sql: str) -> str:
    return load_engine("sqlite").query_sql(Operation("x", "simple", {"": sql})).sql


@pytest.mark.parametrize("expression", _SAME)
def test_sqlite_answers_as_postgres_does(answers, expression: str) -> None:  # type: ignore[no-untyped-def]
    sql = f"SELECT id, {expression} FROM t"
    assert not difference(answers("postgres", sql), answers("sqlite", _said(sql)), False, are_engines=True)


@pytest.mark.parametrize(
    "expression",
    [
        "zoned + interval '1 month'",
        "zoned - interval '1 year'",
        "zoned + interval '36:00'",
        "date_trunc('quarter', zoned)",
        "extract(week from zoned)",
        "zoned + name::interval",
        "zoned + interval '1 decade'",
    ],
)
def test_what_sqlite_would_answer_otherwise_is_a_gap(expression: str) -> None:
    with pytest.raises(LabError, match="cannot be said in SQLite"):
        _said(f"SELECT {expression} FROM t")


def test_a_parameter_stays_itself_below_a_cast() -> None:
    parameters = (Parameter("id", FromColumn("t", "id")),)
    operation = Operation(
        "x", "simple", {"": "SELECT 1 FROM t WHERE id = :id::uuid AND zoned > :at::timestamptz"}, parameters
    )
    assert load_engine("sqlite").query_sql(operation).sql == "SELECT 1 FROM t WHERE id = :id AND zoned > :at"


@pytest.mark.parametrize(
    ("where", "said"),
    [
        ("zoned::date = :day", "DATE(zoned) = DATE(:day)"),
        ("zoned::date BETWEEN :low AND :high", "DATE(zoned) BETWEEN DATE(:low) AND DATE(:high)"),
        ("zoned = :at", "zoned = :at"),
    ],
)
def test_a_parameter_beside_a_date_is_one(where: str, said: str) -> None:
    assert _said(f"SELECT 1 FROM t WHERE {where}") == f"SELECT 1 FROM t WHERE {said}"
