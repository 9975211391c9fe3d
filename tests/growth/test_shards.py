"""Which column to spread rows by: judged from values and from the workload."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from lab.advise.accesses import find_accesses
from lab.growth import Touch, inserted, shard_keys
from lab.growth.shards import commonest, rank_correlation
from lab.model.growth import DistributionKey
from lab.model.schema import Column, ForeignKey, Key, Schema, Table, Type
from lab.model.workload import Operation


def table(name: str, *references: str) -> Table:
    columns = [Column("id", Type("bigint")), *(Column(f"{each[:-1]}_id", Type("bigint")) for each in references)]
    keys = tuple(ForeignKey((f"{each[:-1]}_id",), each, ("id",)) for each in references)
    return Table(name, tuple(columns), primary_key=Key(("id",)), foreign_keys=keys)


SHOP = Schema((table("users"), table("orders", "users"), table("items", "orders"), table("countries")))
ROWS = {"users": 2000, "orders": 20_000, "items": 60_000, "countries": 200}
GROWS = {"users": True, "orders": True, "items": True, "countries": False}
RANDOM = np.random.default_rng(1)
COLUMNS = {
    ("users", "id"): np.arange(2000),
    ("orders", "id"): np.arange(20_000),
    ("items", "id"): np.arange(60_000),
    ("orders", "user_id"): RANDOM.integers(0, 2000, 20_000),
    ("items", "order_id"): np.repeat(np.arange(20_000), 3),
}


def operation(name: str, sql: str, weight: float = 1.0) -> Operation:
    return Operation(name, "simple", {"": sql}, (), weight, is_write=sql.startswith("INSERT"))


def judged(*operations: Operation) -> dict[str, DistributionKey]:
    touches = {}
    for each in operations:
        into = inserted(each, "postgres")
        read = [Touch(a.table, a.equal, a.joins) for a in find_accesses(each, "postgres", SHOP)]
        touches[each.name] = [into, *read] if into else read
    keys = shard_keys(SHOP, ROWS, GROWS, operations, touches, lambda t, c: pa.array(COLUMNS[t, c]))
    return {f"{key.table}.{key.column}": key for key in keys}


OF_USER = operation("of_user", "SELECT * FROM orders WHERE user_id = :user_id", 7.0)
BY_ID = operation("by_id", "SELECT * FROM orders WHERE id = :id", 2.0)
COUNTRY = operation("country", "SELECT * FROM countries WHERE id = :id", 1.0)


def test_a_key_serves_what_names_it_and_what_touches_no_table_that_grows() -> None:
    keys = judged(OF_USER, BY_ID, COUNTRY)
    assert keys["users.id"].routed == pytest.approx(0.8)
    assert keys["orders.id"].routed == pytest.approx(0.3)
    assert next(iter(keys)) == "users.id"


def test_tables_reached_by_way_of_others_lack_the_column() -> None:
    key = judged(OF_USER)["users.id"]
    assert key.tables == ("users", "orders", "items") and key.lacking == ("items",) and key.apart == ()
    key = judged(OF_USER)["items.id"]
    assert (key.apart, key.copied) == (("orders",), ("users",))


def test_joined_rows_lie_together() -> None:
    joined = operation("joined", "SELECT * FROM orders o JOIN items i ON i.order_id = o.id WHERE o.user_id = :user_id")
    assert judged(joined)["users.id"].routed == 1.0


def test_what_counts_everything_goes_everywhere() -> None:
    key = judged(operation("count", "SELECT count(*) FROM orders"))["users.id"]
    assert key.routed == 0.0 and any("every machine" in each for each in key.objections)


def test_an_insert_goes_to_the_machine_its_value_names() -> None:
    insert = operation("insert", "INSERT INTO orders (user_id) VALUES (:user_id)")
    assert judged(insert)["users.id"].routed == 1.0
    assert judged(operation("sign_up", "INSERT INTO users (id) VALUES (DEFAULT)"))["users.id"].routed == 1.0
    assert judged(operation("item", "INSERT INTO items (order_id) VALUES (:order_id)"))["users.id"].routed == 0.0


def test_a_key_that_rises_with_time_is_objected_to() -> None:
    keys = judged(OF_USER)
    assert keys["items.id"].monotonicity > 0.99 and any("rise" in each for each in keys["items.id"].objections)
    assert keys["users.id"].monotonicity < 0.1 and keys["users.id"].objections == ()


def test_what_is_copied_is_read_anywhere_and_written_everywhere() -> None:
    read = operation("read", "SELECT * FROM users WHERE id = :id")
    assert judged(read)["orders.id"].routed == 1.0
    assert judged(operation("sign_up", "INSERT INTO users (id) VALUES (:id)"))["orders.id"].routed == 0.0


def test_a_table_the_design_caps_is_no_candidate() -> None:
    assert "countries.id" not in judged(COUNTRY)


def test_the_commonest_value_counts_among_the_rows_that_have_one() -> None:
    assert commonest(pa.array([1, 1, 2, None])) == pytest.approx(2 / 3)
    assert commonest(pa.nulls(3)) == 0.0


def test_rank_correlation_needs_an_order() -> None:
    assert rank_correlation(pa.array([1, 5, 7, 9])) == pytest.approx(1.0)
    assert rank_correlation(pa.array(["d", "c", "b", "a"])) == pytest.approx(1.0)
    assert rank_correlation(pa.array([4, 4, 4])) == 0.0
