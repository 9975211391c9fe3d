"""Plans in their normal form, as each engine prints them."""

from __future__ import annotations

import pytest

from lab.gate.plans import lost_indexes, nodes, shape

POSTGRES_INDEX = """\
Limit  (cost=0.43..84.20 rows=20 width=24) (actual time=0.031..0.052 rows=20 loops=1)
  Buffers: shared hit=23
  ->  Nested Loop  (cost=0.43..420.1 rows=100 width=24)
        ->  Index Scan Backward using orders_user_placed on orders o  (cost=0.43..420.1 rows=100 width=24)
              Index Cond: (user_id = $1)
        ->  Bitmap Heap Scan on users u  (cost=1.0..2.0 rows=1 width=8)
              ->  Bitmap Index Scan on users_pkey  (cost=0.0..1.0 rows=1 width=0)
Planning Time: 0.110 ms"""
POSTGRES_WHOLE = """\
Limit  (cost=10.43..84.20 rows=20 width=24) (actual time=0.031..0.052 rows=20 loops=1)
  ->  Gather Merge  (cost=1.0..2.0 rows=1 width=8)
        ->  Parallel Seq Scan on orders o  (cost=0.43..420.1 rows=100 width=24)"""
SQLITE_INDEX = "SEARCH o USING COVERING INDEX orders_user_idx (user_id=?)\nSEARCH u USING INTEGER PRIMARY KEY (rowid=?)"
SQLITE_WHOLE = "SCAN o\nSEARCH u USING INTEGER PRIMARY KEY (rowid=?)\nUSE TEMP B-TREE FOR ORDER BY"
MYSQL_INDEX = """\
-> Limit: 20 row(s)  (cost=5.2 rows=20) (actual time=0.02..0.03 rows=20 loops=1)
    -> Index lookup on o using orders_user_idx (user_id=7)  (cost=5.2 rows=20)"""
MYSQL_WHOLE = """\
-> Limit: 20 row(s)  (cost=5.2 rows=20)
    -> Filter: (o.user_id = 7)  (cost=305 rows=300)
        -> Table scan on o  (cost=305 rows=3000)"""
MONGODB_INDEX = "LIMIT  first 20  returned 20\n  FETCH\n    IXSCAN  on orders  orders_user_id_idx  {user_id: [7, 7]}"
MONGODB_WHOLE = "LIMIT  first 20\n  COLLSCAN  on orders  where {user_id: 7}"
SQL = "SELECT o.id FROM orders AS o JOIN users u ON u.id = o.user_id WHERE o.user_id = :user_id"


@pytest.mark.parametrize(
    ("engine", "indexed", "whole", "index"),
    [
        ("postgres", POSTGRES_INDEX, POSTGRES_WHOLE, "orders_user_placed"),
        ("sqlite", SQLITE_INDEX, SQLITE_WHOLE, "orders_user_idx"),
        ("mysql", MYSQL_INDEX, MYSQL_WHOLE, "orders_user_idx"),
        ("mongodb", MONGODB_INDEX, MONGODB_WHOLE, "orders_user_id_idx"),
    ],
)
def test_an_index_that_is_no_longer_used_is_found(engine: str, indexed: str, whole: str, index: str) -> None:
    before, after = nodes(indexed, engine, SQL), nodes(whole, engine, SQL)
    assert lost_indexes(before, after) == {"orders": index}
    assert lost_indexes(after, before) == {} and lost_indexes(before, before) == {}


def test_costs_times_and_directions_are_left_out() -> None:
    other = POSTGRES_INDEX.replace("0.43", "9.9").replace("rows=20", "rows=7").replace("Scan Backward", "Scan")
    assert nodes(other, "postgres") == nodes(POSTGRES_INDEX, "postgres")
    assert shape(nodes(POSTGRES_INDEX, "postgres", SQL)) == (
        "Limit < Nested Loop < Index Scan using orders_user_placed on orders < Bitmap Heap Scan on users"
        " < Bitmap Index Scan using users_pkey on users"
    )


def test_an_engine_that_is_not_known_is_compared_line_by_line() -> None:
    assert nodes('"rows": 12', "other") == nodes('"rows": 99', "other")
    assert nodes('"table": "a"', "other") != nodes('"table": "b"', "other")


def test_a_text_that_is_no_sql_names_no_alias() -> None:
    assert nodes(MONGODB_INDEX, "mongodb", '{"find": "orders"}')[-1].table == "orders"
