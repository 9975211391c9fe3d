"""Which differing answers an ORDER BY leaves both in the right."""

from __future__ import annotations

from pathlib import Path

import pytest
from test_cli import flat, lab
from tiny import write_design

from lab.bench.ties import tied_order

ONE, OTHER = [(1, "a"), (2, "b")], [(1, "b"), (2, "a")]


@pytest.mark.parametrize(
    ("sql", "order"),
    [
        ("SELECT day, name FROM t ORDER BY day", "day"),
        ("SELECT t.day, name FROM t ORDER BY t.day DESC", "t.day DESC"),
        ("SELECT day AS d, name FROM t ORDER BY d LIMIT 2", "d"),
        ("SELECT day + 1, name FROM t ORDER BY 1", "1"),
        ("SELECT day + 1, name FROM t ORDER BY day + 1", "day + 1"),
        ("SELECT set_config('a', 'b', true);\nSELECT day, name FROM t ORDER BY day", "day"),
        ("SELECT day, name FROM t ORDER BY day, name", ""),
        ("SELECT day, name FROM t ORDER BY id", ""),
        ("SELECT day, name FROM t", ""),
        ("SELECT day, name FROM", ""),
    ],
)
def test_rows_tie_in_what_is_shown_of_the_order(sql: str, order: str) -> None:
    assert tied_order(sql, "sqlite", ONE, OTHER) == order


def test_answers_of_other_lengths_or_engines_without_sql_are_no_tie() -> None:
    assert not tied_order("SELECT day FROM t ORDER BY day", "sqlite", ONE, ONE[:1])
    assert not tied_order('{"find": "t"}', "mongodb", ONE, OTHER)


def test_the_user_is_told_to_end_the_order_with_a_key(tmp_path: Path) -> None:
    queries = "-- name: newest\nSELECT status, id FROM orders ORDER BY status LIMIT 7;\n"
    up = "CREATE INDEX orders_other ON orders (status, id DESC);"
    write_design(tmp_path, queries=queries, indexed=f"-- migrate:up\n{up}\n-- migrate:down\nDROP INDEX orders_other;\n")
    answer = lab(tmp_path, "compare", "schemas/tiny", "--engine", "sqlite", "--scale", "1", "--time-budget", "0.2")
    assert answer.returncode == 2
    assert "in which rows tie: end it with a key" in flat(answer.stderr)
