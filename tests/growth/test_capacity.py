"""What a size asks of a machine, and from when on one is not enough."""

from __future__ import annotations

import math

import pytest

from lab.growth import Room, capacities, capacity_at, key_rooms, steps
from lab.growth.capacity import HOT_SECONDS, PAGE_BYTES, first_beyond
from lab.growth.demand import Curve, Demand
from lab.model.growth import Capacity, CapacityStep, TableGrowth
from lab.model.schema import Column, ForeignKey, Key, Schema, Table, Type

ORDERS = TableGrowth("orders", 1_000_000, True, 200.0, 0.25, 2)
COUNTRIES = TableGrowth("countries", 200, False, 100.0, 0.5, 1)
TABLES = (ORDERS, COUNTRIES)
LOOKUP = Demand("lookup", False, 0.8, ("orders",), 0.0, Curve(((1.0, 4.0),)), Curve(((1.0, 100e-6),)))
REPORT = Demand(
    "report", False, 0.1, ("orders",), 0.0, Curve(((1.0, 100.0), (10.0, 1000.0))), Curve(((1.0, 1e-3), (10.0, 1e-2)))
)
INSERT = Demand("insert", True, 0.1, ("orders",), 2.0, Curve(((1.0, 10.0),)), Curve(((1.0, 200e-6),)))
DEMANDS = (LOOKUP, REPORT, INSERT)
MACHINE = Room(16e9, 100e9, 4)


def at(size: float, rate: float = 100.0, machine: Room = MACHINE) -> Capacity:
    return capacity_at(size, TABLES, DEMANDS, rate, machine)


def kinds(found: tuple[CapacityStep, ...]) -> dict[str, float]:
    return {step.kind: step.factor for step in found}


def test_room_is_bytes_per_row_times_rows_and_what_is_capped_stays() -> None:
    found = at(100)
    assert found.rows == 100_000_000 + 200
    assert found.table_bytes + found.index_bytes == pytest.approx(100e6 * 200 + 200 * 100)
    assert found.index_bytes == pytest.approx(100e6 * 200 * 0.25 + 200 * 100 * 0.5)
    assert found.largest == "orders"


def test_requests_grow_with_the_size_and_are_split_by_weight() -> None:
    found = at(10)
    assert found.rate == 1000
    assert found.pages == pytest.approx(1000 * (0.8 * 4 + 0.1 * 1000 + 0.1 * 10))
    assert found.read_cores == pytest.approx(1000 * (0.8 * 100e-6 + 0.1 * 1e-2))
    assert found.write_cores == pytest.approx(1000 * 0.1 * 200e-6)


def test_writes_are_rows_with_a_page_for_each_index() -> None:
    found = at(10)
    assert found.writes == pytest.approx(200)
    assert found.page_writes == pytest.approx(600)
    assert found.write_bytes == pytest.approx(200 * 200.0)


def test_the_working_set_is_what_is_asked_for_again_within_five_minutes() -> None:
    rare = capacity_at(1.0, (ORDERS,), (LOOKUP,), 0.01, MACHINE)
    asked = 0.01 * 0.8 * 4 * HOT_SECONDS
    assert rare.working_set_bytes == pytest.approx(asked * PAGE_BYTES, rel=0.01)
    often = capacity_at(1.0, (ORDERS,), (LOOKUP,), 1e6, MACHINE)
    assert often.working_set_bytes == pytest.approx(1e6 * 200.0)


def test_the_disk_is_read_for_what_has_no_room_in_memory() -> None:
    assert at(10).disk_reads == 0.0
    small = at(1000, machine=Room(20e9, 1e12, 4))
    assert small.disk_reads == pytest.approx(small.pages * (1 - 20e9 / small.working_set_bytes))


def test_sizes_go_as_far_as_was_asked() -> None:
    assert [each.factor for each in capacities(TABLES, DEMANDS, 1.0, MACHINE, 100.0)] == [1.0, 10.0, 100.0]


def test_each_step_comes_where_its_limit_is_crossed() -> None:
    found = steps(at, MACHINE, (), 1000.0, True)
    asked = kinds(found)
    assert asked["partition"] == pytest.approx(16e9 / 200e6, rel=1e-6)
    assert asked["disk"] == pytest.approx(100e9 / 200e6, rel=1e-3)
    busy = at(asked["replica"])
    assert busy.read_cores + busy.write_cores == pytest.approx(2.8, rel=1e-6)
    assert [step.factor for step in found] == sorted(step.factor for step in found)
    assert all(any(letter.isdigit() for letter in step.reason) for step in found)


def test_without_a_rate_only_room_is_judged() -> None:
    assert set(kinds(steps(lambda size: at(size, 0.0), MACHINE, (), 1000.0, False))) == {"partition", "disk"}


def test_one_machine_may_be_enough() -> None:
    assert steps(lambda size: at(size, 1e-6), Room(1e15, 1e15, 64), (), 1000.0, True) == ()


def test_a_limit_that_is_passed_at_once_is_passed_at_size_1() -> None:
    assert first_beyond(lambda size: size, 0.5, 100.0) == 1.0
    assert first_beyond(lambda size: size, 50.0, 100.0) == pytest.approx(50.0)
    assert first_beyond(lambda size: size, 500.0, 100.0) is None


def test_a_curve_goes_on_by_its_power_between_and_beyond_its_points() -> None:
    curve = Curve(((1.0, 2.0), (10.0, 20.0)))
    assert [curve.at(size) for size in (0.5, 1.0, 5.0, 100.0)] == pytest.approx([2.0, 2.0, 10.0, 200.0])
    assert Curve(((1.0, 3.0),)).at(50.0) == 3.0
    assert Curve(((1.0, 0.0),)).at(50.0) == 0.0
    assert Curve(((1.0, 8.0), (10.0, 4.0))).at(1000.0) == 4.0


def key_table(name: str, type_: str, *keys: ForeignKey) -> Table:
    columns = (Column("id", Type(type_)), Column("parent_id", Type("integer")))
    return Table(name, columns, primary_key=Key(("id",)), foreign_keys=keys)


def test_keys_that_run_out_are_found_and_references_to_them() -> None:
    reference = ForeignKey(("parent_id",), "orders", ("id",))
    schema = Schema(
        (key_table("orders", "integer"), key_table("items", "bigint", reference), key_table("fixed", "smallint"))
    )
    rows = {"orders": 40_000_000, "items": 120_000_000, "fixed": 200}
    grows = {"orders": True, "items": True, "fixed": False}
    found = {(room.table, room.column): room for room in key_rooms(schema, rows, grows, 1000.0)}
    assert set(found) == {("orders", "id"), ("items", "parent_id")}
    assert found["orders", "id"].highest == 2_147_483_647
    assert found["orders", "id"].breaks_at == pytest.approx(2_147_483_647 / 40_000_000)
    assert math.floor(found["items", "parent_id"].breaks_at) == 53
    assert not list(key_rooms(schema, rows, grows, 50.0))
