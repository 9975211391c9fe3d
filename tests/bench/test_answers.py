from __future__ import annotations

from decimal import Decimal

import pytest

from lab.bench.answers import difference


@pytest.mark.parametrize(
    ("base", "variant", "is_ordered"),
    [
        ([(1, "a"), (2, "b")], [(2, "b"), (1, "a")], False),
        ([(1, "a"), (2, "b")], [(1, "a"), (2, "b")], True),
        ([(Decimal("3.10"),)], [(3.1,)], True),
        ([(Decimal("3.00"),)], [(3,)], True),
        ([(0.1 + 0.2,)], [(0.3,)], True),
        ([(["a"], {"k": 1})], [(["a"], {"k": 1})], False),
        ([(None,)], [(None,)], False),
        ([], [], True),
    ],
)
def test_equal_answers(base: list[tuple[object, ...]], variant: list[tuple[object, ...]], is_ordered: bool) -> None:
    assert difference(base, variant, is_ordered) == ""


@pytest.mark.parametrize(
    ("base", "variant", "is_ordered", "said"),
    [
        ([(1,), (2,)], [(2,), (1,)], True, "row 1: base has (1), variant has (2)"),
        ([(1,), (2,)], [(1,)], True, "row 2: base has (2), variant has no such row"),
        ([(1,)], [(1,), (1,)], False, "base has no such row, variant has (1)"),
        ([(1, "a")], [(1, "A")], False, "base has (1, a), variant has (1, A)"),
        ([(100.01,)], [(100.02,)], False, "base has (100.01), variant has (100.02)"),
        ([(None,)], [(0,)], False, "base has (None), variant has (0)"),
    ],
)
def test_the_first_difference_is_shown(
    base: list[tuple[object, ...]], variant: list[tuple[object, ...]], is_ordered: bool, said: str
) -> None:
    assert difference(base, variant, is_ordered) == said
