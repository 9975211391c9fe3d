"""The miner against every subset tried by hand, and what rows are taken to prove."""

from __future__ import annotations

import random
from itertools import combinations

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lab.normalize.codes import Coded, code, commonest, joined
from lab.normalize.dependencies import Dependency, depends
from lab.normalize.evidence import Scales
from lab.normalize.mine import classes, mine, to_remove

Rows = list[tuple[int | None, ...]]
small_rows = st.integers(2, 5).flatmap(
    lambda width: st.lists(st.tuples(*[st.one_of(st.none(), st.integers(0, 3))] * width), min_size=1, max_size=14)
)


def coded(rows: Rows) -> dict[str, Coded]:
    columns = zip(*rows, strict=True)
    return {"abcde"[place]: code(pa.chunked_array([pa.array(c, pa.int64())])) for place, c in enumerate(columns)}


def holds(rows: Rows, left: tuple[int, ...], right: int) -> bool:
    """By the definition: no two rows agree on the left and differ on the right."""
    return all(
        one[right] == other[right]
        for one, other in combinations(rows, 2)
        if all(one[place] == other[place] for place in left)
    )


def by_hand(rows: Rows) -> tuple[set[Dependency], set[frozenset[str]]]:
    width = len(rows[0])
    varying = [place for place in range(width) if len({row[place] for row in rows}) > 1]
    found: set[Dependency] = set()
    keys: set[frozenset[str]] = set()
    for size in range(1, 4):
        for left in combinations(varying, size):
            names = frozenset("abcde"[place] for place in left)
            if len({tuple(row[place] for place in left) for row in rows}) == len(rows) and not any(
                key < names for key in keys
            ):
                keys.add(names)
            for right in set(varying) - set(left):
                is_minimal = not any(holds(rows, part, right) for n in range(1, size) for part in combinations(left, n))
                if is_minimal and holds(rows, left, right):
                    found.add(depends(names, "abcde"[right]))
    return found, keys


@settings(max_examples=80, deadline=None)
@given(small_rows)
def test_what_is_mined_is_what_holds(rows: Rows) -> None:
    mined = mine(coded(rows))
    found, keys = by_hand(rows)
    assert set(mined.dependencies) == found
    assert set(mined.keys) == keys


@settings(max_examples=50, deadline=None)
@given(small_rows)
def test_the_error_is_the_fewest_rows_to_remove(rows: Rows) -> None:
    columns = coded(rows)
    left, right = columns["a"], columns["b"]
    removed = to_remove(classes(left), right)
    groups: dict[int | None, list[int | None]] = {}
    for row in rows:
        groups.setdefault(row[0], []).append(row[1])
    assert removed == sum(len(values) - max(map(values.count, values)) for values in groups.values())


@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(0, 40), st.integers(0, 40)), min_size=1, max_size=60))
def test_codes_of_pairs_tell_pairs_apart_and_counts_are_right(rows: list[tuple[int, int]]) -> None:
    columns = coded([(*row,) for row in rows])
    pairs = joined(columns["a"], columns["b"])
    assert len(set(pairs.codes.tolist())) == pairs.count == len(set(rows))
    for one, other in combinations(range(len(rows)), 2):
        assert (pairs.codes[one] == pairs.codes[other]) == (rows[one] == rows[other])
    most = commonest(columns["a"], columns["b"])
    for group in range(columns["a"].count):
        inside = [row[1] for row, own in zip(rows, columns["a"].codes, strict=True) if own == group]
        assert most[group] == max(map(inside.count, inside))


def weigh(rows: list[tuple[object, ...]], dependency: Dependency):  # type: ignore[no-untyped-def]
    columns = dict(zip("abc", map(list, zip(*rows, strict=True)), strict=False))
    return Scales({name: code(pa.chunked_array([values])) for name, values in columns.items()}).weigh(dependency)


def test_a_rule_that_many_rows_could_break_convinces() -> None:
    rows = [(n % 50, n % 50 % 7, n) for n in range(500)]
    found = weigh(rows, depends("a", "b"))
    assert found.is_convincing
    assert (found.classes, found.grouped_rows, found.pairs) == (50, 500, 50 * 45)


@pytest.mark.parametrize(
    ("case", "rows"),
    [
        ("no two rows are equal on the left", [(n, n % 7, n) for n in range(500)]),
        ("two rows of five agree by accident", [(n // 2, n // 2 % 2, n) for n in range(5)]),
        ("the right is nearly always the same", [(n % 50, int(n % 50 == 0) * 0, n) for n in range(500)]),
    ],
)
def test_what_nothing_could_contradict_does_not_convince(case: str, rows: list[tuple[object, ...]]) -> None:
    assert not weigh(rows, depends("a", "b")).is_convincing, case


def test_a_column_beside_a_near_rule_is_not_part_of_a_rule() -> None:
    """`a` nearly determines `b`; with a random column beside it the groups are so small that it holds."""
    chance = random.Random(1)
    rows = [(n % 200, n % 200 if n != 7 else 3, chance.randrange(5000)) for n in range(2000)]
    found = weigh(rows, depends("ac", "b"))
    assert not found.violations
    assert not found.is_convincing
    assert weigh(rows, depends("a", "b")).is_nearly_convincing


def test_mistakes_in_rows_are_counted_and_shown() -> None:
    rows = [(n % 50, n % 50 % 7 if n != 120 else 99, n) for n in range(5000)]
    found = weigh(rows, depends("a", "b"))
    assert found.violations == 1
    assert found.violation_share == 1 / 5000
    assert found.examples == ((120, 4970),)
    assert not found.is_convincing
    assert found.is_nearly_convincing
    assert mine(
        {
            name: code(pa.chunked_array([values]))
            for name, values in zip("ab", [[r[0] for r in rows], [r[1] for r in rows]], strict=True)
        },
        most_error=0.01,
    ).nearly == (depends("a", "b"),)


def test_a_value_beside_no_reference_is_noticed() -> None:
    rows = [(n % 50 if n % 10 else None, n % 50 % 7 if n % 10 else 1, n) for n in range(500)]
    assert weigh(rows, depends("a", "b")).stray_rows == 50
