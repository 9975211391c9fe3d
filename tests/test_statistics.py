"""Statistics of a live PostgreSQL, given again by generated rows in another database."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from test_cli import flat, lab

from lab import readers
from lab.bench import Silent, load_base
from lab.datagen import Generator, read_spec, spec_of
from lab.engines import load_engine
from lab.engines.engine import Server
from lab.engines.postgres.statistics import read_statistics
from lab.errors import LabError
from lab.model.schema import Schema
from lab.model.statistics import Statistics

SQL = """
CREATE TYPE status AS ENUM ('new', 'paid', 'sent');
CREATE TABLE users (id bigint PRIMARY KEY, email text NOT NULL UNIQUE, country text, created_at timestamptz NOT NULL);
CREATE TABLE orders (
  id bigint PRIMARY KEY,
  user_id bigint NOT NULL REFERENCES users (id),
  status status NOT NULL,
  amount numeric(10, 2) NOT NULL,
  coupon text,
  step int NOT NULL,
  is_gift boolean NOT NULL,
  note text,
  placed_at timestamptz NOT NULL
);
"""
ROWS = """
INSERT INTO users SELECT i, 'u' || i || '@x.org', (ARRAY['US','US','US','DE','FR',NULL])[1 + floor(random() * 6)],
  '2021-03-01'::timestamptz + i * interval '1 hour' FROM generate_series(1, 4000) i;
INSERT INTO orders SELECT i, 1 + floor(4000 * power(random(), 3)), (CASE WHEN random() < 0.7 THEN 'sent' WHEN random()
  < 0.8 THEN 'paid' ELSE 'new' END)::status, CASE WHEN random() < 0.2 THEN 9.99 ELSE round((10 + 400 * power(random(),
  4))::numeric, 2) END, CASE WHEN random() < 0.15 THEN 'SECRET' || floor(random() * 40) END,
  i / 100 + floor(random() * 60), random() < 0.1, CASE WHEN random() < 0.5 THEN repeat('abc ', 1 +
  floor(random() * 20)::int) || i END, '2022-01-01'::timestamptz + i * interval '10 minutes'
  FROM generate_series(1, 60000) i;
ANALYZE;
"""
SOURCE, COPY = "lab_observed", "lab_given_again"


@pytest.fixture(scope="module")
def schema() -> Schema:
    return readers.read(Path("schema.sql"), SQL)


def address(server: Server, name: str) -> str:
    facts = psycopg.conninfo.conninfo_to_dict(server.address)
    host = str(facts["host"])
    where = f"?host={host}" if host.startswith("/") else ""
    user = f"{facts['user']}:{facts.get('password', '')}"
    return f"postgresql://{user}@{'' if where else host}:{facts['port']}/{name}{where}"


@pytest.fixture(scope="module")
def observed(postgres_server: Server) -> Iterator[str]:
    engine = load_engine("postgres")
    engine.create_database(postgres_server, SOURCE)
    found = address(postgres_server, SOURCE)
    with psycopg.connect(found) as connection:
        connection.execute("SELECT setseed(0.5)")
        connection.execute(SQL.encode())
        connection.execute(ROWS.encode())
    yield found
    engine.drop_database(postgres_server, SOURCE)


def given_again(server: Server, schema: Schema, path: Path) -> Statistics:
    engine = load_engine("postgres")
    engine.drop_database(server, COPY)
    try:
        load_base(engine, server, schema, Generator(schema, read_spec(path, schema), 1.0, 1), Silent(), COPY)
        with psycopg.connect(address(server, COPY), autocommit=True) as connection:
            connection.execute("ANALYZE")
        return read_statistics(address(server, COPY), schema)
    finally:
        engine.drop_database(server, COPY)


@pytest.mark.parametrize("keeps_values", [True, False], ids=["values", "no-values"])
def test_statistics_are_given_again(
    tmp_path: Path, schema: Schema, observed: str, postgres_server: Server, keeps_values: bool
) -> None:
    (tmp_path / "shop.sql").write_text(SQL)
    options = ["--statistics", observed] + ([] if keeps_values else ["--no-values"])
    answer = lab(tmp_path, "init", "shop.sql", *options)
    assert answer.returncode == 0, answer.stderr
    path = tmp_path / "schemas/shop/data.toml"
    assert ("SECRET" in path.read_text()) is keeps_values
    assert ("9.99" in path.read_text()) is keeps_values
    theirs, ours = read_statistics(observed, schema), given_again(postgres_server, schema, path)
    for name, table in theirs.items():
        assert ours[name].rows == pytest.approx(table.rows, rel=0.01)
        for column, wanted in table.columns.items():
            found, where = ours[name].columns[column], f"{name}.{column}"
            assert found.null_share == pytest.approx(wanted.null_share, abs=0.02), where
            if keeps_values or column != "amount":  # whose range is made up too
                _check_distinct(where, wanted.distinct, found.distinct, table.rows)
            if column != "user_id":
                _check_common(
                    where, dict(wanted.common), dict(found.common), keeps_values or column in ("status", "is_gift")
                )
            if column in ("country", "status", "amount", "step", "is_gift") and (keeps_values or column == "step"):
                assert wanted.correlation is not None
                assert found.correlation == pytest.approx(wanted.correlation, abs=0.1), where
    assert _top_share(ours["orders"].columns["user_id"].common) == pytest.approx(
        _top_share(theirs["orders"].columns["user_id"].common), rel=0.5
    )


def _check_distinct(where: str, wanted: float, found: float, rows: int) -> None:
    """Both as numbers of values: within a factor of 1.5, since a sample only estimates it."""
    one, other = (count if count >= 0 else -count * rows for count in (wanted, found))
    assert 1 / 1.5 <= one / other <= 1.5 or abs(one - other) <= 3, (where, one, other)


def _check_common(where: str, wanted: dict[str, float], found: dict[str, float], are_kept: bool) -> None:
    """The five most common, where a value is clearly common."""
    top = sorted(wanted.items(), key=lambda pair: -pair[1])[:5]
    shares = sorted(found.values(), reverse=True)
    for place, (value, share) in enumerate(top):
        if share >= 0.02:
            assert (found.get(value, 0) if are_kept else shares[place]) == pytest.approx(share, abs=0.02), (
                where,
                value,
            )


def _top_share(common: object) -> float:
    return max(dict(common).values())  # type: ignore[call-overload, no-any-return]


def test_no_row_is_read(observed: str, schema: Schema, postgres_server: Server) -> None:
    """Nothing but the statistics: the tables' own counters of reads stay."""
    query = b"SELECT sum(seq_scan + coalesce(idx_scan, 0)) FROM pg_stat_user_tables"
    with psycopg.connect(observed, autocommit=True) as connection:
        connection.execute("SELECT pg_stat_force_next_flush()")
        before = connection.execute(query).fetchone()
        spec_of(read_statistics(observed, schema), schema)
        connection.execute("SELECT pg_stat_clear_snapshot()")
        assert connection.execute(query).fetchone() == before


def test_a_database_without_statistics_says_what_to_do(postgres_server: Server, schema: Schema) -> None:
    with pytest.raises(LabError, match="no statistics of any of the schema's tables") as caught:
        read_statistics(address(postgres_server, "postgres"), schema)
    assert "ANALYZE" in caught.value.hint


@pytest.mark.parametrize(
    ("dsn", "said"),
    [
        ("mysql://localhost/shop", "is the address of none"),
        ("postgresql://nobody:secret@127.0.0.1:1/shop", "no statistics from PostgreSQL"),
        ("postgresql://localhost/shop?nonsense=1", "no address of a PostgreSQL"),
    ],
)
def test_a_wrong_address_is_told(tmp_path: Path, dsn: str, said: str) -> None:
    (tmp_path / "shop.sql").write_text(SQL)
    answer = lab(tmp_path, "init", "shop.sql", "--statistics", dsn)
    assert answer.returncode == 2
    assert said in flat(answer.stderr) and "secret" not in answer.stderr and "Traceback" not in answer.stderr
    assert not (tmp_path / "schemas").exists()
