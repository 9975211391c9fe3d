"""What checks and partitions ask of values, and that the values obey."""

from __future__ import annotations

import re
import sqlite3

import pyarrow.compute as pc
import pytest
from generated import generator, parsed, repeated_keys, rows, values, whole

from lab.datagen.bounds import Bounds
from lab.datagen.grid import DAY
from lab.datagen.table_bounds import bounds_of

JANUARY_2025 = 1_735_689_600_000_000.0


@pytest.mark.parametrize(
    ("columns", "check", "wanted"),
    [
        ("a int", "a >= 3", {"a": Bounds(low=3)}),
        ("a int", "a > 3", {"a": Bounds(low=4)}),
        ("a int", "3 < a", {"a": Bounds(low=4)}),
        ("a int", "a < 3", {"a": Bounds(high=2)}),
        ("a int", "a = 3", {"a": Bounds(low=3, high=3)}),
        ("a int", "a BETWEEN -2 AND 12", {"a": Bounds(low=-2, high=12)}),
        ("a int", "a > 0 AND (a <= 9)", {"a": Bounds(low=1, high=9)}),
        ("a numeric(9, 3)", "a > 0", {"a": Bounds(low=0.001)}),
        ("a numeric(9, 0)", "a > 0", {"a": Bounds(low=1)}),
        ("a numeric", "(a >= ('-100'::integer)::numeric)", {"a": Bounds(low=-100)}),
        ("a date", "a > '2025-01-01'", {"a": Bounds(low=JANUARY_2025 + DAY)}),
        ("a timestamptz", "a >= '2025-01-01 00:00:00+00'::timestamptz", {"a": Bounds(low=JANUARY_2025)}),
        ("a text", "a IN ('x', 'y')", {"a": Bounds(values=("x", "y"))}),
        ("a text", "a = ANY (ARRAY['x'::text, 'y'::text])", {"a": Bounds(values=("x", "y"))}),
        ("a text", "(a)::text = ANY ((ARRAY['x'::varchar, 'y'::varchar])::text[])", {"a": Bounds(values=("x", "y"))}),
        ("a text", "a = 'x' OR a = 'y'", {"a": Bounds(values=("x", "y"))}),
        ("a int", "a IN (-1, 2)", {"a": Bounds(values=("-1", "2"))}),
        ("a text", "a NOT IN ('x', 'y')", {"a": Bounds(excluded=("x", "y"))}),
        ("a text", "a <> ''", {"a": Bounds(excluded=("",))}),
        ("a text", "length(a) = 3", {"a": Bounds(shortest=3, longest=3)}),
        ("a text", "char_length((a)::text) <= 9", {"a": Bounds(longest=9)}),
        ("a text", "length(a) BETWEEN 2 AND 5", {"a": Bounds(shortest=2, longest=5)}),
        ("a text", "5 > length(a)", {"a": Bounds(longest=4)}),
        ("a text", "a = lower(a)", {"a": Bounds(case="lower")}),
        ("a text", "upper(a::text) = a", {"a": Bounds(case="upper")}),
        ("a int, b int", "a >= b", {"a": Bounds(above=("b",))}),
        ("a int, b int", "a < b", {"b": Bounds(above=("a",), is_strictly_above=True)}),
        ("a int, b int", "a <= b AND b <= 9", {"a": Bounds(high=9), "b": Bounds(high=9, above=("a",))}),
        ("a int, b int", "a < b AND a >= 1", {"a": Bounds(1), "b": Bounds(2, above=("a",), is_strictly_above=True)}),
        ("a text, b text", "a <> b", {"b": Bounds(unlike=("a",))}),
        ("a int, b int", "a IS NULL OR a > b", {"a": Bounds(above=("b",), is_strictly_above=True)}),
        ("a text, b int", "a <> 'x' OR b <= 100", {"b": Bounds(high=100)}),
        ("a text, b int", "a <> 'x' OR b IS NOT NULL", {"b": Bounds(required=("NOT ((a <> 'x'))",))}),
        ("a text, b text", "a IS NOT NULL OR b IS NOT NULL", {"a": Bounds(presence="always")}),
        ("a text", "NOT (a IS NULL)", {"a": Bounds(presence="always")}),
        ("a int, b int", "(a IS NULL) = (b IS NULL)", {"a": Bounds(presence="always"), "b": Bounds(presence="always")}),
        ("a int, b int", "(a IS NULL) <> (b IS NULL)", {"a": Bounds(presence="always"), "b": Bounds(presence="never")}),
        ("a boolean", "a", {"a": Bounds(values=("true",))}),
        ("a boolean", "NOT a", {"a": Bounds(values=("false",))}),
        ('"A" int', '"A" > 0', {"A": Bounds(low=1)}),
        ("a int", "A > 0", {"a": Bounds(low=1)}),
        ("a text", "a ~ '^[0-9]+$'", {"a": Bounds(patterns=("^[0-9]+$",))}),
        ("a text", "a ~ '('", {}),
        ("a text", "a LIKE 'x_%'", {"a": Bounds(patterns=("^x..*$",))}),
        ("a text, b int", "(a = 'x') = (b IS NULL)", {"b": Bounds(required=("NOT (a = 'x')",), absent=("a = 'x'",))}),
        ("a text, b int", "NOT (b IS NULL) OR a IN ('x')", {"b": Bounds(required=("NOT ((a IN ('x')))",))}),
        ("a int", "a % 2 = 0", {}),
        ("a int, b int", "abs(a) < b", {}),
    ],
)  # fmt: skip
def test_checks_are_understood_or_left_alone(columns: str, check: str, wanted: dict[str, Bounds]) -> None:
    found = bounds_of(parsed(f"CREATE TABLE t ({columns}, CHECK ({check}))").tables[0])
    plain = Bounds()
    assert {name: bounds for name, bounds in found.items() if bounds != plain} == wanted


def test_columns_that_bound_each_other_are_not_made_in_a_circle() -> None:
    for checks in (
        "CHECK (a >= b), CHECK (b >= a)",
        "CHECK (a >= b), CHECK (a <> b)",
        "CHECK (a > b AND b > c AND c > a)",
    ):
        made = generator(f"CREATE TABLE t (a int NOT NULL, b int NOT NULL, c int NOT NULL, {checks})", {"t": rows(50)})
        assert whole(made, "t").num_rows == 50


@pytest.mark.parametrize(
    "check",
    [
        "n >= 5000",
        "n > 0 AND n < 3",
        "n BETWEEN -20 AND -10",
        "n <> 500",
        "p > 0 AND p < 0.05",
        "p <= 0.5",
        "f > 0 AND f <= 1",
        "d > '2030-01-01' AND d < '2030-02-01'",
        "n <= m",
        "n < m AND m <= 10",
        "n > m AND n < m2 AND m2 <= 50",
        "p >= n",
        "d2 > d",
        "ts2 > ts AND ts2 < '2040-01-01'",
        "d2 >= d AND ts2 >= ts",
        "s IN ('red', 'green')",
        "length(s) = 7",
        "length(s) BETWEEN 30 AND 40",
        "s = upper(s)",
        "s <> s2",
        "s = 'on' OR s = 'off'",
        "n <> m",
        "s <> 'x' OR n > 2000",
        "n IS NULL OR n > 5",
        "b",
        "s LIKE 'INV-%'",
        "s LIKE 'a_c%' AND length(s) < 9",
        "s2 LIKE '%@%.org'",
        "(s = 'a' AND n > 9) OR (s = 'b' AND n <= 9)",
    ],
)
def test_values_pass_the_check(check: str) -> None:
    made = generator(
        "CREATE TABLE t (id int PRIMARY KEY, n int NOT NULL, m int NOT NULL, m2 int NOT NULL, p numeric(8, 2) NOT NULL,"
        "f double precision NOT NULL, d date NOT NULL, d2 date NOT NULL, ts timestamptz NOT NULL,"
        f"ts2 timestamptz NOT NULL, s text NOT NULL, s2 varchar(20) NOT NULL, b boolean NOT NULL, CHECK ({check}))",
        {"t": rows(2_000)},
    )
    assert failing(made.batch("t", 0).to_pylist(), check) == []


def failing(records: list[dict[str, object]], check: str) -> list[dict[str, object]]:
    """Rows SQLite finds the check false for."""
    connection = sqlite3.connect(":memory:")
    names = list(records[0])
    connection.execute(f"CREATE TABLE t ({', '.join(names)})")
    marks = ", ".join("?" * len(names))
    plain = [[v if isinstance(v, int | float | str | None) else _plain(v) for v in row.values()] for row in records]
    connection.executemany(f"INSERT INTO t VALUES ({marks})", plain)
    found = connection.execute(f"SELECT * FROM t WHERE NOT ({check}) LIMIT 2").fetchall()
    connection.close()
    return [dict(zip(names, row, strict=True)) for row in found]


def _plain(value: object) -> object:
    text = str(value)
    return float(text) if re.fullmatch(r"-?\d+(\.\d+)?", text) else text


def test_what_must_be_there_together_is() -> None:
    made = generator(
        "CREATE TABLE t (id int PRIMARY KEY, shipped_at timestamptz, carrier text, email text, phone text,"
        "post_id int, photo_id int, CHECK ((shipped_at IS NULL) = (carrier IS NULL)), "
        "CHECK (email IS NOT NULL OR phone IS NOT NULL), CHECK ((post_id IS NULL) <> (photo_id IS NULL)))",
        {"t": rows(500)},
    )
    for row in made.batch("t", 0).to_pylist():
        assert (row["shipped_at"] is None) == (row["carrier"] is None)
        assert row["email"] or row["phone"]
        assert (row["post_id"] is None) != (row["photo_id"] is None)


def test_enum_values_a_check_forbids_are_not_drawn() -> None:
    made = generator(
        "CREATE TYPE e AS ENUM ('a', 'b', 'c'); CREATE TABLE t (id int PRIMARY KEY, e e NOT NULL, CHECK (e <> 'b'))"
    )
    assert set(values(made, "t", "e")) == {"a", "c"}


@pytest.mark.parametrize(
    ("column", "partitions", "wanted"),
    [
        ("kind text", "LIST (kind) | IN ('in', 'back') | IN ('out')", {"in", "back", "out"}),
        ("kind int", "LIST (kind) | IN (1, 2)", {1, 2}),
        ("kind int", "RANGE (kind) | FROM (10) TO (12) | FROM (12) TO (14)", {10, 11, 12, 13}),
    ],
)
def test_rows_find_a_partition(column: str, partitions: str, wanted: set[object]) -> None:
    by, *bounds = partitions.split(" | ")
    parts = "".join(f"CREATE TABLE t{n} PARTITION OF t FOR VALUES {clause};" for n, clause in enumerate(bounds))
    made = generator(
        f"CREATE TABLE t (id bigint NOT NULL, {column} NOT NULL, PRIMARY KEY (id, kind)) PARTITION BY {by}; {parts}"
    )
    assert set(values(made, "t", "kind")) == wanted
    assert list(repeated_keys(made)) == []


def test_times_find_a_partition_too() -> None:
    made = generator(
        "CREATE TABLE t (id bigint NOT NULL, at timestamptz NOT NULL, PRIMARY KEY (id, at)) PARTITION BY RANGE (at);"
        "CREATE TABLE t1 PARTITION OF t FOR VALUES FROM ('2025-01-01') TO ('2025-02-01');"
        "CREATE TABLE t2 PARTITION OF t FOR VALUES FROM ('2025-02-01') TO ('2025-03-01');"
    )
    found = whole(made, "t")["at"]
    assert str(pc.min(found).as_py()) >= "2025-01-01"
    assert str(pc.max(found).as_py()) < "2025-03-01"


def test_a_default_partition_takes_anything() -> None:
    sql = (
        "CREATE TABLE t (id bigint, kind text, PRIMARY KEY (id, kind)) PARTITION BY LIST (kind);"
        "CREATE TABLE t1 PARTITION OF t FOR VALUES IN ('a'); CREATE TABLE t2 PARTITION OF t DEFAULT;"
    )
    assert bounds_of(parsed(sql).tables[0]) == {}


@pytest.mark.parametrize(
    "check",
    [
        "state <> 'paid' OR paid_at IS NOT NULL",
        "(state = 'paid') = (paid_at IS NOT NULL)",
        "(state IN ('new', 'open')) = (paid_at IS NULL)",
        "(paid_at IS NOT NULL) <> (state = 'new')",
        "NOT (state = 'new') OR paid_at IS NULL",
        "state = 'new' OR n > 500 OR paid_at IS NOT NULL",
    ],
)
def test_a_value_is_there_when_another_column_says_so(check: str) -> None:
    made = generator(
        "CREATE TABLE t (id int PRIMARY KEY, n int NOT NULL, state text NOT NULL, paid_at timestamptz,"
        f"CHECK (state IN ('new', 'open', 'paid')), CHECK ({check}))",
        {"t": rows(2_000)},
    )
    records = made.batch("t", 0).to_pylist()
    assert failing(records, check) == []
    assert 0 < sum(record["paid_at"] is None for record in records) < 2_000


@pytest.mark.parametrize(
    "pattern",
    [
        "^[A-Z]{2}-[0-9]{6}$",
        "^[A-Z][0-9]{2}(\\.[0-9]{1,2})?$",
        "^(GB|DE)\\d{9}$",
        "^[^@ ]+@[^@ ]+\\.[a-z]{2,}$",
        "^#[0-9a-f]{6}$",
        "^\\+?[1-9][0-9]{7,14}$",
        "^[a-z][a-z0-9_]*$",
    ],
)
@pytest.mark.parametrize("is_unique", [False, True])
def test_texts_match_the_pattern_a_check_asks_for(pattern: str, is_unique: bool) -> None:
    unique = "UNIQUE" if is_unique else ""
    made = generator(
        f"CREATE TABLE t (id int PRIMARY KEY, s text NOT NULL {unique} CHECK (s ~ '{pattern}'))", {"t": rows(3_000)}
    )
    found = [str(text) for text in values(made, "t", "s")]
    assert [text for text in found if not re.search(pattern, text)] == []
    assert len(set(found)) == 3_000 if is_unique else len(set(found)) > 50
