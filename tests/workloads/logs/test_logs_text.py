"""What becomes of a log's statements, format by format and case by case; no server."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from tiny import SCHEMA

from lab import readers
from lab.errors import LabError
from lab.model.schema import Schema
from lab.model.workload import Ago, Between, Choice, FromColumn, Operation, Word
from lab.workloads.logs import Logged, read_log

PREFIX = "2026-11-25 22:00:00.123 UTC [123] LOG:  "
TAGS = """
CREATE TABLE tags (
  user_id bigint REFERENCES users (id), tag text CHECK (tag IN ('a', 'b')), PRIMARY KEY (user_id, tag)
);
"""


@pytest.fixture(scope="module")
def schema(tmp_path_factory: pytest.TempPathFactory) -> Schema:
    path = tmp_path_factory.mktemp("shop") / "schema.sql"
    path.write_text(SCHEMA + TAGS)
    return readers.read(path)


@pytest.fixture
def log(tmp_path: Path, schema: Schema):  # type: ignore[no-untyped-def]
    def read(text: str) -> Logged:
        path = tmp_path / "a.log"
        path.write_text(text)
        return read_log(str(path), schema)

    return read


def statements(*texts: str) -> str:
    return "".join(f"{PREFIX}statement: {text}\n" for text in texts)


def only(logged: Logged) -> Operation:
    (operation,) = logged.workload.operations
    return operation


def rules(operation: Operation) -> dict[str, object]:
    return {parameter.name: parameter.rule for parameter in operation.parameters}


def test_statements_that_differ_in_constants_are_one_operation(log) -> None:  # type: ignore[no-untyped-def]
    found = only(log(statements(*(f"SELECT id FROM users WHERE email = 'u{n}@x'" for n in range(5)))))
    assert (found.name, found.weight, found.target_class) == ("select_users_by_email", 5, "simple")
    assert found.text("") == "SELECT id FROM users WHERE email = :email"
    assert rules(found) == {"email": FromColumn("users", "email")}


def test_a_statement_over_several_lines_with_its_parameters(log) -> None:  # type: ignore[no-untyped-def]
    text = (
        f"{PREFIX}duration: 0.1 ms  parse a: SELECT id FROM orders\n\tWHERE total > $1\n"
        f"{PREFIX}duration: 0.1 ms  bind a: SELECT id FROM orders\n\tWHERE total > $1\n"
        f"{PREFIX}duration: 0.1 ms  execute a: SELECT id FROM orders\n\tWHERE total > $1\n"
        f"{PREFIX.replace('LOG', 'DETAIL')}parameters: $1 = '9.5'\n"
        f"{PREFIX}duration: 0.1 ms  execute fetch from a: SELECT id FROM orders\n\tWHERE total > $1\n"
    )
    found = only(log(text))
    assert found.weight == 1 and found.text("") == "SELECT id FROM orders\nWHERE total > :total"
    assert rules(found) == {"total": Choice((9.5,))}


@pytest.mark.parametrize(
    ("sql", "name", "rule"),
    [
        ("SELECT id FROM orders WHERE placed_at > '2026-11-18 22:00:00.123'", "placed_at", Ago(7, 7)),
        ("SELECT id FROM orders WHERE id IN (5, 6)", "id", Between(1, 100)),
        ("SELECT id FROM users WHERE email LIKE '%smith%'", "email", Word("users", "email")),
        ("SELECT id FROM orders WHERE id = ANY('{7,8}')", "id", Choice(("{1,2}",))),
        ("SELECT id FROM orders WHERE total BETWEEN 1 AND -2.5", "total_2", Choice((-2.5,))),
        ("UPDATE orders SET total = total + 3 WHERE id = 9", "total", Choice((3,))),
        ("UPDATE orders SET status = 'paid' WHERE id = 9", "status", Choice(("paid",))),
        ("DELETE FROM orders WHERE user_id = 4", "user_id", FromColumn("orders", "user_id")),
    ],
)
def test_how_a_parameter_is_drawn(log, sql: str, name: str, rule: object) -> None:  # type: ignore[no-untyped-def]
    assert rules(only(log(statements(sql))))[name] == rule


def test_many_numbers_become_a_range(log) -> None:  # type: ignore[no-untyped-def]
    seen = statements(*(f"SELECT id FROM orders WHERE total > {number}" for number in range(40)))
    assert rules(only(log(seen))) == {"total": Between(0, 39)}


def test_a_state_written_into_the_statement_stays_for_partial_indexes(log) -> None:  # type: ignore[no-untyped-def]
    found = only(log(statements(*(f"SELECT id FROM orders WHERE status = 'new' AND user_id = {n}" for n in range(3)))))
    assert found.text("") == "SELECT id FROM orders WHERE status = 'new' AND user_id = :user_id"


def test_a_pattern_keeps_its_wildcards(log) -> None:  # type: ignore[no-untyped-def]
    found = only(log(statements("SELECT id FROM users WHERE email LIKE 'smith%'")))
    assert found.text("").endswith("LIKE (:email || '%')")


def test_the_present_is_the_datas_own_in_reads_and_stays_in_writes(log) -> None:  # type: ignore[no-untyped-def]
    read = only(log(statements("SELECT id FROM orders WHERE placed_at > now() - interval '12 hours'")))
    assert read.text("").endswith("placed_at > :days_ago_0_5") and rules(read) == {"days_ago_0_5": Ago(0.5, 0.5)}
    write = only(log(statements("UPDATE orders SET placed_at = now() WHERE id = 1")))
    assert "now()" in write.text("")


@pytest.mark.parametrize(
    ("sql", "reason"),
    [
        ("BEGIN", "BEGIN is neither a query nor a write"),
        ("COPY users FROM STDIN", "COPY is neither a query nor a write"),
        ("SELECT 1", "names no table of the schema"),
        ("SELECT * FROM pg_catalog.pg_class", "names pg_catalog.pg_class, which is no table of the schema"),
        ("SELECT emial FROM users", "names the column emial, which the schema lacks (it has email)"),
        ("SELECT u.emial FROM users u", "names users.emial, which the schema lacks (it has email)"),
        ("SELECT FROM WHERE", "PostgreSQL's parser says"),
        ("SELECT id FROM users; SELECT id FROM orders", "several statements in one"),
        ("INSERT INTO users (email) VALUES ('a'), ('b')", "inserts several rows at once"),
        ("INSERT INTO tags (user_id, tag) VALUES (1, 'a')", "would break a key of tags when run again"),
    ],
)
def test_what_is_left_out_has_a_reason(log, sql: str, reason: str) -> None:  # type: ignore[no-untyped-def]
    logged = log(statements("SELECT id FROM users", sql, sql))
    (left,) = logged.left_out
    assert reason in left.reason and left.calls == 2 and left.text == sql
    assert only(logged).name == "select_users"


def test_names_are_told_apart(log) -> None:  # type: ignore[no-untyped-def]
    logged = log(statements("SELECT id FROM users WHERE id = 1", "SELECT email FROM users WHERE id = 1"))
    assert [found.name for found in logged.workload.operations] == ["select_users_by_id", "select_users_by_id_2"]


def test_a_slow_log_of_several_lines(log) -> None:  # type: ignore[no-untyped-def]
    text = (
        "/usr/sbin/mysqld, Version: 9.7.4 (Source). started with:\nTcp port: 3306  Unix socket: x\n"
        "Time                 Id Command    Argument\n"
        "# Time: 2026-11-25T22:00:00.1Z\n# User@Host: a[a] @ [127.0.0.1]  Id: 8\n"
        "# Query_time: 0.1  Lock_time: 0.0 Rows_sent: 1  Rows_examined: 1\n"
        "use shop;\nSET timestamp=1764108000;\nSELECT id\n# a comment of the statement's\nFROM users\nWHERE id = 7;\n"
        "# Time: 2026-11-25T22:00:01.1Z\n# User@Host: a[a] @ [127.0.0.1]  Id: 8\n# Query_time: 0.1\n"
        "SET timestamp=1764108001;\n# administrator command: Quit;\n"
    )
    found = only(log(text))
    assert found.text("mysql") == "SELECT id /* a comment of the statement's */ FROM users WHERE id = :id"


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("nothing of the kind\n", "is no log the lab knows"),
        (statements("BEGIN"), "has nothing this schema could be asked: BEGIN is neither a query nor a write (1 calls)"),
    ],
)
def test_a_log_without_use_is_refused(log, text: str, sentence: str) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(LabError) as caught:
        log(text)
    assert sentence in caught.value.message and caught.value.hint


@pytest.mark.parametrize(
    ("source", "sentence"),
    [("no.log", "cannot read no.log"), ("sqlite://a/b", "reads no workload from sqlite://")],
)
def test_a_source_that_is_none(schema: Schema, source: str, sentence: str) -> None:
    with pytest.raises(LabError, match=sentence):
        read_log(source, schema)


def test_a_password_is_not_printed(schema: Schema) -> None:
    with pytest.raises(LabError) as caught:
        read_log("mysql://u:hidden@127.0.0.1:1/shop", schema)
    assert "hidden" not in str(caught.value)


def test_init_writes_the_workload_and_tells_what_it_left_out(tmp_path: Path) -> None:
    (tmp_path / "shop.sql").write_text(SCHEMA)
    (tmp_path / "a.log").write_text(statements("SELECT id FROM users WHERE id = 3", "VACUUM"))
    command = [sys.executable, "-m", "lab.cli", "init", "shop.sql", "--from-log", "a.log"]
    answer = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert answer.returncode == 0, answer.stderr
    assert "VACUUM is neither a query nor a write (1 call)" in answer.stdout
    written = (tmp_path / "workloads/shop/queries.sql").read_text()
    assert "-- From PostgreSQL's log." in written and "-- name: select_users_by_id" in written


def test_a_json_log_cut_in_mid_line_is_read_up_to_there(log) -> None:  # type: ignore[no-untyped-def]
    line = json.dumps(
        {"timestamp": "2026-11-25", "error_severity": "LOG", "message": "statement: SELECT id FROM users"}
    )
    assert only(log(f"{line}\n{line[:30]}")).weight == 1
