"""The planner's statistics at two sizes: those at a third."""

from __future__ import annotations

import math
from typing import Any

import pytest

from lab.growth import extrapolate
from lab.model.planner import PlannerFacts, RelationFacts

KEY = ("public", "orders", "id", False)


def facts(rows: float, pages: int = 1000, kind: str = "r", **column: Any) -> PlannerFacts:
    fields = {"n_distinct": -1.0, "most_common_freqs": None, "histogram_bounds": None, **column}
    return PlannerFacts(
        (RelationFacts("public", "orders", kind, rows, pages, pages, "base/1/2", "orders"),), {KEY: fields}
    )


def grown(small: PlannerFacts, large: PlannerFacts, further: float = 10.0) -> tuple[RelationFacts, dict[str, Any]]:
    found = extrapolate(small, large, 2.0, further)
    return found.relations[0], dict(found.columns[KEY])


def drawn(pool: float, rows: float) -> float:
    return -pool * math.expm1(-rows / pool)


def test_a_table_that_grew_goes_on_with_its_pages() -> None:
    relation, _ = grown(facts(1e5, 1000), facts(2e5, 2000))
    assert relation.rows == 2e6
    assert relation.pages == pytest.approx(20_000, rel=0.01)
    assert relation.visible_pages == relation.pages


def test_one_that_did_not_stays_as_it_is() -> None:
    relation, column = grown(facts(240, 4), facts(240, 4))
    assert (relation.rows, relation.pages) == (240, 4)
    assert column["n_distinct"] == -1.0


def test_chance_in_small_tables_does_not_make_a_power_in_between() -> None:
    relation, _ = grown(facts(179, 6), facts(314, 10), 25.0)
    assert relation.rows == 314 * 25


def test_an_index_of_few_pages_is_not_all_leaves() -> None:
    relation, _ = grown(facts(200, 2, "i"), facts(400, 4, "i"), 25.0)
    assert 20 <= relation.pages <= 45


def test_what_is_unique_stays_unique() -> None:
    assert grown(facts(1e5), facts(2e5))[1]["n_distinct"] == -1.0


def test_a_pool_that_stays_is_emptied() -> None:
    few, many = drawn(1000, 300) / 300, drawn(1000, 600) / 600
    _, column = grown(facts(300, n_distinct=-few), facts(600, n_distinct=-many), 50.0)
    assert column["n_distinct"] == pytest.approx(1000, rel=0.02)


def test_a_pool_that_grows_with_the_size_goes_on_growing() -> None:
    few, many = drawn(50, 200) / 200, drawn(100, 400) / 400
    _, column = grown(facts(200, n_distinct=-few), facts(400, n_distinct=-many), 50.0)
    assert column["n_distinct"] == pytest.approx(drawn(5000, 20_000), rel=0.05)


def test_few_values_stay_few() -> None:
    assert grown(facts(1e5, n_distinct=3.0), facts(2e5, n_distinct=3.0))[1]["n_distinct"] == pytest.approx(
        3.0, rel=0.01
    )


def test_the_share_of_the_commonest_goes_on_falling_and_never_rises() -> None:
    falls = grown(facts(1e5, most_common_freqs=[0.2, 0.1]), facts(2e5, most_common_freqs=[0.1, 0.05]))[1]
    assert falls["most_common_freqs"] == pytest.approx([0.01, 0.005])
    rises = grown(facts(1e5, most_common_freqs=[0.1]), facts(2e5, most_common_freqs=[0.2]))[1]
    assert rises["most_common_freqs"] == [0.2]


def test_bounds_of_a_key_are_stretched_and_dates_are_not() -> None:
    keys = grown(facts(1e5, histogram_bounds="{1,50,100}"), facts(2e5, histogram_bounds="{1,100,200}"))[1]
    assert keys["histogram_bounds"] == "{10,1000,2000}"
    dates = "{2024-01-01,2025-12-31}"
    assert grown(facts(1e5, histogram_bounds=dates), facts(2e5, histogram_bounds=dates))[1]["histogram_bounds"] == dates
