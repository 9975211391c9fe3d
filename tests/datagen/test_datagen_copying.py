"""The fast ways to values are the plain ways, faster."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from generated import generator
from hypothesis import given, settings
from hypothesis import strategies as st

from lab.datagen.coded import coded
from lab.datagen.options import Joined, Options
from lab.datagen.seed import draws, quotients, remainders, stream, uniform
from lab.datagen.ways import chosen, spared, whole
from lab.datagen.weights import Weights

KEY = stream(1, "copying")
FEW = ["", "paid", "shipped", "ü"]
repeatable = settings(derandomize=True, max_examples=60, deadline=None)


@pytest.mark.parametrize("rows", [0, 1, 5, 2047, 2048, 2049, 5003])
@pytest.mark.parametrize(
    "values",
    [
        pytest.param(pa.array(FEW), id="a-few-texts"),
        pytest.param(pa.array(["", ""]), id="empty-texts"),
        pytest.param(pa.array([f"text {number}" for number in range(300)]), id="many-texts"),
        pytest.param(pa.array(["USD", "EUR"]), id="texts-of-one-width"),
        pytest.param(pa.array([1, 2, 3], pa.int32()), id="numbers"),
        pytest.param(pa.array([True, False]), id="truths"),
    ],
)
def test_options_are_taken_as_arrow_takes_them(values: pa.Array, rows: int) -> None:
    places = (uniform(KEY, np.arange(rows)) * len(values)).astype(np.int32)
    is_empty = np.arange(rows) % 3 == 1
    assert Options(values).take(places).equals(values.take(pa.array(places)))
    with_nulls = Options(values).take(places, is_empty)
    with_nulls.validate(full=True)
    assert with_nulls.equals(values.take(pa.array(places, mask=is_empty)))


@pytest.mark.parametrize("rows", [0, 1, 1000])
def test_texts_are_joined_as_arrow_joins_them(rows: int) -> None:
    lists = [pa.array(FEW), pa.array(["-"]), pa.array([str(number) for number in range(50)])]
    places = [np.arange(rows) * step % len(texts) for step, texts in zip((1, 1, 7), lists, strict=True)]
    apart = [texts.take(pa.array(place)) for texts, place in zip(lists, places, strict=True)]
    made = Joined(lists).take(places)
    made.validate(full=True)
    assert made.equals(pc.binary_join_element_wise(*apart, ""))


@repeatable
@given(st.lists(st.tuples(st.integers(0, 2**53 + 9), st.integers(1, 2**53)), min_size=1))
def test_division_by_floats_is_exact(pairs: list[tuple[int, int]]) -> None:
    numbers, limits = (np.array(part, np.int64) for part in zip(*pairs, strict=True))
    assert (quotients(numbers, limits) == numbers // limits).all()
    assert (remainders(numbers, limits) == numbers % limits).all()


def test_quotients_next_to_whole_numbers_are_not_rounded_up() -> None:
    limits = np.array([3, 7, 10**6 + 3, 2**26 - 1], np.int64)
    numbers = (2**53 - 1) // limits * limits - 1
    assert (quotients(numbers, limits) == numbers // limits).all()


@pytest.mark.parametrize("weights", [[1.0], [3, 1], [0, 1, 0, 2], [1 / n for n in range(1, 40)], [1, 1e-12]])
def test_weights_choose_alike_by_bits_and_by_shares(weights: list[float]) -> None:
    drawn = np.concatenate([draws(KEY, np.arange(20_000)), np.array([0, 2**31, 2**32 - 1], np.uint32)])
    found = Weights(weights).of_draws(drawn)
    assert (found == Weights(weights).of_shares(drawn * 2.0**-32)).all()
    assert set(found) <= {place for place, weight in enumerate(weights) if weight}


@pytest.mark.parametrize("share", [0.0, 0.1, 0.6, 1.0])
def test_nulls_lie_where_they_should_whatever_the_way(share: float) -> None:
    rows = np.arange(1000)
    is_empty = uniform(KEY, rows) < share
    options = Options(pa.array([f"{number}" for number in range(1000)]))
    made = [
        whole(lambda some: options.take(some)),
        spared(lambda some: options.take(some)),
        chosen(options, lambda some: some.astype(np.int32)),
    ]
    expected = options.array.take(pa.array(rows, mask=is_empty))
    assert [way(rows, is_empty).equals(expected) for way in made] == [True, True, True]
    assert all(way(rows, None).equals(options.array) for way in made)


@pytest.mark.parametrize("kind", ["sku", "code", "plate", "isbn"])
def test_codes_are_those_of_their_numbers(kind: str) -> None:
    """Alone, among others, and each another one."""
    rows = np.arange(3000)
    texts = coded(kind, KEY, rows).to_pylist()
    assert len(set(texts)) == len(rows)
    assert coded(kind, KEY, rows[1234:1235]).to_pylist() == texts[1234:1235]


def test_numbers_of_many_digits_have_fresh_values() -> None:
    made = generator("CREATE TABLE t (id bigint PRIMARY KEY, amount numeric(30, 4) NOT NULL)")
    fresh = made.fresh("t", "amount", np.arange(5)).to_pylist()
    assert len(set(fresh)) == 5
    assert min(fresh) > pc.max(made.batch("t", 0)["amount"]).as_py()
