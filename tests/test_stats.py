"""What the statistics promise, held against samples whose truth is known."""

from __future__ import annotations

import math
from statistics import NormalDist

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from lab.model.doubt import FewPairs, FewSamples
from lab.model.interval import Interval
from lab.model.run import Summary
from lab.stats import SMALLEST_EFFECT, compare, summarize, target
from lab.stats.quantiles import _factor, ranks

TRIALS = 1_000
SPREAD = 0.5
"""Standard deviation of the logarithms: a latency's 95th percentile is 2.3 times its median."""
repeatable = settings(derandomize=True, max_examples=100, deadline=None)
positive = st.lists(st.floats(1e-6, 100.0), min_size=1, max_size=60).map(np.array)


def lognormal(generator: np.random.Generator, count: int, spread: float = SPREAD) -> NDArray[np.float64]:
    return np.exp(generator.normal(size=count) * spread) / 1000


def quantile(q: float) -> float:
    return math.exp(NormalDist().inv_cdf(q) * SPREAD) / 1000


# Intervals of quantiles


@pytest.mark.parametrize("count", [3, 5, 6, 12, 40, 72, 200, 1_000])
def test_intervals_cover_the_true_quantiles(count: int) -> None:
    """Of few samples, too: there by the tolerance bound, which supposes the very distribution they have here."""
    generator = np.random.default_rng(count)
    covered = {0.5: 0, 0.95: 0, 0.99: 0}
    for _ in range(TRIALS):
        found = summarize(lognormal(generator, count))
        for q, interval in zip(covered, (found.p50, found.p95, found.p99), strict=True):
            covered[q] += interval.low <= quantile(q) <= interval.high
    assert min(covered.values()) / TRIALS >= 0.93


def test_intervals_of_enough_samples_suppose_no_shape() -> None:
    """Two humps, as of a cache that hits or misses."""
    generator = np.random.default_rng(1)
    covered = 0
    for _ in range(TRIALS):
        is_miss = generator.random(200) < 0.3
        found = summarize(np.where(is_miss, 0.1, 0.001) * (1 + generator.random(200)))
        true_95th = 0.1 * (1 + 1 - 0.05 / 0.3)
        covered += found.p95.low <= true_95th <= found.p95.high
    assert covered / TRIALS >= 0.93


def test_intervals_narrow_as_samples_grow() -> None:
    generator = np.random.default_rng(1)
    widths = [(s := summarize(lognormal(generator, count))).p95.high / s.p95.low for count in (100, 1_000, 10_000)]
    assert widths == sorted(widths, reverse=True)
    assert widths[-1] < 1.1


@pytest.mark.parametrize(
    ("count", "q", "expected"),
    [
        # Hahn & Meeker, table A.15, and the binomial distribution by hand: P(B <= 1 of 10) = 0.0107
        (5, 0.5, (None, None)),
        (6, 0.5, (0, 5)),
        (10, 0.5, (1, 8)),
        (100, 0.5, (39, 60)),
        (71, 0.95, (62, None)),
        (72, 0.95, (63, 71)),
        (367, 0.99, (358, None)),
        (368, 0.99, (359, 367)),
        (1, 0.5, (None, None)),
    ],
)
def test_ranks_are_those_of_the_binomial_distribution(
    count: int, q: float, expected: tuple[int | None, int | None]
) -> None:
    assert ranks(count, q) == expected


@repeatable
@given(st.integers(1, 3_000), st.sampled_from([0.5, 0.95, 0.99]))
def test_ranks_leave_out_no_more_than_a_fortieth_on_each_side(count: int, q: float) -> None:
    low, high = ranks(count, q)
    if low is not None:
        assert at_most(low, count, q) <= 0.025 < at_most(low + 1, count, q)
    if high is not None:
        assert at_most(high - 1, count, q) < 0.975 <= at_most(high, count, q) + 1e-9


def at_most(successes: int, count: int, q: float) -> float:
    return sum(math.comb(count, r) * q**r * (1 - q) ** (count - r) for r in range(successes + 1)) if count < 900 else (
        math.fsum(
            math.exp(
                math.lgamma(count + 1) - math.lgamma(r + 1) - math.lgamma(count - r + 1)
                + r * math.log(q) + (count - r) * math.log1p(-q)
            )
            for r in range(successes + 1)
        )
    )  # fmt: skip


@pytest.mark.parametrize(
    ("count", "q", "confidence", "factor"),
    [
        # One-sided tolerance factors of the normal distribution: Hahn & Meeker, table A.12; at the median they are
        # Student's t over the root of n.
        (3, 0.5, 0.975, 4.303 / math.sqrt(3)),
        (10, 0.5, 0.025, -2.262 / math.sqrt(10)),
        (10, 0.95, 0.95, 2.911),
        (10, 0.99, 0.95, 3.981),
        (30, 0.95, 0.95, 2.220),
        (5, 0.95, 0.95, 4.203),
        (3, 0.95, 0.95, 7.656),
    ],
)
def test_tolerance_factors_are_those_of_the_tables(count: int, q: float, confidence: float, factor: float) -> None:
    assert _factor(count, q, confidence) == pytest.approx(factor, rel=0.005)


@repeatable
@given(positive)
def test_an_estimate_lies_in_its_interval_and_percentiles_ascend(samples: NDArray[np.float64]) -> None:
    found = summarize(samples)
    for interval in (found.p50, found.p95, found.p99):
        assert interval.low <= interval.estimate <= interval.high
        assert math.isfinite(interval.high)
    assert found.p50.estimate <= found.p95.estimate <= found.p99.estimate
    assert found.mean == pytest.approx(samples.mean())
    assert found.count == len(samples)


@repeatable
@given(positive)
def test_the_order_of_samples_does_not_matter(samples: NDArray[np.float64]) -> None:
    assert summarize(samples) == summarize(samples[::-1])


def test_too_few_samples_are_told() -> None:
    generator = np.random.default_rng(1)
    assert [len(summarize(lognormal(generator, count)).warnings) for count in (1, 5, 6, 71, 72, 367, 368)] == [
        3, 3, 2, 2, 1, 1, 0,
    ]  # fmt: skip
    assert summarize(lognormal(generator, 20)).warnings == (FewSamples(95, 72, 20), FewSamples(99, 368, 20))


def test_one_sample_is_all_there_is() -> None:
    found = summarize(np.array([0.002]))
    assert found.p50 == found.p95 == Interval(0.002, 0.002, 0.002)
    assert (found.count, found.mean, len(found.warnings)) == (1, 0.002, 3)


def test_samples_that_are_all_alike_have_no_width() -> None:
    for count in (3, 10, 500):
        found = summarize(np.full(count, 0.004))
        for interval in (found.p50, found.p95, found.p99):
            assert (interval.low, interval.high) == (pytest.approx(0.004), pytest.approx(0.004))


def test_wild_samples_give_no_infinity() -> None:
    found = summarize(np.array([1e-9, 1e3, 1e-9]))
    assert math.isfinite(found.p99.high) and found.p50.low >= 0


def test_no_samples_are_an_error() -> None:
    with pytest.raises(ValueError, match="no samples"):
        summarize(np.array([]))


# Targets


def summary(low: float, high: float, count: int = 100) -> Summary:
    interval = Interval((low + high) / 2, low, high)
    return Summary(count, interval, interval, interval, low)


@pytest.mark.parametrize(
    ("low", "high", "count", "wanted"),
    [
        (0.010, 0.020, 100, "met"),
        (0.010, 0.0499, 100, "met"),
        (0.010, 0.050, 100, "cannot tell"),
        (0.040, 0.060, 100, "cannot tell"),
        (0.050, 0.060, 100, "cannot tell"),
        (0.051, 0.060, 100, "missed"),
        (0.001, 0.002, 3, "met"),
        (0.001, 0.002, 2, "cannot tell"),
        (9.0, 9.0, 1, "cannot tell"),
    ],
)
def test_a_target_is_met_or_missed_only_by_the_whole_interval(low: float, high: float, count: int, wanted: str) -> None:
    assert target(summary(low, high, count), 0.050) == wanted


def test_a_target_is_seldom_called_wrongly() -> None:
    """The true 95th percentile is a hundredth on the other side."""
    generator = np.random.default_rng(3)
    limit = quantile(0.95)
    for count in (5, 20, 100, 400):
        called = [target(summarize(lognormal(generator, count)), limit * 0.99) for _ in range(500)]
        assert called.count("met") / 500 <= 0.05
        called = [target(summarize(lognormal(generator, count)), limit * 1.01) for _ in range(500)]
        assert called.count("missed") / 500 <= 0.05


def test_a_clear_target_is_called() -> None:
    found = summarize(lognormal(np.random.default_rng(1), 100))
    assert (target(found, 0.050), target(found, 0.001)) == ("met", "missed")


# Comparisons


@pytest.mark.parametrize("pairs", [6, 20, 60, 180])
def test_no_difference_is_seldom_called_one(pairs: int) -> None:
    generator = np.random.default_rng(pairs)
    called = [
        compare(lognormal(generator, pairs, 0.1), lognormal(generator, pairs, 0.1)).direction for _ in range(TRIALS)
    ]
    assert 1 - called.count("~") / TRIALS < 0.07


def test_drift_both_sides_share_is_no_difference() -> None:
    """The machine grows slower by half within the run."""
    generator = np.random.default_rng(1)
    drift = np.linspace(1.0, 1.5, 180)
    called = [
        compare(drift * lognormal(generator, 180, 0.1), drift * lognormal(generator, 180, 0.1)).direction
        for _ in range(300)
    ]
    assert 1 - called.count("~") / 300 < 0.07


@pytest.mark.parametrize(("factor", "direction"), [(1.1, "slower"), (1 / 1.1, "faster")])
def test_a_tenth_is_found(factor: float, direction: str) -> None:
    generator = np.random.default_rng(2)
    called = [
        compare(lognormal(generator, 180, 0.15), factor * lognormal(generator, 180, 0.15)).direction for _ in range(300)
    ]
    assert called.count(direction) / 300 >= 0.95
    assert set(called) <= {direction, "~"}


@pytest.mark.parametrize("pairs", [6, 30, 180])
def test_the_ratios_interval_covers_the_truth(pairs: int) -> None:
    generator = np.random.default_rng(pairs)
    covered = 0
    for _ in range(TRIALS):
        base = lognormal(generator, pairs)
        found = compare(base, base * 1.25 * np.exp(generator.normal(size=pairs) * 0.3)).ratio
        covered += found.low <= 1.25 <= found.high
    assert covered / TRIALS >= 0.93


@repeatable
@given(st.lists(st.tuples(st.floats(1e-6, 10), st.floats(1e-6, 10)), min_size=1, max_size=40))
def test_swapping_the_sides_inverts_the_ratio(pairs: list[tuple[float, float]]) -> None:
    base, variant = np.array([a for a, _ in pairs]), np.array([b for _, b in pairs])
    forth, back = compare(base, variant), compare(variant, base)
    assert forth.ratio.estimate * back.ratio.estimate == pytest.approx(1)
    assert forth.ratio.low * back.ratio.high == pytest.approx(1)
    assert forth.ratio.low <= forth.ratio.estimate <= forth.ratio.high
    assert (forth.direction == "faster") == (back.direction == "slower") or abs(forth.ratio.estimate - 1) < 0.0102


def test_an_outlier_counts_as_one_sample() -> None:
    base = np.full(60, 0.001)
    variant = np.full(60, 0.002)
    variant[7] = 30.0
    assert compare(base, variant).ratio == Interval(pytest.approx(2), pytest.approx(2), pytest.approx(2))


def test_a_difference_too_small_to_matter_is_none() -> None:
    base = np.full(200, 0.001)
    inside, outside = base * (1 + SMALLEST_EFFECT * 0.9), base * (1 + SMALLEST_EFFECT * 1.1)
    assert (compare(base, inside).direction, compare(base, outside).direction) == ("~", "slower")
    assert compare(outside, base).direction == "faster"


def test_ties_are_no_difference() -> None:
    base = np.full(50, 0.001)
    mostly = np.where(np.arange(50) < 30, 0.001, 0.002)
    assert compare(base, base).direction == "~"
    assert compare(base, mostly).direction == "~"
    assert compare(base, mostly).ratio == Interval(1.0, 1.0, pytest.approx(2.0))


@pytest.mark.parametrize("pairs", [1, 2, 5])
def test_few_pairs_tell_nothing(pairs: int) -> None:
    found = compare(np.full(pairs, 0.001), np.full(pairs, 0.009))
    assert (found.direction, found.pairs) == ("~", pairs)
    assert found.warnings == (FewPairs(6, pairs),)
    assert found.ratio.estimate == pytest.approx(9)


def test_six_pairs_are_enough() -> None:
    found = compare(np.full(6, 0.001), np.full(6, 0.009))
    assert (found.direction, found.warnings) == ("slower", ())


def test_a_latency_of_nothing_counts_as_a_tick() -> None:
    found = compare(np.zeros(10), np.full(10, 1e-9))
    assert found.ratio.estimate == pytest.approx(1)


@pytest.mark.parametrize(("base", "variant"), [(2, 3), (0, 0), (3, 0)])
def test_what_is_not_paired_is_an_error(base: int, variant: int) -> None:
    with pytest.raises(ValueError, match="pairs are needed"):
        compare(np.ones(base), np.ones(variant))
