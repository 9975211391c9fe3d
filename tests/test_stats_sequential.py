"""Tests that may be looked at every round, several at once, and a machine that drifts: held against known truths."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from lab.model.interval import OPEN_END
from lab.model.rule import Rule
from lab.model.run import Floor
from lab.stats import holm, is_settled, judge, p_value, quantile_interval, quantile_ratio, steady_pairs, weigh
from lab.stats.quantiles import Samples

repeatable = settings(derandomize=True, max_examples=100, deadline=None)
ROUNDS, A_ROUND = 60, 10
RULE = Rule(comparisons=20)


def suite(generator: np.random.Generator, ratio: float, spread: float) -> tuple[Samples, Samples, NDArray[np.int64]]:
    """Rounds in each of which one side happens to be the faster one, as a server's process may be."""
    count = ROUNDS * A_ROUND
    luck = np.repeat(generator.normal(size=ROUNDS) * spread, A_ROUND)
    before = np.exp(generator.normal(size=count) * 0.3) / 1000
    after = before * ratio * np.exp(luck + generator.normal(size=count) * 0.05)
    return before, after, np.repeat(np.arange(ROUNDS), A_ROUND)


def last_word(pairs: tuple[Samples, Samples, NDArray[np.int64]], rule: Rule) -> str:
    """The verdict of one who looks after every round, and stops as soon as it is sure."""
    before, after, rounds = pairs
    for seen in range(1, ROUNDS + 1):
        now = slice(0, seen * A_ROUND)
        evidence = weigh(before[now], after[now], rounds[now], rule)
        if is_settled(evidence, rule):
            break
    return judge(evidence, rule)


# Looking often


@pytest.mark.parametrize("level", [0.05, 0.01])
def test_looking_after_every_trial_does_not_raise_false_alarms(level: float) -> None:
    """A fair coin, tossed a thousand times and looked at after each."""
    heads = np.cumsum(np.random.default_rng(1).random((800, 1000)) < 0.5, axis=1)
    alarms = [any(p_value(int(s), n + 1) <= level for n, s in enumerate(row) if s > (n + 1) / 2) for row in heads]
    assert np.mean(alarms) <= level


def test_the_p_value_is_the_mixtures_reciprocal() -> None:
    assert p_value(11, 11) == pytest.approx(12 / 2**11)
    assert p_value(15, 15) == pytest.approx(16 / 2**15)
    assert p_value(3, 4) == pytest.approx(1.0) and p_value(5, 10) == 1.0


@repeatable
@given(st.integers(0, 400), st.integers(0, 400))
def test_more_successes_are_more_evidence(successes: int, failures: int) -> None:
    trials = successes + failures
    assert p_value(successes + 1, trials + 1) <= p_value(successes, trials) + 1e-12
    assert 0 < p_value(successes, trials) <= 1


def test_no_slowdown_at_the_margin_is_called_one() -> None:
    """Every operation lies exactly at the margin, which is as bad as nothing wrong can be."""
    generator = np.random.default_rng(2)
    rule = replace(RULE, comparisons=1, level=0.05)
    called = [last_word(suite(generator, 1.05, 0.05), rule) for _ in range(150)]
    assert called.count("slower") / 150 <= 0.05


def test_a_tenth_is_seen_and_nothing_is_not() -> None:
    generator = np.random.default_rng(3)
    slower = [last_word(suite(generator, 1.10, 0.02), RULE) for _ in range(100)]
    equal = [last_word(suite(generator, 1.00, 0.02), RULE) for _ in range(150)]
    assert slower.count("slower") >= 95
    assert equal.count("slower") == 0 and equal.count("not slower") >= 147


def test_luck_that_lasts_a_round_is_not_taken_for_many_pairs() -> None:
    """A thousand pairs of ten rounds are ten tosses."""
    rounds = np.repeat(np.arange(10), 100)
    before, after = np.full(1000, 0.001), np.where(rounds < 7, 0.0013, 0.0008)
    assert judge(weigh(before, after, rounds, Rule()), Rule()) == "undecided"


def test_the_intervals_ends_are_what_the_verdict_says() -> None:
    generator = np.random.default_rng(4)
    for ratio in (0.9, 1.0, 1.04, 1.08, 1.2):
        evidence = weigh(*suite(generator, ratio, 0.02), RULE)
        assert evidence.ratio.low <= evidence.ratio.estimate <= evidence.ratio.high
        assert (evidence.ratio.low > 1 + RULE.margin) == (evidence.slower <= RULE.level_each)
        assert (evidence.ratio.high < 1 + RULE.tolerance) == (evidence.not_slower <= RULE.miss)


def test_the_interval_covers_the_truth_at_every_look() -> None:
    generator = np.random.default_rng(5)
    rule, missed = Rule(level=0.05, miss=0.05), 0
    for _ in range(200):
        before, after, rounds = suite(generator, 1.25, 0.1)
        looks = [weigh(before[:n], after[:n], rounds[:n], rule).ratio for n in range(50, len(before) + 1, 50)]
        missed += any(not look.low <= 1.25 <= look.high for look in looks)
    assert missed / 200 <= 0.10


def test_few_rounds_leave_the_interval_open() -> None:
    before = np.full(20, 0.001)
    evidence = weigh(before, before * 2, np.repeat([0, 1], 10), RULE)
    assert (evidence.ratio.low, evidence.ratio.high, evidence.rounds) == (0.0, OPEN_END, 2)


def test_a_tail_is_judged_by_itself() -> None:
    generator = np.random.default_rng(6)
    before, after, rounds = suite(generator, 1.0, 0.01)
    before, after, rounds = np.tile(before, 5), np.tile(after, 5), np.repeat(np.arange(60), 50)
    stalls = np.where(np.arange(len(after)) % 20 == 0, 30, 1)
    assert weigh(before, after, rounds, RULE).tail > 0.05
    assert weigh(before, after * stalls, rounds, RULE).tail <= RULE.level_each
    assert weigh(before * stalls, after * stalls, rounds, RULE).tail > 0.05


# Several at once


def test_holm_is_what_the_paper_says() -> None:
    """Thresholds 0.0125, 0.0167, 0.025, 0.05, and all above the first that holds."""
    assert holm([0.01, 0.04, 0.03, 0.005], 0.05) == [True, False, False, True]
    assert holm([0.01, 0.015, 0.02, 0.05], 0.05) == [True, True, True, True]
    assert holm([0.02, 0.001], 0.05) == [True, True]
    assert holm([], 0.05) == []


@repeatable
@given(st.lists(st.floats(0, 1), min_size=1, max_size=20))
def test_holm_lies_between_bonferroni_and_nothing(p_values: list[float]) -> None:
    fallen = holm(p_values, 0.05)
    assert all(fell or p > 0.05 / len(p_values) for fell, p in zip(fallen, p_values, strict=True))
    assert all(p <= 0.05 for fell, p in zip(fallen, p_values, strict=True) if fell)


# The machine


def test_rounds_within_half_of_each_other_are_kept() -> None:
    floors = [Floor(n, 1e-4 * (1.4 if n % 2 else 1.0), 2e-5) for n in range(20)]
    kept = steady_pairs(np.arange(20), floors)
    assert kept is not None and kept.all()


@pytest.mark.parametrize(("slow", "is_told"), [(5, True), (6, False), (10, False)])
def test_more_than_a_quarter_set_aside_tells_nothing(slow: int, is_told: bool) -> None:
    for probe in ("processor_seconds", "statement_seconds"):
        floors = [replace(Floor(n, 1e-4, 2e-5), **({probe: 9e-4} if n < slow else {})) for n in range(20)]
        kept = steady_pairs(np.arange(20), floors)
        assert (kept is not None) == is_told
        assert kept is None or kept.tolist() == [n >= slow for n in range(20)]


def test_what_the_machine_does_after_an_operation_stopped_is_not_its_concern() -> None:
    floors = [Floor(n, 1e-4 if n < 12 else 9e-4, 2e-5) for n in range(60)]
    kept = steady_pairs(np.arange(12), floors)
    assert kept is not None and kept.all()


# Bootstrap


@pytest.mark.parametrize("method", ["percentile", "bca"])
def test_bootstrap_intervals_of_the_median_cover_it(method: str) -> None:
    generator = np.random.default_rng(7)
    found = [quantile_interval(np.exp(generator.normal(size=60)), 0.5, method, seed=n) for n in range(200)]  # type: ignore[arg-type]
    assert np.mean([interval.low <= 1.0 <= interval.high for interval in found]) >= 0.9


def test_the_ratio_of_two_quantiles_covers_the_truth() -> None:
    generator = np.random.default_rng(8)
    covered = 0
    for number in range(150):
        luck = np.exp(generator.normal(size=300) * 0.5)
        before, after = luck * np.exp(generator.normal(size=300) * 0.1), luck * np.exp(generator.normal(size=300) * 0.1)
        interval = quantile_ratio(before, after * 1.5, 0.95, seed=number)
        covered += interval.low <= 1.5 <= interval.high
    assert covered / 150 >= 0.9


def test_what_a_round_shares_is_not_counted_for_each_pair() -> None:
    generator = np.random.default_rng(9)
    rounds = np.repeat(np.arange(20), 30)
    luck = np.repeat(np.exp(generator.normal(size=20) * 0.3), 30)
    before, after = np.exp(generator.normal(size=600) * 0.05), luck * np.exp(generator.normal(size=600) * 0.05)
    alone, blocks = quantile_ratio(before, after, 0.5), quantile_ratio(before, after, 0.5, rounds)
    assert math.log(blocks.high / blocks.low) > 2 * math.log(alone.high / alone.low)


def test_the_same_seed_resamples_alike() -> None:
    samples = np.random.default_rng(1).random(50)
    assert quantile_interval(samples, 0.9, seed=3) == quantile_interval(samples, 0.9, seed=3)
    assert quantile_interval(samples, 0.9, "bca").low <= quantile_interval(samples, 0.9, "bca").high


def test_nothing_cannot_be_resampled() -> None:
    with pytest.raises(ValueError, match="no samples"):
        quantile_interval(np.array([]), 0.5)
    with pytest.raises(ValueError, match="pairs are needed"):
        quantile_ratio(np.ones(2), np.ones(3), 0.5)
