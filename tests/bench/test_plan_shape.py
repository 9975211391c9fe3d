"""What two executions of one plan have in common, and two plans have not."""

from __future__ import annotations

import pytest

from lab.bench.plan_shape import plan_hash, plan_shape

INDEXED = """\
Limit  (cost=0.28..12.42 rows=20 width=26) (actual time=0.010..0.014 rows=20.00 loops=1)
  Buffers: shared hit=12
  ->  Index Scan using orders_user_idx on orders  (cost=0.28..19.70 rows=32 width=26) (never executed)
        Index Cond: (user_id = '30'::bigint)
        Index Searches: 1
Planning Time: 0.041 ms
Execution Time: 0.023 ms"""


def test_numbers_of_one_execution_are_left_out() -> None:
    again = (
        INDEXED.replace("0.28..19.70 rows=32", "0.42..7.10 rows=9").replace("'30'", "'7'").replace("hit=12", "hit=9")
    )
    assert plan_shape(INDEXED) == plan_shape(again)
    assert plan_shape(INDEXED).splitlines() == [
        "Limit",
        "  ->  Index Scan using orders_user_idx on orders",
        "        Index Cond: (user_id = ?::bigint)",
    ]


@pytest.mark.parametrize(
    ("was", "became"),
    [("Index Scan", "Index Only Scan"), ("orders_user_idx", "orders_idx_2"), ("user_id =", "user_id >")],
)
def test_operators_names_and_conditions_stay(was: str, became: str) -> None:
    assert plan_hash(INDEXED) != plan_hash(INDEXED.replace(was, became))


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (
            "-> Index lookup on o using i (user_id = 30)  (cost=11.2 rows=32) (actual time=0.05..0.06 rows=2 loops=1)",
            "-> Index lookup on o using i (user_id = 4)  (cost=1e+3 rows=1) (actual time=150e-6..2e-3 rows=2 loops=9)",
        ),
        (
            '{"rows": 32, "r_rows": 3.5, "attached_condition": "o.user_id <=> 30"}',
            '{"rows": 1, "r_rows": 0, "attached_condition": "o.user_id <=> 7"}',
        ),
        ("SEARCH orders USING INDEX i (user_id=?)", "SEARCH orders USING INDEX i (user_id=?)"),
    ],
)
def test_other_engines_numbers_go_too(first: str, second: str) -> None:
    assert plan_shape(first) == plan_shape(second)


def test_there_is_no_hash_of_no_plan() -> None:
    assert plan_hash("") == ""
