from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from lab.bench.answers import difference
from lab.bench.made_anew import MadeAnew, left_to_chance
from lab.model.workload import Operation, Workload
from lab.readers import read

NOW = datetime.now(UTC)
LATER = NOW + timedelta(milliseconds=70)
LOADED = datetime(2025, 11, 3, 10, 11, 12, tzinfo=UTC)
ONE, OTHER = UUID(int=1), UUID(int=2)


def compared(base: list[tuple[Any, ...]], variant: list[tuple[Any, ...]], by_chance: bool = False) -> tuple[str, int]:
    ours, theirs, count = MadeAnew(NOW, by_chance).leave_out(base, variant)
    return difference(ours, theirs, is_ordered=True), count


@pytest.mark.parametrize(
    ("base", "variant"),
    [
        (NOW, LATER),
        (NOW.replace(tzinfo=None), LATER.replace(tzinfo=None)),
        (str(NOW), str(LATER)),
        (NOW.timestamp(), LATER.timestamp()),
        (int(NOW.timestamp()), int(NOW.timestamp()) + 1),
        (int(NOW.timestamp() * 1000), int(LATER.timestamp() * 1000)),
    ],
    ids=["moment", "without-zone", "text", "seconds", "whole-seconds", "milliseconds"],
)
def test_what_the_clock_made_in_the_writes_may_differ(base: Any, variant: Any) -> None:
    assert compared([(7, base)], [(7, variant)]) == ("", 1)


@pytest.mark.parametrize(
    ("base", "variant"),
    [
        ((7, NOW), (8, LATER)),
        ((7, NOW), (7, None)),
        ((7, NOW), (7, LOADED)),
        ((7, LOADED), (7, LOADED + timedelta(seconds=1))),
        ((7, 12), (7, 13)),
        ((7, ONE), (7, OTHER)),
        ((True,), (False,)),
    ],
)
def test_all_else_may_not(base: tuple[Any, ...], variant: tuple[Any, ...]) -> None:
    found, _ = compared([base], [variant])
    assert found.startswith("row 1: base has (")


def test_identifiers_left_to_chance_may_differ_and_those_both_sides_know_may_not() -> None:
    assert compared([(ONE, 1)], [(OTHER, 1)], by_chance=True) == ("", 1)
    assert compared([(str(ONE), 1)], [(str(OTHER), 1)], by_chance=True) == ("", 1)
    swapped, _ = compared([(ONE, 1), (OTHER, 2)], [(OTHER, 1), (ONE, 2)], by_chance=True)
    assert swapped.startswith("row 1")


@pytest.mark.parametrize(
    ("sql", "is_left"),
    [
        ("INSERT INTO orders (total) VALUES (:total)", True),
        ('INSERT INTO public."orders" (total) VALUES (:total)', True),
        ("INSERT INTO orders (id, total) VALUES (:id, :total)", False),
        ("INSERT INTO orders_archive (total) VALUES (:total)", False),
        ("UPDATE orders SET total = :total", False),
    ],
)
def test_a_write_leaves_a_column_to_chance_that_it_does_not_name(sql: str, is_left: bool) -> None:
    schema = read(
        Path("schema.sql"),
        "CREATE TABLE orders (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), total int);"
        "CREATE TABLE orders_archive (id int PRIMARY KEY, total int);",
    )
    write = Operation("write", "simple", {"": sql}, (), 1.0, True, False)
    assert left_to_chance(schema, Workload((write,), {}, "")) is is_left
