"""What requests come to, and what is known beforehand: without a server."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from lab.caching.asked import CacheSettings, variants_beside
from lab.caching.estimates import ROUND, clustered, quantile, quantile_ratio
from lab.caching.front import DIRECT, HIT, MISS
from lab.caching.load import FAILED, UNSENT, Audit, Records, Trace
from lab.caching.plan import plan_caching
from lab.caching.requests import request_table
from lab.datagen import Generator
from lab.design import read_design
from lab.model.caching import CachePlan, Touch
from lab.model.workload import Operation

SHOP = Path(__file__).parents[2] / "schemas" / "ecommerce"


def test_requests_are_kept_as_they_went() -> None:
    read = Operation("read", {"": "SELECT 1"}, "simple", 1.0, False)
    write = Operation("write", {"": "UPDATE t SET x = 1"}, "simple", 1.0, True)
    starts = np.array([0.5, 1.5, 1.6, 1.7, 1.8])
    sequence = np.array([0, 0, 1, 0, 0])
    trace = Trace((read, write), sequence, [[{}] * 4, [{}]], starts, 2.0, np.ones(5, bool))
    due = (starts * 1e9).astype(np.int64)
    sql = np.array([due[0], 0, due[2], 0, 0])
    records = Records(0, np.array([MISS, HIT, DIRECT, FAILED, UNSENT]), due, due, due + 2_000_000, sql, sql + 1_000_000)
    records.audits = [
        Audit(1, int(due[1]), int(due[1]) + 3, False, 0.4),
        Audit(3, int(due[2]), int(due[2]) + 3, False, 0.4),
    ]
    plans = [CachePlan("read", (), ("t",), (Touch("write", "key"),), 0.1)]
    found = request_table("postgres", "base", "ttl", [(trace, records)], plans, 1.0).to_pydict()
    assert found["phase"] == ["warm-up", "measured", "measured", "measured", "measured"]
    assert found["served_by"] == ["database", "cache", "database", None, None]
    assert found["outcome"] == ["answered", "answered", "answered", "failed", "unsent"]
    assert found["response_seconds"] == pytest.approx([0.002] * 5)
    # The second audit's write was under way between the two answers: which was late cannot be told.
    assert found["is_stale"] == [None, True, None, None, None]


def test_a_stall_in_one_round_is_no_difference() -> None:
    rng = np.random.default_rng(1)
    base = rng.exponential(0.002, 900)
    slices = np.concatenate([number * ROUND + np.arange(300) // 25 for number in range(3)])
    slower = quantile_ratio(base, base * 1.5, 0.95, slices)
    assert slower and slower.low == pytest.approx(1.5)
    stalled = base.copy()
    stalled[:300] += 0.04
    found = quantile_ratio(base, stalled, 0.95, slices)
    assert found and found.estimate > 3 and found.low <= 1.0


def test_quantiles_are_resampled_by_slices() -> None:
    seconds = np.random.default_rng(2).exponential(1.0, 4000)
    slices = np.arange(4000) // 100
    fast = quantile(seconds, 0.95, slices)
    slow = clustered(lambda rows: float(np.quantile(rows[:, 0], 0.95)), seconds[:, None], slices)
    assert fast.estimate == slow.estimate
    assert (fast.low, fast.high) == pytest.approx((slow.low, slow.high), rel=0.02)
    few = quantile(seconds[:40], 0.5, slices[:40])
    assert few.low < few.estimate < few.high


def test_rivals_are_variants_that_triggers_keep_up() -> None:
    variants = read_design(SHOP).variants
    assert [variant.name for variant in variants_beside(variants, CacheSettings(), False)] == ["summary"]
    beside = variants_beside(variants, CacheSettings(in_front_of="indexed"), False)
    assert {variant.name for variant in beside} == {"indexed", "summary"}


def test_the_moment_that_makes_each_key_its_own_is_named() -> None:
    design = read_design(SHOP)
    generator = Generator(design.schema, design.data, 0.02, 1)
    plans = {plan.read: plan for plan in plan_caching(generator, design.schema, design.workload.operations, 1)}
    assert plans["product_reviews"].spread_by == "before" and not plans["product_reviews"].is_cached
    assert plans["category_listing"].spread_by == "" and not plans["category_listing"].is_cached
    assert plans["product_page"].is_cached
