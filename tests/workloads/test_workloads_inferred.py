"""Parameters without a rule: read off the query where it tells, and asked for where it does not."""

from __future__ import annotations

from pathlib import Path

import pytest

from lab import readers
from lab.errors import LabError
from lab.model.workload import Ago, Choice, Fresh, FromColumn, Rule, Workload
from lab.workloads.script import read_script, write_script

SCHEMA = readers.read(
    Path("schema.sql"),
    "CREATE TABLE users (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, email text NOT NULL UNIQUE, name text);"
    "CREATE TABLE friends (one_id bigint REFERENCES users, other_id bigint REFERENCES users, since date,"
    " PRIMARY KEY (one_id, other_id));"
    "CREATE TABLE orders (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, user_id bigint NOT NULL REFERENCES users,"
    " state text NOT NULL, total int NOT NULL, placed_at timestamptz NOT NULL)",
)


def rules(tmp_path: Path, sql: str) -> dict[str, Rule]:
    file = tmp_path / "queries.sql"
    file.write_text(f"-- name: q\n{sql};\n")
    (operation,) = read_script(file, SCHEMA)
    assert all(parameter.is_inferred for parameter in operation.parameters)
    return {parameter.name: parameter.rule for parameter in operation.parameters}


@pytest.mark.parametrize(
    ("sql", "wanted"),
    [
        ("SELECT 1 FROM users u WHERE u.email = :mail", {"mail": FromColumn("users", "email")}),
        ("SELECT 1 FROM users WHERE lower(email) = lower(:mail)", {"mail": FromColumn("users", "email")}),
        ("SELECT 1 FROM orders WHERE user_id = :u::bigint", {"u": FromColumn("orders", "user_id")}),
        (
            "SELECT 1 FROM orders o JOIN users u ON u.id = o.user_id WHERE u.name = :n AND :s = o.state LIMIT :most",
            {"n": FromColumn("users", "name"), "s": FromColumn("orders", "state"), "most": Choice((20,))},
        ),
        (
            "INSERT INTO users (email, name) VALUES (:email, :name)",
            {"email": Fresh("users", "email"), "name": FromColumn("users", "name")},
        ),
        (
            "INSERT INTO orders (user_id, state, total, placed_at) VALUES (:u, 'new', :total, :at)",
            {
                "u": FromColumn("users", "id"),
                "total": FromColumn("orders", "total"),
                "at": FromColumn("orders", "placed_at"),
            },
        ),
        (
            "UPDATE orders SET state = :state WHERE id = :id",
            {"state": FromColumn("orders", "state"), "id": FromColumn("orders", "id")},
        ),
    ],
)
def test_what_the_query_tells_is_read_off_it(tmp_path: Path, sql: str, wanted: dict[str, Rule]) -> None:
    assert rules(tmp_path, sql) == wanted


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT 1 FROM orders WHERE placed_at >= :since",
        "SELECT 1 FROM orders WHERE total BETWEEN :low AND :high",
        "SELECT 1 FROM users WHERE name LIKE :pattern",
        "SELECT 1 FROM users WHERE name ILIKE '%' || :part || '%'",
        "SELECT 1 FROM users OFFSET :skipped",
        "SELECT 1 FROM orders GROUP BY user_id HAVING count(*) = :count",
        "SELECT 1 FROM friends WHERE one_id = :id OR other_id = :id2 AND one_id = :id3",
        "SELECT :anything",
    ],
)
def test_what_it_leaves_open_is_asked_for(tmp_path: Path, sql: str) -> None:
    with pytest.raises(LabError, match="has no rule"):
        rules(tmp_path, sql)


@pytest.mark.parametrize(
    ("sql", "reason"),
    [
        ("SELECT 1 FROM users WHERE emial = :mail", "names the column emial, which the schema lacks (it has email)"),
        ("SELECT 1 FROM user WHERE email = :mail", "names user, which is no table of the schema"),
        ("INSERT INTO friends (one_id, other_id) VALUES (:one, :other)", "would break a key of friends when run again"),
    ],
)
def test_why_nothing_can_be_read_off_it_is_told(tmp_path: Path, sql: str, reason: str) -> None:
    with pytest.raises(LabError) as caught:
        rules(tmp_path, sql)
    assert reason in caught.value.message


def test_a_rule_that_is_given_stays(tmp_path: Path) -> None:
    file = tmp_path / "queries.sql"
    file.write_text("-- name: q\n-- param: n = 'x'\nSELECT 1 FROM users WHERE name = :n AND email = :mail;\n")
    (operation,) = read_script(file, SCHEMA)
    given, inferred = operation.parameters
    assert (given.rule, given.is_inferred) == (Choice(("x",)), False)
    assert (inferred.rule, inferred.is_inferred) == (FromColumn("users", "email"), True)
    assert "-- param: mail = users.email" in write_script(Workload((operation,)))


def test_a_variants_query_may_have_a_parameter_of_its_own(tmp_path: Path) -> None:
    file = tmp_path / "queries.sql"
    file.write_text("-- name: q\nSELECT 1 FROM users WHERE name = :n;\n")
    (original,) = read_script(file, SCHEMA)
    rewritten = tmp_path / "indexed.sql"
    rewritten.write_text("-- name: q\nSELECT 1 FROM users WHERE name = :n AND email = :mail;\n")
    (operation,) = read_script(rewritten, SCHEMA, {"q": original})
    assert [parameter.name for parameter in operation.parameters] == ["n", "mail"]


@pytest.mark.parametrize("where", ["since > :at", "since BETWEEN :at AND '2030-01-01'"])
def test_a_time_beside_a_date_is_given_as_a_date(tmp_path: Path, where: str) -> None:
    file = tmp_path / "queries.sql"
    file.write_text(f"-- name: q\n-- param: at = 1d..30d ago\nSELECT 1 FROM friends WHERE {where};\n")
    (operation,) = read_script(file, SCHEMA)
    assert [parameter.rule for parameter in operation.parameters] == [Ago(1, 30, is_date=True)]


def test_a_time_beside_a_time_stays_one(tmp_path: Path) -> None:
    file = tmp_path / "queries.sql"
    file.write_text("-- name: q\n-- param: at = 1d..30d ago\nSELECT 1 FROM orders WHERE placed_at > :at;\n")
    (operation,) = read_script(file, SCHEMA)
    assert [parameter.rule for parameter in operation.parameters] == [Ago(1, 30)]
