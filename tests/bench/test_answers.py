from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from uuid import UUID

import pytest

from lab.bench.answers import RULES, difference


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


def test_of_long_rows_the_columns_that_differ_are_shown_where_they_differ() -> None:
    text = "x" * 500
    base, variant = (7, text, "a", text + "1" + text), (7, text, "b", text + "2" + text)
    told = difference([base], [variant], True)
    assert told.startswith("row 1: column 3 of 4: base has a, variant has b; column 4 of 4: base has …xxx")
    assert "x1x" in told and "x2x" in told and len(told) < 250
    assert "and 2 of 5 columns more" in difference([(*"abcde"[:4], text + text)], [(*"vwxyz"[:4], text)], True)


def test_a_long_row_that_is_missing_is_cut() -> None:
    told = difference([(1, "y" * 900)], [], True)
    assert "base has (1, yyy" in told and told.endswith("…, variant has no such row") and len(told) < 200


def test_of_rows_in_no_order_the_one_most_alike_stands_beside_the_missing_one() -> None:
    base = [(1, "red", "x"), (2, "blue", "y")]
    variant = [(9, "green", "z"), (2, "blue", "Y"), (1, "red", "x")]
    assert difference(base, variant, False) == "base has (2, blue, y), variant has (2, blue, Y)"


TOKEN = UUID("00000000-0000-0000-0000-000000000007")
MOMENT = datetime(2025, 11, 3, 10, 11, 12, 345_678, UTC)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (True, 1),
        (Decimal("12.50"), 12.5),
        (Decimal("12.50"), "12.50"),
        (7, "7"),
        (TOKEN, str(TOKEN)),
        (MOMENT, "2025-11-03 10:11:12.345678+00:00"),
        (MOMENT, MOMENT.replace(microsecond=345_000)),
        (MOMENT, MOMENT.replace(tzinfo=None)),
        (MOMENT, "2025-11-03 11:11:12.345+01:00"),
        (date(2025, 11, 1), "2025-11-01"),
        (date(2025, 11, 1), datetime(2025, 11, 1, tzinfo=UTC)),
        ({"b": [1, 2.0], "a": None}, '{"a": null, "b": [1.0, 2]}'),
        (["a", "b"], '["a", "b"]'),
        ("2025-13-45", "2025-13-45"),
        ("{not json", "{not json"),
    ],
)
def test_engines_spell_a_value_differently(one: object, other: object) -> None:
    assert difference([(one,)], [(other,)], True, are_engines=True) == ""
    assert difference([(other,)], [(one,)], False, are_engines=True) == ""


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (MOMENT, MOMENT.replace(microsecond=346_000)),
        (date(2025, 11, 1), datetime(2025, 11, 1, 1, tzinfo=UTC)),
        (None, ""),
        (None, 0),
        ({"a": 1}, '{"a": 2}'),
        ("a", "A"),
        ("12.5x", 12.5),
    ],
)
def test_what_no_rule_excuses_differs(one: object, other: object) -> None:
    assert difference([(one,)], [(other,)], True, ("SQLite", "MongoDB"), are_engines=True).startswith(
        "row 1: SQLite has"
    )


@pytest.mark.parametrize(
    ("one", "other"),
    [(MOMENT, MOMENT.replace(microsecond=345_000)), (7, "7"), (TOKEN, str(TOKEN))],
)
def test_variants_on_one_engine_have_no_excuse(one: object, other: object) -> None:
    assert difference([(one,)], [(other,)], True)


def test_every_rule_says_why() -> None:
    assert len({rule.values for rule in RULES}) == len(RULES)
    assert all(rule.compared_as and rule.because for rule in RULES)
